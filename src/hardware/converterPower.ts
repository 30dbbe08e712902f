/**
 * Power of DACs and ADCs by their bits (section 2 of the cost contract): a converter whose bits are not those of the
 * paper's Table 2 takes Table 2's power scaled: ADCs by 2^(bits - 16), a constant energy a conversion step at their rate;
 * DACs exponentially through Table 2's two points, 3 mW at 6 and 40 mW at 16 bits. A power that is written in the
 * description holds at the bits written with it, and is scaled from there where a later source changes the bits alone.
 */

interface Anchor {
  readonly bits: number;
  readonly power_mW: number;
}

/** Table 2's devices. */
export const CONVERTERS = {
  activationDac: { kind: 'dac', bits: 16, power_mW: 40 },
  batchNormDac: { kind: 'dac', bits: 16, power_mW: 40 },
  weightDac: { kind: 'dac', bits: 6, power_mW: 3 },
  adc: { kind: 'adc', bits: 16, power_mW: 62 },
} as const;
export type ConverterName = keyof typeof CONVERTERS;
/** Names of the description's converters. */
export const CONVERTER_NAMES = Object.keys(CONVERTERS) as ConverterName[];

/** Most bits of a description's converters: the schema's own bound. */
export const MOST_BITS = 24;

/** Power of a converter of `bits`, mW, scaled from one whose power is known; its power of bits that no converter has. */
export function scaledPower_mW(name: ConverterName, from: Anchor, bits: number): number {
  const perBit = CONVERTERS[name].kind === 'adc' ? 2 : (40 / 3) ** (1 / 10);
  // What is wrong with other bits is the schema's to say.
  if (bits === from.bits || !(bits >= 1 && bits <= MOST_BITS)) return from.power_mW;
  return from.power_mW * perBit ** (bits - from.bits);
}

type Group = Record<string, unknown>;
const groupAt = (value: unknown, key: string): Group | undefined => {
  const group = typeof value === 'object' && value !== null ? (value as Group)[key] : undefined;
  return typeof group === 'object' && group !== null && !Array.isArray(group) ? (group as Group) : undefined;
};

/** Whether a description, not yet checked, leaves powers as they are written. */
const isFixed = (value: unknown) => groupAt(value, 'cost')?.['converterScaling'] === 'fixed';

/** With `converters` of `value` given powers by `powerOf`; null leaves one as it is. */
function withPowers(value: unknown, powerOf: (name: ConverterName, group: Group) => number | null): unknown {
  const changed = CONVERTER_NAMES.flatMap((name) => {
    const group = groupAt(value, name);
    const power_mW = group && powerOf(name, group);
    return group && power_mW !== null ? [[name, { ...group, power_mW }] as const] : [];
  });
  return changed.length === 0 ? value : { ...(value as Group), ...Object.fromEntries(changed) };
}

/** Fills in the powers that a plain description leaves out beside its bits. */
export function fillConverterPowers(value: unknown): unknown {
  if (isFixed(value)) return value;
  return withPowers(value, (name, { bits, power_mW }) =>
    typeof bits === 'number' && power_mW === undefined ? scaledPower_mW(name, CONVERTERS[name], bits) : null,
  );
}

/** Scales the powers that `base` had written where `overrides`, merged into it as `merged`, change the bits alone. */
export function rescaleConverters(base: unknown, overrides: unknown, merged: unknown): unknown {
  if (isFixed(merged)) return merged;
  return withPowers(merged, (name, { bits, power_mW }) => {
    const [before, change] = [groupAt(base, name), groupAt(overrides, name)];
    const isWritten = typeof before?.['power_mW'] === 'number' && typeof power_mW === 'number';
    if (!isWritten || typeof bits !== 'number' || change?.['bits'] === undefined || change['power_mW'] !== undefined)
      return null;
    const anchor = { bits: (before['bits'] as number | undefined) ?? CONVERTERS[name].bits, power_mW };
    return scaledPower_mW(name, anchor, bits);
  });
}
