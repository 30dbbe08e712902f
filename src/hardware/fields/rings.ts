/** The rings: their resonance, the channels that they stand on, and how they are tuned. */
import { z } from 'zod';
import { between, count, power_mW, shift_nm, time_ns } from './quantities.js';

export const microring = z
  .strictObject({
    wavelength_nm: between(100, 1e5)
      .default(1550)
      .describe('Centre wavelength, nm; from 100 to 1e5, where there is glass for it. (C)'),
    qualityFactor: between(1, 1e12)
      .default(8000)
      .describe('Loaded quality factor; linewidth = wavelength / Q; to 1e12, above any resonator. (C)'),
    freeSpectralRange_nm: between(1e-3, 1e5)
      .default(18)
      .describe('Free spectral range, nm; from 0.001, a ring of a metre, to 1e5. (C)'),
    extinction_dB: between(0.01, 300)
      .default(25)
      .describe('Depth of the notch: Tmin = 10^(-extinction/10); below 0.01 dB nothing is modulated. (T)'),
    fullScaleDetuning_linewidths: between(0.01, 1e12)
      .default(2)
      .describe('Detuning of the full-scale value, in linewidths: Tfs = T(that); below 0.01 nothing is modulated. (T)'),
    radius_um: between(0.1, 1e6)
      .default(5)
      .describe('Ring radius, um: length of the bank and thermal distance; from 0.1 (light leaks out) to 1e6. (C)'),
    gap_um: between(0, 1e6).default(5).describe('Edge-to-edge gap between neighbouring rings, um. (C)'),
    selfHeating_nm_per_mW: between(0, 1000)
      .default(0.3)
      .describe('Resonance shift per optical power that a ring takes from the bus, nm/mW (effect selfHeating). (T)'),
    response: z
      .union([z.string().min(1), z.array(z.tuple([z.number(), z.number()]))], {
        error: 'name a CSV file, or give its rows of two numbers',
      })
      .nullable()
      .default(null)
      .describe(
        'Measured through-port response in place of the Airy curve: path of a CSV of detuning_nm,transmission, or its ' +
          'rows; qualityFactor and extinction_dB then follow from it and are not given.',
      ),
  })
  .prefault({});

export const grid = z
  .strictObject({
    wavelengthsPerWaveguide: count(1024)
      .default(10)
      .describe('Most channels on one waveguide; larger units use several waveguides. (C: at most 15)'),
    channelSpacing_nm: z
      .union([z.literal('auto'), between(1e-6, 1e5)])
      .default('auto')
      .describe('Spacing of the channels, nm; auto: free spectral range / channels of a waveguide.'),
    compensation: z
      .enum(['none', 'gain', 'full'])
      .default('full')
      .describe('Of spectral crosstalk: none, one common gain, or detunings solved per bank (CONV; FC: gain).'),
  })
  .prefault({});

export const tuning = z
  .strictObject({
    mode: z
      .enum(['hybrid', 'thermal'])
      .default('hybrid')
      .describe('Imprint by EO with TO beyond its range, or by TO only. (S)'),
    eoRange_nm: shift_nm().default(0.45).describe('Largest electro-optic shift, nm. (T)'),
    eoLatency_ns: time_ns().default(20).describe('Electro-optic settling time, ns. (S)'),
    eoPower_uW_per_nm: between(0, 1e9).default(4).describe('Electro-optic power per shift, uW/nm. (S)'),
    toLatency_us: between(0, 1e6).default(4).describe('Thermo-optic settling time, us. (S)'),
    toPower_mW_per_FSR: power_mW().default(27.5).describe('Thermo-optic power per free spectral range, mW. (S)'),
    trimShift_nm: shift_nm().default(2.1).describe('Mean process shift that trimming must undo, nm. (C)'),
    trimResidual_nm: shift_nm().default(0.001).describe('Standard deviation of what trimming leaves, nm. (T)'),
    ted: z.boolean().default(true).describe('Thermal eigenmode decomposition: banks are tuned collectively. (S)'),
    tedResidual: between(0, 100).default(0.01).describe('Relative error of the thermal coupling TED knows. (T)'),
    driftRate_pm_per_rtHour: between(0, 1e6)
      .default(1)
      .describe('Standard deviation of a resonance one hour after calibration, pm; grows as sqrt(time). (T)'),
    hoursSinceCalibration: between(0, 1e6)
      .default(0)
      .describe('Hours since the rings were last trimmed (effect drift); up to 1e6, a century.'),
    temperatureOffset_K: between(-1000, 1000)
      .default(0)
      .describe('Common temperature error while running, K; beyond 1000 K either way nothing is solid or cooler.'),
    thermalShift_nm_per_K: between(0, 100).default(0.07).describe('Resonance shift per kelvin, nm/K. (T)'),
  })
  .prefault({});

/** Fields of a ring that its measured response has of its own. */
export const RESPONSE_FIELDS = ['qualityFactor', 'extinction_dB'] as const;
