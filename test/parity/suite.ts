/** The one body of tests that every backend passes, or is skipped in where it is absent. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError } from '../../src/base/errors.js';
import { philoxNormals } from '../../src/base/random/philox.js';
import type { PhotonicBackend } from '../../src/emulation/backends/types.js';
import { effectCases, electronicsCases, largeCases, presetCases, runCases, shapeCases } from './cases.js';
import { CODES_OFF, type CodesOff, compareLayer, compareLumped, programOf } from './compare.js';
import { compareNetwork } from './network.js';

export interface ParityOptions {
  /** Whether an image's bits do not depend on the batch it is in. */
  readonly sameBits: boolean;
}

/**
 * @param create makes the backend; where that throws BackendUnavailableError, the suite is skipped.
 * Top-level await in the caller's file: tests are collected after the backend has been tried.
 */
export async function paritySuite(
  name: string,
  create: () => Promise<PhotonicBackend>,
  { sameBits }: ParityOptions,
): Promise<void> {
  const tried = await create().catch((error: unknown) => {
    if (error instanceof BackendUnavailableError) return null;
    throw error;
  });
  describe.skipIf(tried === null)(name, () => {
    let backend: PhotonicBackend;
    beforeAll(() => {
      backend = tried!;
    });

    const all: CodesOff = { codes: 0, conversions: 0 };
    afterAll(() => {
      expect(all.codes).toBeLessThanOrEqual(CODES_OFF * all.conversions);
    });

    describe.each([
      ['effects', effectCases()],
      ['presets', presetCases()],
      ['shapes', shapeCases()],
      ['runs', runCases()],
      ['electronics', electronicsCases()],
      ['large layers', largeCases()],
    ] as const)('%s', (_, cases) => {
      it.each(cases.map((given) => [given.name, given] as const))('%s', async (_, given) => {
        const { codes, conversions } = await compareLayer(backend, given);
        all.codes += codes;
        all.conversions += conversions;
        await compareLumped(backend, given);
      });
    });

    it('refuses what a layer cannot take, by layer, place and value', async () => {
      for (const { program, x, images } of [shapeCases()[0]!, shapeCases().at(-3)!]) {
        const [layer] = backend.load(programOf(program));
        const elements = x.length / images.length;
        const shape = [images.length, ...(program.kind === 'dense' ? [program.inputs] : program.geometry.input)];
        for (const value of [-0.25, Number.NaN]) {
          const wrong = x.slice();
          wrong[elements + 7] = value;
          const input = backend.tf.tensor(wrong, shape);
          const counts = async () => (await layer!.run(input, { runSeed: 1, images, noise: true, adc: true })).counts;
          await expect(counts()).rejects.toThrow(`layer 'layer': input element 7 is ${value}`);
          input.dispose();
        }
        backend.free();
      }
    });

    it.runIf(sameBits)('gives an image the same bits in every batch', async () => {
      for (const { program, x, images } of [shapeCases()[2]!, shapeCases().at(-1)!]) {
        const [layer] = backend.load(programOf(program));
        const shape = program.kind === 'dense' ? [program.inputs] : program.geometry.input;
        const outputs = async (from: number, to: number) => {
          const elements = x.length / images.length;
          const input = backend.tf.tensor(x.subarray(from * elements, to * elements), [to - from, ...shape]);
          const options = { runSeed: 1, images: images.subarray(from, to), noise: true, adc: true };
          const { output } = await layer!.run(input, options);
          const values = Array.from((await output.data()) as Float32Array);
          backend.tf.dispose([input, output]);
          return values;
        };
        const alone = await Promise.all(Array.from(images, (_, i) => outputs(i, i + 1)));
        expect(await outputs(0, images.length)).toEqual(alone.flat());
        backend.free();
      }
    });

    it('draws the normals of the contract', async () => {
      for (const [seed, first, count] of [
        [[7, 11], 0, 10_000],
        [[2 ** 31 - 1, 2 ** 31 - 1], 0, 41],
        [[3, 5], 4_093, 30],
      ] as const) {
        const normals = await backend.normals(seed, count, first);
        expect(normals).toBeAllclose(philoxNormals(seed, first, count), { atol: 2e-6, rtol: 2e-6 });
      }
    });

    it('runs a whole network as the reference does', () => compareNetwork(backend));
  });
}
