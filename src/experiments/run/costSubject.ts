/** What a cost is asked of: one of the published networks by name, or a checkpoint with its own weights. */

import { existsSync } from 'node:fs';
import { NetworkError, SonicError, UsageError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import { publishedWorkloads } from '../../cost/accelerators/comparison.js';
import type { WorkloadsAt } from '../../cost/accelerators/sensitivity.js';
import { workloadOf } from '../../cost/accelerators/workload.js';
import { type NetworkStatistics, sparsityStatistics, weightStatistics } from '../../cost/layerStatistics.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { LoadNetworkOptions } from '../../networks/formats/index.js';
import { type LayerValues, layerValues } from '../../networks/layerValues.js';
import { electronicProductNotes } from '../../networks/macCounts.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import { publishedSparsity, RECONSTRUCTIONS } from '../../networks/zoo/publishedNetworks.js';
import { loadNamedNetwork } from './loadExperiment.js';

export interface CostSubject {
  readonly name: string;
  readonly network: Network;
  readonly sparsitySource: string;
  /** How a network from elsewhere was taken, one line each. */
  readonly remarks: readonly string[];
  /** What of it the numbers leave out, one line each. */
  readonly warnings: readonly string[];
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
        : named.length > 0 && layerValues(layers, sparsity, 'weight sparsity').size < layers.length
          ? `as given for ${named.join(', ')}; of the others ${table3}`
          : 'as given',
    remarks: [],
    warnings: [],
    statistics: (hardware) => sparsityStatistics(network, hardware, shares),
  };
}

/** @throws UsageError for options of files beside a published network, which is layers alone. */
function refuseFileOptions(name: string, options: LoadNetworkOptions): void {
  const given = Object.entries(options).find(([, value]) => value !== undefined);
  if (given) throw new UsageError(`--${given[0]} is for files: '${name}' is a network of the paper; leave it out`);
}

/**
 * Finds the network and its sparsities.
 * @param sparsity share of zero weights, for a published network in place of table 3's (layers not named keep those).
 * @param options what its file needs, as `loadNetworkFile` takes it.
 * @throws SonicError where there is no such network or file, UsageError for a sparsity of a checkpoint, which has its own.
 */
export async function loadCostSubject(
  nameOrFile: string,
  sparsity?: LayerValues,
  options: LoadNetworkOptions = {},
): Promise<CostSubject> {
  if (Object.hasOwn(RECONSTRUCTIONS, nameOrFile)) {
    refuseFileOptions(nameOrFile, options);
    return published(nameOrFile, sparsity);
  }
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
  const { loaded, remarks } = await loadNamedNetwork({ ...options, network: nameOrFile });
  const { network } = loaded;
  if (!network.layers.some(isMacLayer)) {
    throw new NetworkError(`network '${network.name}' of '${nameOrFile}' has no convolution or dense layer to cost`);
  }
  return {
    name: nameOrFile,
    network,
    sparsitySource: `of the weights in ${nameOrFile}`,
    remarks,
    warnings: electronicProductNotes(network),
    statistics: (hardware) => weightStatistics(network, hardware),
  };
}

/** Workloads for the comparison of designs: a published network with table 3's sparsities, a file with its own zeros. */
export async function loadWorkloads(
  names: readonly string[],
  options: LoadNetworkOptions = {},
): Promise<{ at: WorkloadsAt; remarks: readonly string[] }> {
  const subjects = await Promise.all(names.map((name) => loadCostSubject(name, undefined, options)));
  const zeros = (weight: Float32Array) => weight.reduce((count, w) => count + (w === 0 ? 1 : 0), 0) / weight.length;
  const at: WorkloadsAt = (activationSparsity) =>
    subjects.flatMap(({ name, network }) => {
      const choices = activationSparsity === undefined ? {} : { activationSparsity };
      if (Object.hasOwn(RECONSTRUCTIONS, name)) return publishedWorkloads({ networks: [name], ...choices });
      const weightSparsity = Object.fromEntries(
        network.layers.filter(isMacLayer).map((layer) => [layer.name, zeros(layer.weight)]),
      );
      return [workloadOf(network, { weightSparsity, ...choices })];
    });
  const said = ({ name, remarks, warnings }: CostSubject) =>
    [...remarks, ...warnings].map((line) => `${name}: ${line}`);
  return { at, remarks: subjects.flatMap(said) };
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
