/** What is allowed in a description, and what its user should know of it, where two fields together mean something odd. */
import { channelSpacing_nm } from './derived.js';
import type { HardwareDescription } from './description.js';

/** Rounding of a spacing that was meant to fill the range exactly, such as 18 / 7. */
const ROUNDING = 1e-9;

/** Lines on the channels of one kind of unit: the response of a ring repeats with its free spectral range. */
export function gridWarnings(hardware: HardwareDescription, kind: 'conv' | 'fc'): string[] {
  const channels = Math.min(hardware.vdu[kind].size, hardware.grid.wavelengthsPerWaveguide);
  const spacing_nm = channelSpacing_nm(hardware, channels);
  const range_nm = hardware.microring.freeSpectralRange_nm;
  if (channels === 1 || spacing_nm * channels <= range_nm * (1 + ROUNDING)) return [];
  return [
    `${kind.toUpperCase()}: ${channels} channels ${spacing_nm} nm apart take more than microring.freeSpectralRange_nm ${range_nm}: ` +
      `rings also act on channels one range away; at most ${(range_nm / channels).toPrecision(4)} nm, or fewer ` +
      'wavelengthsPerWaveguide, would avoid it',
  ];
}

/** Lines on the noise of conversions: a measured receiver that counts twice, or not at all. */
export function noiseWarnings({ adc, effects }: HardwareDescription): string[] {
  if (adc.noiseTable === null) return [];
  if (!effects.converterNoise) return ['adc.noiseTable adds nothing: effects.converterNoise is off'];
  // Above the bits there are it adds nothing.
  if (adc.effectiveBits === null || adc.effectiveBits >= adc.bits) return [];
  return [
    `adc.noiseTable and adc.effectiveBits ${adc.effectiveBits} both add noise at every conversion; where the table was measured ` +
      'behind the ADC it holds the noise of both: set adc.effectiveBits=null',
  ];
}

/** Lines on a whole description. */
export function hardwareWarnings(hardware: HardwareDescription): string[] {
  return [...gridWarnings(hardware, 'conv'), ...gridWarnings(hardware, 'fc'), ...noiseWarnings(hardware)];
}
