/** The light's way: source, losses, detector and receiver. */
import { z } from 'zod';
import { between, loss_dB, power_mW, SHORTEST_NS, time_ns } from './quantities.js';

export const vcsel = z
  .strictObject({
    opticalPower_mW: between(1e-9, 1e6)
      .default(0.325)
      .describe('Optical power at full scale, mW (25 % of electrical); from 1 pW, ten photons a microsecond. (T)'),
    electricalPower_mW: z
      .union([z.literal('auto'), power_mW()])
      .default('auto')
      .describe('Electrical power while lit, mW; auto: opticalPower_mW / wallPlugEfficiency, 1.3 mW as in (S).'),
    wallPlugEfficiency: between(1e-6, 1).default(0.25).describe('Optical over electrical power, at most 1. (T)'),
    extinction_dB: between(0.01, 300)
      .default(20)
      .describe('Full scale over the smallest lit power, dB; 60 or more: practically no floor. (T)'),
    latency_ns: time_ns().default(0.07).describe('Modulation time, ns. (S)'),
    relativeIntensityNoise_dB_per_Hz: between(-300, 0)
      .default(-150)
      .describe('Relative intensity noise, dB/Hz; from -300, far below the shot noise of any light. (T)'),
    wavelengthResidual_nm: between(0, 100)
      .default(0.001)
      .describe('Standard deviation of a VCSEL from its channel, nm (effect sourceWavelength). (T)'),
    chirp_nm: between(-100, 100)
      .default(0)
      .describe('Shift of the wavelength from no light to full scale, nm (effect chirp); 0 where it is not known. (T)'),
    tuningPoint: z
      .enum(['light', 'stream'])
      .default('light')
      .describe(
        "Drive at which a chirping VCSEL is on its channel: light, the layer's mean drive weighted by its light, or " +
          'stream, the plain mean of what streams past, gated samples included.',
      ),
  })
  .prefault({});

export const photodetector = z
  .strictObject({
    responsivity_A_per_W: between(1e-6, 1e3)
      .default(1)
      .describe(
        'Responsivity, A/W; one electron a photon is 1.25 at 1550 nm, avalanche gain at most a thousand times that. (T)',
      ),
    darkCurrent_nA: between(0, 1e9).default(35).describe('Dark current of each photodetector, nA. (T)'),
    maximumCurrent_mA: between(1e-9, 1e6).default(1).describe('Largest linear photocurrent of a waveguide, mA. (T)'),
    latency_ps: between(0, 1e12).default(5.8).describe('Response time, ps. (S)'),
    power_mW: power_mW().default(2.8).describe('Power while on, mW, of each photodetector. (S)'),
  })
  .prefault({});

export const receiver = z
  .strictObject({
    noise_pA_per_rtHz: between(0, 1e9).default(10).describe('Input-referred current noise, pA/sqrt(Hz). (T)'),
    power_mW: power_mW().default(0).describe('Power of the receiver of each ADC while on, mW; not in table 2. (S)'),
    samplingInterval_ns: z
      .union([z.literal('auto'), time_ns(SHORTEST_NS)])
      .default('auto')
      .describe('Time of one sample, ns; auto: the slowest of streamed DAC, VCSEL + photodetector, ADC / interleave.'),
  })
  .prefault({});

export const losses = z
  .strictObject({
    coupler_dB: loss_dB().default(1.6).describe('Chip coupling, dB. (T)'),
    multiplexer_dB: loss_dB().default(0.9).describe('Wavelength multiplexer, dB. (C)'),
    railSplitter_dB: loss_dB().default(3.1).describe('Splitter to the two rails of a CONV unit, dB. (T)'),
    waveguide_dB_per_cm: loss_dB().default(1).describe('Propagation, dB/cm. (C)'),
    offResonanceRing_dB: loss_dB().default(0.02).describe('Per ring passed, dB. (C)'),
    broadbandRing_dB: loss_dB().default(0.72).describe('The broadband (batch-norm) ring, dB; always there. (C)'),
  })
  .prefault({});
