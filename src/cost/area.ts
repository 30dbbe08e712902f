/**
 * Area of the units' devices, for information only: SONIC prints none. Areas are those that the public simulators of
 * OXBNN (arXiv 2302.06405) and SCONNA (arXiv 2302.07036) use, second-hand; VCSELs, waveguides, couplers, multiplexers,
 * buffers and control are not in it, for want of a citation.
 */

import { railsOf } from '../hardware/derived.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { BankKind } from '../hardware/optics/bank.js';

export interface DeviceArea {
  readonly device: 'microring' | 'photodetector' | 'adc' | 'dac';
  readonly count: number;
  /** Of one device. */
  readonly each_mm2: number;
  readonly total_mm2: number;
  readonly source: string;
}

const PHOTODETECTOR_mm2 = 1.406e-5;
/** Of an ADC of 0.12 GS/s; one of 14 ns takes 0.07 GS/s. */
const ADC_mm2 = 0.002;
/** Of a DAC of 5 GS/s, 26 mW; of any number of bits. */
const DAC_mm2 = 0.06;

/** Devices of all units of a kind; surplus rings are there, and one broadband ring a unit, taken as one microring. */
function countsOf(hardware: HardwareDescription, kind: BankKind) {
  const { size, units } = hardware.vdu[kind];
  const ringsPerWaveguide = Math.min(size, hardware.grid.wavelengthsPerWaveguide);
  const waveguides = Math.ceil(size / ringsPerWaveguide);
  return {
    microring: units * (railsOf(hardware) * waveguides * ringsPerWaveguide + 1),
    photodetector: units * railsOf(hardware) * waveguides,
    adc: units * hardware.adc.interleave,
    dac: units * (2 * size + 1),
  };
}

/** Area by device over all units. */
export function deviceAreas(hardware: HardwareDescription): DeviceArea[] {
  const [conv, fc] = [countsOf(hardware, 'conv'), countsOf(hardware, 'fc')];
  const { radius_um } = hardware.microring;
  const each = {
    microring: [Math.PI * (radius_um * 1e-3) ** 2, 'circle of microring.radius_um (the simulators: 65 um2 at 4.55 um)'],
    photodetector: [PHOTODETECTOR_mm2, 'OXBNN and SCONNA simulators'],
    adc: [ADC_mm2, 'OXBNN and SCONNA simulators, at 0.12 GS/s'],
    dac: [DAC_mm2, 'OXBNN and SCONNA simulators, at 5 GS/s'],
  } as const;
  return (Object.keys(each) as DeviceArea['device'][]).map((device) => {
    const [each_mm2, source] = each[device];
    const count = conv[device] + fc[device];
    return { device, count, each_mm2, total_mm2: count * each_mm2, source };
  });
}
