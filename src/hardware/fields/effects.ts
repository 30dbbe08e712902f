/** The effects of the hardware, each with its switch. */
import { z } from 'zod';

/** Every effect that can be switched, with what it is. */
export const EFFECTS = {
  weightQuantisation: 'Weights (and the batch-norm gain) pass a DAC.',
  activationQuantisation: 'Activations pass a DAC.',
  adcQuantisation: 'Partial sums are rounded and clipped by an ADC.',
  extinction: 'Finite extinction of rings and VCSELs.',
  spectralCrosstalk: "A channel also passes its neighbours' rings.",
  thermalCrosstalk: "A ring also feels its neighbours' heaters.",
  processVariation: 'Resonance errors that trimming leaves.',
  temperatureOffset: 'All resonances off by a common temperature error.',
  shotNoise: 'Shot noise of signal and dark current.',
  thermalNoise: 'Current noise of the receiver.',
  intensityNoise: 'Relative intensity noise of the VCSELs.',
  converterNoise: 'Noise of an ADC with fewer effective than nominal bits, or as its noise table says.',
  gainErrors: 'Gain errors of slots and rails that calibration leaves.',
  selfHeating: "A ring is warmed by the light it takes, about the layer's operating point.",
  sourceWavelength: 'VCSELs stand off their channels.',
  chirp: 'The wavelength of a VCSEL moves with its drive.',
  drift: 'Resonances have wandered since calibration.',
} as const;
export type EffectName = keyof typeof EFFECTS;

export const effects = z
  .strictObject(
    Object.fromEntries(
      Object.entries(EFFECTS).map(([name, text]) => [name, z.boolean().default(true).describe(text)]),
    ) as {
      [name in EffectName]: z.ZodDefault<z.ZodBoolean>;
    },
  )
  .prefault({});
