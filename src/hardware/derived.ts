/** What follows from a hardware description, apart from the schema: threads that compute load it without one. */
import type { HardwareDescription } from './description.js';

/** Rails of a unit: two with balanced detection, or one that holds offset weights. */
export function railsOf({ vdu: { signs } }: Pick<HardwareDescription, 'vdu'>): 1 | 2 {
  return signs === 'offset' ? 1 : 2;
}

/** Spacing of `channels` channels of a waveguide, in nm (section 4). */
export function channelSpacing_nm(hardware: HardwareDescription, channels: number): number {
  const { channelSpacing_nm: given } = hardware.grid;
  return given === 'auto' ? hardware.microring.freeSpectralRange_nm / channels : given;
}

/** Time of one sample, in ns (section 1 of the cost contract): the noise bandwidth and the latency both follow from it. */
export function samplingInterval_ns(hardware: HardwareDescription, kind: 'conv' | 'fc'): number {
  const { samplingInterval_ns: given } = hardware.receiver;
  if (given !== 'auto') return given;
  const streamedDac = kind === 'conv' ? hardware.activationDac : hardware.weightDac;
  return Math.max(
    streamedDac.latency_ns,
    hardware.vcsel.latency_ns + hardware.photodetector.latency_ps / 1000,
    hardware.adc.latency_ns / hardware.adc.interleave,
  );
}
