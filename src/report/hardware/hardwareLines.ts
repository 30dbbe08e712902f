/** The hardware of a run or a cost, on top of its report. */
import { converterNotes } from '../../hardware/converterNotes.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { diffHardware, quotedValueText } from '../../hardware/descriptionFiles.js';
import { presetHardware } from '../../hardware/presets/index.js';

/** Name, sizes and bits; what differs from preset sonic; converters that Table 2 has at other bits. */
export function hardwareLines(hardware: HardwareDescription): string[] {
  const { conv, fc } = hardware.vdu;
  const differences = diffHardware(presetHardware('sonic'), hardware);
  const settings = differences.map(({ path, to }) => `${path}=${quotedValueText(to)}`).join(', ');
  return [
    `hardware   ${hardware.name}: (n, m, N, K) = (${conv.size}, ${fc.size}, ${conv.units}, ${fc.units}), ` +
      `${hardware.weightDac.bits}-bit weights, ${hardware.activationDac.bits}-bit activations, ${hardware.adc.bits}-bit ADC`,
    `           ${differences.length === 0 ? 'as preset sonic' : `differs from preset sonic in ${settings}`}`,
    ...converterNotes(hardware).map((note) => `           ${note}`),
  ];
}
