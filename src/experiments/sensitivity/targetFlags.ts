/** Targets as `sonic prune`, `sonic cluster` and `sonic train` take them. */
import { matchesPattern } from '../../base/text/wildcard.js';
import { isMacLayer, type Network } from '../../networks/types.js';
import type { Targets } from './variants.js';

/** Values of `--sparsity` and `--clusters`; null where that was not scanned. */
export interface TargetFlags {
  readonly sparsity: string | null;
  readonly clusters: string | null;
}

/** A name as these options can hold it: commas part layers, so a * stands for one, if that fits no other layer. */
function flagName(name: string, names: readonly string[]): string | null {
  if (!name.includes(',')) return name;
  const pattern = name.replaceAll(',', '*');
  return names.filter((other) => matchesPattern(pattern, other)).length === 1 ? pattern : null;
}

/** Every convolution and dense layer is named, since the options have defaults for the others. */
export function targetFlags(
  network: Network,
  targets: ReadonlyMap<string, Targets>,
  { sparsities, clusters }: { readonly sparsities: readonly number[]; readonly clusters: readonly number[] },
): TargetFlags {
  const names = network.layers.filter(isMacLayer).map(({ name }) => name);
  const listed = names.flatMap((name) => {
    const given = flagName(name, names);
    return given === null ? [] : [[given, targets.get(name)] as const];
  });
  const flag = (text: (own: Targets | undefined) => string) =>
    listed.map(([name, own]) => `${name}=${text(own)}`).join(',');
  return {
    sparsity: sparsities.length > 0 ? flag((own) => String(own?.sparsity ?? 0)) : null,
    clusters: clusters.length > 0 ? flag((own) => String(own?.clusters ?? 'none')) : null,
  };
}
