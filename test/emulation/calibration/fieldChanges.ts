/** A small network compiled after a change of each field of a description, and for the first time. */
import { expect } from 'vitest';
import { type Calibration, calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { ExtentMemory } from '../../../src/emulation/calibration/extentMemory.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { conv2d, dense, flatten, relu } from '../../../src/networks/build.js';
import { initialise } from '../../../src/networks/initialise.js';
import { FIELD_VALUES, withField } from '../../helpers/fieldValues.js';
import { randomArray } from '../../helpers/random.js';

export const network = initialise(
  {
    name: 'tiny',
    inputShape: [5, 5, 2],
    inputRange: [-1, 1],
    preprocessing: { scale: 1 / 255, mean: [0, 0], std: [1, 1] },
    layers: [
      conv2d('conv', 'input', [3, 2, 3]),
      relu('relu', 'conv'),
      flatten('flat', 'relu'),
      dense('dense', 'flat', 27, 4),
    ],
    output: 'dense',
  },
  3,
);
export const images = randomArray(5, 6 * 50, -1, 1, 0.3);

/** A program, or why there is none. */
async function outcome(compiled: Promise<Program>): Promise<Program | string> {
  return compiled.catch((error: Error) => error.message);
}

/** Few, so that a chip is drawn fast. */
export const units = { vdu: { conv: { units: 2 }, fc: { size: 20, units: 2 } } };

/**
 * Expects that every field of the schema, changed from a description, gives the same program on a calibration that has compiled
 * others as on one that has not.
 * @param most values of a field.
 */
export async function expectNothingStale(given: object, most = Number.POSITIVE_INFINITY): Promise<void> {
  const description = { ...units, ...given };
  const base = parseHardware(description);
  const shared = await calibrate(network, base, images);
  // All that it remembers is a map or a memory; inputs and scales are the images'.
  const anew = (): Calibration => ({ ...shared, streams: new Map(), means: new Map(), extents: new ExtentMemory() });
  const ofBase = await outcome(compileForChip(network, base, 1, anew()));
  for (const { path, values } of FIELD_VALUES) {
    const variants = values.flatMap((value) => withField(description, path, value) ?? []);
    expect(variants, path).not.toHaveLength(0);
    for (const variant of variants.slice(0, most)) {
      expect(await outcome(compileForChip(network, base, 1, shared)), path).toEqual(ofBase);
      const fresh = await outcome(compileForChip(network, variant, 1, anew()));
      expect(await outcome(compileForChip(network, variant, 1, shared)), path).toEqual(fresh);
    }
  }
}
