/** A first baseline of a network: what there is to check, with nothing expected yet. */
import { Document } from 'yaml';
import type { Check } from './baselineSchema.js';

/** Settings of `sonic check --init`. */
export interface InitialOptions
  extends Partial<Pick<Check, 'architecture' | 'preprocessing' | 'key' | 'dataset' | 'data' | 'classes' | 'images'>> {
  readonly network: string;
  /** Presets or files, besides the digital network. */
  readonly hardware: readonly string[];
}

/** The text of the baseline: the digital network, and the emulated one on each hardware. */
export function initialBaseline({ network, hardware, ...rest }: InitialOptions): string {
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const base = { network, ...given };
  const document = new Document({
    checks: [
      { name: `${network} digital`, ...base, fidelity: 'digital' },
      ...hardware.map((one) => ({ name: `${network} on ${one}`, ...base, hardware: one, chips: 1, seeds: 1 })),
    ],
  });
  document.commentBefore = [
    ' What is expected of runs; `sonic check FILE` compares and exits 0 or 1, `--update` writes what is measured.',
    ' Keys, tolerances and units: docs/check.md.',
  ].join('\n');
  return document.toString({ lineWidth: 0 });
}
