/** Why an effect does nothing, effect by effect: the compiler asks for a line here for every one that the description has. */
import { adcOf, converterTable, converterVariance } from '../../emulation/compiler/layerConstants.js';
import type { HardwareDescription } from '../../hardware/description.js';
import type { EffectName } from '../../hardware/fields/effects.js';
import type { ChipMap, MeasuredChip } from '../../hardware/optics/measuredChip.js';

type IsGiven = (map: ChipMap) => boolean;
type Reason = (hardware: HardwareDescription, isGiven: IsGiven) => string | null;

const always: Reason = () => null;

const withoutNeighbours: Reason = ({ vdu, grid }) =>
  Math.min(Math.max(vdu.conv.size, vdu.fc.size), grid.wavelengthsPerWaveguide) === 1 ? 'a ring has no neighbour' : null;

const REASONS: Record<EffectName, Reason> = {
  weightQuantisation: always,
  activationQuantisation: always,
  adcQuantisation: always,
  extinction: always,
  spectralCrosstalk: withoutNeighbours,
  thermalCrosstalk: (hardware, isGiven) =>
    hardware.tuning.ted && hardware.tuning.tedResidual === 0 && !isGiven('coupling')
      ? 'tuning.tedResidual is 0'
      : withoutNeighbours(hardware, isGiven),
  processVariation: ({ tuning }, isGiven) =>
    tuning.trimResidual_nm === 0 && !isGiven('residual_nm') ? 'tuning.trimResidual_nm is 0' : null,
  temperatureOffset: ({ tuning }) => {
    if (tuning.temperatureOffset_K === 0) return 'tuning.temperatureOffset_K is 0';
    return tuning.thermalShift_nm_per_K === 0 ? 'tuning.thermalShift_nm_per_K is 0' : null;
  },
  shotNoise: always,
  thermalNoise: ({ receiver }) => (receiver.noise_pA_per_rtHz === 0 ? 'receiver.noise_pA_per_rtHz is 0' : null),
  intensityNoise: always,
  converterNoise: (hardware) => {
    const { adc } = hardware;
    if (converterTable(hardware, adcOf(hardware, 1)) !== undefined) return null;
    if (adc.noiseTable !== null && adc.effectiveBits === null) return 'adc.noiseTable is 0 everywhere';
    if (adc.effectiveBits === null) return 'adc.effectiveBits is not set';
    return converterVariance(hardware, adcOf(hardware, 1)) === 0
      ? `adc.effectiveBits ${adc.effectiveBits} is not below adc.bits ${adc.bits}`
      : null;
  },
  gainErrors: ({ calibration }, isGiven) =>
    calibration.gainResidual === 0 && calibration.railResidual === 0 && !isGiven('gain')
      ? 'calibration.gainResidual and railResidual are 0'
      : null,
  selfHeating: ({ microring }) =>
    microring.selfHeating_nm_per_mW === 0 ? 'microring.selfHeating_nm_per_mW is 0' : null,
  sourceWavelength: ({ vcsel }, isGiven) =>
    vcsel.wavelengthResidual_nm === 0 && !isGiven('source_nm') ? 'vcsel.wavelengthResidual_nm is 0' : null,
  chirp: ({ vcsel }) => (vcsel.chirp_nm === 0 ? 'vcsel.chirp_nm is 0' : null),
  drift: ({ tuning }, isGiven) => {
    if (isGiven('drift_nm')) return null;
    if (tuning.hoursSinceCalibration === 0) return 'tuning.hoursSinceCalibration is 0';
    return tuning.driftRate_pm_per_rtHour === 0 ? 'tuning.driftRate_pm_per_rtHour is 0' : null;
  },
};

/** Why an effect does nothing in this description and chip; null where it does something. */
export function inactivity(
  hardware: HardwareDescription,
  effect: EffectName,
  chip: MeasuredChip | null,
): string | null {
  if (!hardware.effects[effect]) return 'off in this hardware';
  return REASONS[effect](hardware, (map) => chip?.conv[map] !== undefined || chip?.fc[map] !== undefined);
}
