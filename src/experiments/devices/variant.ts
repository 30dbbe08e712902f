/** Descriptions that differ from a given one, for studies that vary or isolate something. */

import type { HardwareDescription } from '../../hardware/description.js';
import { changeDescription } from '../../hardware/descriptionPaths.js';
import { EFFECTS, type EffectName } from '../../hardware/fields/effects.js';
import { parseHardware } from '../../hardware/parseHardware.js';

/**
 * `hardware` with some fields replaced.
 * @param overrides nested as the description is.
 * @throws DescriptionError where the result is no valid description.
 */
export function variant(hardware: HardwareDescription, overrides: Record<string, unknown>): HardwareDescription {
  return parseHardware(changeDescription(hardware, overrides), `variant of '${hardware.name}'`);
}

/** `hardware` with the effects of `names` as they are and all others off. */
export function withOnlyEffects(hardware: HardwareDescription, names: readonly EffectName[]): HardwareDescription {
  const effects = Object.keys(EFFECTS).map((name) => {
    const effect = name as EffectName;
    return [effect, names.includes(effect) && hardware.effects[effect]];
  });
  return variant(hardware, { effects: Object.fromEntries(effects) });
}

/** `count` values from `low` to `high`, ends included. */
export function evenlySpaced(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => low + ((high - low) * i) / (count - 1));
}

/** `count` values from `low` to `high`, ends included, each the same factor above the one before. */
export function logarithmicallySpaced(low: number, high: number, count: number): number[] {
  return evenlySpaced(Math.log(low), Math.log(high), count).map(Math.exp);
}
