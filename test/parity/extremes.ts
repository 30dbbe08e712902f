/** Every number of the description at the ends of its schema: what a backend computes is what the reference does, or the description is refused. */
import { afterAll, describe, expect, it } from 'vitest';
import { BackendUnavailableError, SonicError } from '../../src/base/errors.js';
import { registeredName } from '../../src/base/tensorflow/tf.js';
import { BACKEND_TRAITS, type PhotonicBackend } from '../../src/emulation/backends/types.js';
import type { MacProgram } from '../../src/emulation/program/types.js';
import { nestedSettings } from '../../src/hardware/descriptionPaths.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize } from '../helpers/layers.js';
import { randomArray } from '../helpers/random.js';
import { NUMERIC_FIELDS } from '../helpers/schemaFields.js';
import { compareLayer, compareLumped } from './compare.js';

/** Around which one field is at an end: the preset, and with the effects that it leaves at 0. */
const SETTINGS: readonly [string, Readonly<Record<string, unknown>>][] = [
  ['preset', {}],
  [
    'every effect',
    {
      'vcsel.chirp_nm': 0.01,
      'tuning.hoursSinceCalibration': 10,
      'tuning.temperatureOffset_K': 0.01,
      'adc.effectiveBits': 9,
    },
  ],
];
const SPECS = [
  convSpec({ input: [5, 5, 2], filters: 3 }),
  denseSpec({ inputs: 60, filters: 5, twoPasses: true }),
] as const;

/** The layer on a description with one field at an end; null where it is refused. */
function programAt(spec: (typeof SPECS)[number], settings: Readonly<Record<string, unknown>>): MacProgram | null {
  try {
    const hardware = parseHardware(nestedSettings(Object.entries(settings)));
    const { range } = hardware.adc;
    return compile(spec as never, hardware, 1, typeof range === 'number' ? range : undefined);
  } catch (error) {
    if (error instanceof SonicError) return null;
    throw error;
  }
}

/** @param create makes the backend; where that throws BackendUnavailableError, the suite is skipped. */
export async function extremesSuite(name: string, create: () => Promise<PhotonicBackend>): Promise<void> {
  const tried = await create().catch((error: unknown) => {
    if (error instanceof BackendUnavailableError) return null;
    throw error;
  });
  describe.skipIf(tried === null)(`${name} and the reference`, () => {
    const backend = tried!;
    let compared = 0;
    afterAll(() => backend.free());

    it.each(NUMERIC_FIELDS)('agree where $path is at an end', async ({ path, ends }) => {
      await backend.tf.setBackend(registeredName(BACKEND_TRAITS[backend.name].tensors));
      for (const [, settings] of SETTINGS) {
        for (const end of ends) {
          for (const spec of SPECS) {
            const program = programAt(spec, { ...settings, [path]: end });
            if (!program) continue;
            const x = randomArray(5, inputSize(spec), spec.twoPasses ? -1 : 0, 1);
            // Ends of the schema have noise and sums that no real description has.
            const batch = { program, x, images: Int32Array.of(0), runSeed: 3, loud: true };
            await compareLayer(backend, batch);
            await compareLumped(backend, batch);
            compared++;
          }
        }
      }
    });

    it('are compared on most ends, not refused', () => {
      expect(compared).toBeGreaterThan(0.8 * NUMERIC_FIELDS.length * 2 * SETTINGS.length * SPECS.length);
    });
  });
}
