/** ADCs of the most bits that the schema allows: sums of their codes are right on every backend, however many rows there are. */
import { afterAll, describe, expect, it } from 'vitest';
import { registeredName } from '../../../src/base/tensorflow/tf.js';
import { BACKEND_TRAITS, BACKENDS, type BackendName, createBackend } from '../../../src/emulation/backends/index.js';
import type { PhotonicBackend } from '../../../src/emulation/backends/types.js';
import type { LayerSpec } from '../../../src/emulation/compiler/layerSpec.js';
import { photonicConv2d } from '../../../src/emulation/kernels/photonicConv2D/op.js';
import { photonicDense } from '../../../src/emulation/kernels/photonicDense/op.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, onlyEffects } from '../../helpers/layers.js';

const here = new Map<BackendName, PhotonicBackend>();
for (const name of BACKENDS) {
  await createBackend(name).then(
    (backend) => here.set(name, backend),
    () => {},
  );
}
afterAll(() => {
  for (const backend of here.values()) backend.free();
});

const hardwareOf = (bits: number, range: number) =>
  parseHardware({
    adc: { bits, range },
    vdu: { fc: { size: 4, units: 2 }, conv: { size: 4, units: 2, chunking: 'concatenated' } },
    effects: onlyEffects('adcQuantisation'),
  });

/** Weights of filter f are all 1, or all -1 where f is odd; no bias. */
const plain = (patch: number, filters: number) => ({
  filters,
  bias: new Float32Array(filters),
  weight: Float32Array.from({ length: patch * filters }, (_, at) => ((at % filters) % 2 === 1 ? -1 : 1)),
});

/** With inputs of 1 every full row of four has u = 4 (or -4): so many rows an output is the sum of. */
const LAYERS: readonly [string, LayerSpec, readonly number[]][] = [
  ['dense, 768 rows', denseSpec({ inputs: 3072, ...plain(3072, 5) }), [3072]],
  ['dense of two passes, 768 rows', denseSpec({ inputs: 3072, ...plain(3072, 20), twoPasses: true }), [3072]],
  ['conv, 576 rows', convSpec({ input: [3, 3, 256], ...plain(2304, 5) }), [3, 3, 256]],
  [
    'conv of 21 positions and two passes of 432 rows',
    convSpec({ input: [5, 9, 192], ...plain(1728, 3), twoPasses: true }),
    [5, 9, 192],
  ],
];

async function outputOf(
  name: BackendName,
  spec: LayerSpec,
  shape: readonly number[],
  bits: number,
  range: number,
  x: number,
) {
  const backend = here.get(name)!;
  const { tf } = backend;
  await tf.setBackend(registeredName(BACKEND_TRAITS[name].tensors));
  const hardware = hardwareOf(bits, range);
  const [layer] = backend.load({
    hardware,
    chipSeed: 1,
    layers: [compile(spec as never, hardware, 1, range)],
    warnings: [],
  });
  const input = tf.fill([1, ...shape], x);
  const options = { runSeed: 1, images: Int32Array.of(0), noise: false, adc: true };
  const run = spec.kind === 'dense' ? photonicDense : photonicConv2d;
  const { output, counts } = await run(input, layer as never, options);
  const y = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  layer!.dispose();
  return { y, clipped: (await counts)[0]!.clippedConversions };
}

describe.each(BACKENDS)('ADCs of many bits on %s', (name) => {
  const cases = LAYERS.flatMap(([title, spec, shape]) =>
    [16, 22, 23, 24].map((bits) => [title, bits, spec, shape] as const),
  );

  it.skipIf(!here.has(name)).each(cases)('add up %s at %d bits', async (_, bits, spec, shape) => {
    const sum = spec.weight.length / spec.filters;
    const signs = spec.twoPasses ? [1, -1] : [1];
    for (const sign of signs) {
      const { y, clipped } = await outputOf(name, spec, shape, bits, 4.4, sign);
      y.forEach((value, at) => {
        const wanted = (at % spec.filters) % 2 === 1 ? -sign * sum : sign * sum;
        expect(Math.abs(value - wanted)).toBeLessThan(1e-4 * sum);
      });
      expect(clipped).toBe(0);
    }
  });

  it.skipIf(!here.has(name)).each(cases)('clip every row of %s at %d bits', async (_, bits, spec, shape) => {
    const sum = spec.weight.length / spec.filters / 4;
    const { y, clipped } = await outputOf(name, spec, shape, bits, 1, 1);
    y.forEach((value, at) => {
      expect(Math.abs(value - ((at % spec.filters) % 2 === 1 ? -sum : sum))).toBeLessThan(1e-4 * sum);
    });
    expect(clipped).toBe(sum * y.length);
  });
});

describe('the schema', () => {
  it('allows no more bits than are tested here', () => {
    expect(() => hardwareOf(25, 4)).toThrow('adc.bits is 25');
  });
});
