/** What reports say of converters whose bits are not those of the paper's Table 2. */
import { CONVERTER_NAMES, CONVERTERS, scaledPower_mW } from './converterPower.js';
import type { HardwareDescription } from './description.js';

/** One line a converter whose bits are not Table 2's: what it takes, and where that comes from. */
export function converterNotes(hardware: HardwareDescription): string[] {
  return CONVERTER_NAMES.flatMap((name) => {
    const { bits, power_mW } = hardware[name];
    const table = CONVERTERS[name];
    if (bits === table.bits) return [];
    const scaled = scaledPower_mW(name, table, bits);
    const isScaled = Math.abs(power_mW - scaled) <= 1e-9 * scaled;
    const of = `${name} of ${bits} bits takes ${power_mW.toPrecision(3)} mW`;
    return [
      isScaled
        ? `${of}: table 2's ${table.power_mW} mW at ${table.bits} bits, scaled (cost.converterScaling table2)`
        : `${of}, as written; table 2's ${table.power_mW} mW is at ${table.bits} bits`,
    ];
  });
}
