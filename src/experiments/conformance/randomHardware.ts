/** Random descriptions of hardware, in and around the presets' ranges, and random layers: what nobody thought of by hand. */
import { SonicError } from '../../base/errors.js';
import { philoxUniforms } from '../../base/random/philox.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { hardwareOf } from '../../hardware/descriptionFiles.js';
import { EFFECTS } from '../../hardware/fields/effects.js';

/** Draws of one case, the same for the same seed and case. */
export interface Draw {
  /** In [low, high). */
  number(low: number, high: number): number;
  /** low .. high. */
  integer(low: number, high: number): number;
  pick<T>(values: readonly T[]): T;
  /** float32 in [low, high), each 0 with probability `zeros`. */
  array(count: number, low: number, high: number, zeros?: number): number[];
}

/** Numbers drawn at once. */
const BLOCK = 1024;

export function drawOf(seed: number, index: number): Draw {
  let at = 0;
  let block: Float64Array = new Float64Array();
  const next = () => {
    if (at % BLOCK === 0) block = philoxUniforms([seed, index], at, BLOCK);
    return block[at++ % BLOCK]!;
  };
  const number = (low: number, high: number) => low + (high - low) * next();
  return {
    number,
    integer: (low, high) => low + Math.floor((high - low + 1) * next()),
    pick: (values) => values[Math.floor(values.length * next())]!,
    array: (count, low, high, zeros = 0) =>
      Array.from({ length: count }, () => (next() < zeros ? 0 : Math.fround(number(low, high)))),
  };
}

/** Tables of either kind, of few rows and of many, up to noise of a tenth of the converter's range. */
function noiseTable({ integer, pick, array }: Draw): (string | number)[][] | null {
  if (pick([true, false])) return null;
  const places = [...new Set(Array.from({ length: integer(2, 40) }, () => integer(-120, 120)))].sort((a, b) => a - b);
  if (places.length < 2) return null;
  const sigma = array(places.length, 0, 0.1, 0.2);
  const header = pick([
    ['u', 'sigma'],
    ['u_over_range', 'sigma_over_range'],
  ]);
  return [header, ...places.map((at, row) => [at / 100, sigma[row]!])];
}

function overridesOf(draw: Draw): Record<string, unknown> {
  const { number, integer, pick } = draw;
  return {
    vdu: {
      conv: { size: integer(1, 12), units: integer(1, 6), chunking: pick(['slice', 'concatenated']) },
      fc: { size: integer(1, 24), units: integer(1, 4) },
    },
    activationDac: { bits: integer(2, 16) },
    weightDac: {
      bits: integer(1, 8),
      levels: pick(['auto', 'uniform']),
      spacing: pick(['transmission', 'detuning']),
    },
    adc: { bits: integer(4, 16), effectiveBits: pick([null, 3, 3.5]), noiseTable: noiseTable(draw) },
    microring: {
      qualityFactor: number(3000, 40000),
      extinction_dB: number(10, 40),
      fullScaleDetuning_linewidths: number(1, 3),
      selfHeating_nm_per_mW: number(0, 2),
    },
    grid: { wavelengthsPerWaveguide: integer(1, 12), compensation: pick(['none', 'gain', 'full']) },
    tuning: {
      mode: pick(['hybrid', 'thermal']),
      eoRange_nm: number(0, 0.6),
      ted: pick([true, false]),
      temperatureOffset_K: number(-0.05, 0.05),
      hoursSinceCalibration: pick([0, 10, 1000]),
    },
    vcsel: {
      extinction_dB: number(6, 40),
      wavelengthResidual_nm: number(0, 0.01),
      chirp_nm: pick([0, number(-0.05, 0.1)]),
      tuningPoint: pick(['light', 'stream']),
    },
    calibration: { gainResidual: number(0, 0.02), railResidual: number(0, 0.02) },
    batchNorm: pick(['optical', 'folded']),
    effects: Object.fromEntries(Object.keys(EFFECTS).map((name) => [name, number(0, 1) < 0.9])),
  };
}

/** Tries until the schema and the device functions accept one: some draws contradict themselves. */
const TRIES = 50;

/** @throws Error where no draw is accepted, which is a defect. */
export function randomHardware(draw: Draw): {
  readonly overrides: Record<string, unknown>;
  readonly hardware: HardwareDescription;
} {
  for (let tried = 0; tried < TRIES; tried++) {
    const overrides = overridesOf(draw);
    try {
      return { overrides, hardware: hardwareOf({ preset: 'sonic', overrides }) };
    } catch (error) {
      if (!(error instanceof SonicError)) throw error;
    }
  }
  throw new Error(`none of ${TRIES} random descriptions is accepted`);
}
