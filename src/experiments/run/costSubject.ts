/** What a cost is asked of: one of the published networks by name, or a checkpoint with its own weights. */

import { existsSync } from 'node:fs';
import { NetworkError, SonicError, UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { type NetworkStatistics, sparsityStatistics, weightStatistics } from '../../cost/layerStatistics.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { loadCheckpoint } from '../../networks/formats/checkpoint.js';
import { type LayerValues, layerValues } from '../../networks/layerValues.js';
import { validateNetwork } from '../../networks/shapes.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import { publishedSparsity, RECONSTRUCTIONS } from '../../networks/zoo/publishedNetworks.js';

export interface CostSubject {
  readonly name: string;
  readonly network: Network;
  readonly sparsitySource: string;
  /** For a description; what it depends on is said in `NetworkStatistics`. */
  readonly statistics: (hardware: HardwareDescription) => NetworkStatistics;
}

function published(name: string, sparsity: LayerValues | undefined): CostSubject {
  const entry = RECONSTRUCTIONS[name]!;
  const network = entry.structure();
  const defaults = publishedSparsity(entry, network);
  const layers = Object.keys(defaults);
  const shares = Object.fromEntries(layerValues(layers, sparsity, 'weight sparsity', defaults));
  const table3 = `of table 3: ${entry.sparsity} in ${entry.layersPruned} layers, taken as the largest (the paper does not name them)`;
  const named = typeof sparsity === 'object' ? Object.keys(sparsity) : [];
  return {
    name,
    network,
    sparsitySource:
      sparsity === undefined
        ? table3
        : named.length > 0 && named.length < layers.length
          ? `as given for ${named.join(', ')}; of the others ${table3}`
          : 'as given',
    statistics: (hardware) => sparsityStatistics(network, hardware, shares),
  };
}

/**
 * Finds the network and its sparsities.
 * @param sparsity share of zero weights, for a published network in place of table 3's (layers not named keep those).
 * @throws SonicError where there is no such network or file, UsageError for a sparsity of a checkpoint, which has its own.
 */
export async function loadCostSubject(nameOrFile: string, sparsity?: LayerValues): Promise<CostSubject> {
  if (Object.hasOwn(RECONSTRUCTIONS, nameOrFile)) return published(nameOrFile, sparsity);
  const names = Object.keys(RECONSTRUCTIONS);
  if (!existsSync(nameOrFile)) {
    const near = nearest(nameOrFile, names);
    throw new SonicError(
      `no network '${nameOrFile}'${near ? `, did you mean '${near}'?` : ''}: neither one of the paper's (${names.join(', ')}) nor a file`,
    );
  }
  if (sparsity !== undefined) {
    throw new UsageError(`--sparsity: checkpoint '${nameOrFile}' has its own weights; leave the option out`);
  }
  const { network } = await loadCheckpoint(nameOrFile);
  validateNetwork(network);
  if (!network.layers.some(isMacLayer)) {
    throw new NetworkError(`network '${network.name}' of '${nameOrFile}' has no convolution or dense layer to cost`);
  }
  return {
    name: nameOrFile,
    network,
    sparsitySource: `of the weights in ${nameOrFile}`,
    statistics: (hardware) => weightStatistics(network, hardware),
  };
}

/**
 * Activations of `--activation-sparsity` by layer; layers that read the image have none where one share is given for all.
 * @throws NetworkError naming the nearest layer if there is none of a name.
 */
export function activationsOf(
  shares: LayerValues | undefined,
  { layers }: NetworkStatistics,
): Readonly<Record<string, { readonly sparsity: number }>> {
  if (shares === undefined) return {};
  const named = layers.filter(({ readsInput }) => typeof shares === 'object' || !readsInput).map(({ name }) => name);
  return Object.fromEntries(
    [...layerValues(named, shares, 'activation sparsity')].map(([name, sparsity]) => [name, { sparsity }]),
  );
}
