/** The programs of rows of either kind of layer: what they share, and the name by which an adapter keeps them. */
import { converterWgsl } from './converterShader.js';
import { GAUSSIAN_WGSL } from './gaussianShader.js';
import { NOISE_TABLE_WGSL } from './noiseTableShader.js';
import { PHILOX_WGSL } from './philoxShader.js';

/** What a program of rows does, decided when it is made: what is off costs nothing. */
export interface RowOptions {
  readonly noise: boolean;
  readonly adc: boolean;
  readonly chirp: boolean;
  /** Whether noise has a measured receiver's table. */
  readonly table: boolean;
}

/** Name and text of the program of `kind`. */
export function rowProgram(kind: string, options: RowOptions, ownWgsl: string): { key: string; code: string } {
  const { noise, adc, chirp, table } = options;
  return {
    key: `sonic_${kind}_${noise ? 'noise' : 'quiet'}_${adc ? 'adc' : 'raw'}${chirp ? '_chirp' : ''}${table ? '_table' : ''}`,
    code: PHILOX_WGSL + GAUSSIAN_WGSL + converterWgsl(adc) + (table ? NOISE_TABLE_WGSL : '') + ownWgsl,
  };
}
