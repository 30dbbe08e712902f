/** Targets as `sonic prune`, `sonic cluster` and `sonic train` take them. */
import { escapedText } from '../../base/text/escaped.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import type { Targets } from './variants.js';

/** Values of `--sparsity` and `--clusters`; null where that was not scanned. */
export interface TargetFlags {
  readonly sparsity: string | null;
  readonly clusters: string | null;
}

/** Every convolution and dense layer is named, since the options have defaults for the others. */
export function targetFlags(
  network: Network,
  targets: ReadonlyMap<string, Targets>,
  { sparsities, clusters }: { readonly sparsities: readonly number[]; readonly clusters: readonly number[] },
): TargetFlags {
  const names = network.layers.filter(isMacLayer).map(({ name }) => name);
  const flag = (text: (own: Targets | undefined) => string) =>
    names.map((name) => `${escapedText(name)}=${text(targets.get(name))}`).join(',');
  return {
    sparsity: sparsities.length > 0 ? flag((own) => String(own?.sparsity ?? 0)) : null,
    clusters: clusters.length > 0 ? flag((own) => String(own?.clusters ?? 'none')) : null,
  };
}
