/** What a batch asks of the device's queue: how many programs a layer takes, and what the host waits for. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createReferenceKernels } from '../../../src/emulation/backends/referenceKernels.js';
import { webgpuBackend } from '../../../src/emulation/backends/webgpuBackend.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { loadEmulatedNetwork } from '../../../src/emulation/emulator/emulatedNetwork.js';
import { layerFidelities } from '../../../src/emulation/emulator/fidelity.js';
import type { BatchOptions, PhotonicLayer } from '../../../src/emulation/kernels/batchLayer.js';
import { imagesPerLaunch } from '../../../src/emulation/kernels/webgpu/hostLayer.js';
import type { WebGpuBackend } from '../../../src/emulation/kernels/webgpu/webgpuProgram.js';
import type { Conv2dProgram, DenseProgram, MacProgram } from '../../../src/emulation/program/types.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { loadWebgpu } from '../../helpers/webgpu.js';
import { programOf } from '../../parity/compare.js';
import { smallImages, smallNetwork } from '../emulator/smallNetwork.js';
import { activations, bankOf, convProgram, denseProgram, geometryOf } from './programs.js';

const tf = await loadWebgpu();
const backend = tf && webgpuBackend(tf, createReferenceKernels());

type Prototype = Record<string, (...args: unknown[]) => unknown>;

/** Counts calls of methods of WebGPU's objects until `restore`. */
function watchQueue() {
  const { device } = tf!.backend() as unknown as { device: Record<string, Prototype & (() => Prototype)> };
  const encoder = device['createCommandEncoder']!() as unknown as Prototype;
  const pass = encoder['beginComputePass']!() as Prototype;
  pass['end']!();
  encoder['finish']!();
  const counts = { dispatchWorkgroups: 0, clearBuffer: 0, submit: 0 };
  const prototypes = [pass, encoder, device['queue'] as Prototype].map((of) => Object.getPrototypeOf(of) as Prototype);
  const before: (() => void)[] = [];
  for (const [at, name] of (['dispatchWorkgroups', 'clearBuffer', 'submit'] as const).entries()) {
    const prototype = prototypes[at]!;
    const own = prototype[name]!;
    prototype[name] = function (...args: unknown[]) {
      counts[name]++;
      return own.apply(this, args);
    };
    before.push(() => {
      prototype[name] = own;
    });
  }
  const restore = () => {
    for (const put of before) put();
  };
  return { counts, restore };
}

const GEOMETRY = geometryOf({ input: [6, 7, 3], kernel: [3, 3], filters: 5 });
const conv = (given: Partial<Conv2dProgram> = {}) => convProgram(5, GEOMETRY, given);
const dense = (given: Partial<DenseProgram> = {}) => denseProgram(5, 130, 7, bankOf(1), given);
const inputOf = (program: MacProgram, images: number) =>
  program.kind === 'conv2d'
    ? tf!.tensor(activations(1, images * 126, program.passes === 2), [images, 6, 7, 3])
    : tf!.tensor(activations(1, images * 130, program.passes === 2), [images, 130]);

describe.skipIf(!tf)('the queue of the device', () => {
  let watched: ReturnType<typeof watchQueue>;
  beforeEach(() => {
    watched = watchQueue();
  });
  afterEach(() => watched.restore());

  async function run(program: MacProgram, given: Partial<BatchOptions> = {}, images = Int32Array.of(3, 4, 5)) {
    const [layer] = backend!.load(programOf(program)) as PhotonicLayer[];
    const input = inputOf(program, images.length);
    watched.counts.dispatchWorkgroups = 0;
    const options = { runSeed: 1, images, noise: true, adc: true, ...given };
    const { output, counts, finite } = await layer!.run(input, options);
    await counts;
    const { dispatchWorkgroups } = watched.counts;
    const y = Array.from((await output.data()) as Float32Array);
    expect(await finite).toEqual(Array.from(images, () => true));
    tf!.dispose([input, output]);
    layer!.dispose();
    return { programs: dispatchWorkgroups, y };
  }

  test.each([
    ['a convolution', conv()],
    ['a convolution of two passes', conv({ passes: 2 })],
    ['a dense layer', dense()],
    ['a dense layer of two passes', dense({ passes: 2 })],
  ])('%s takes two programs, whatever it does', async (_, program) => {
    for (const given of [{}, { noise: false }, { adc: false }, { lumped: true }, { relu: true }]) {
      expect((await run(program, given)).programs).toBe(2);
    }
    const table = { u: Float64Array.of(-1, 0, 1), sigma: Float64Array.of(0.1, 0.2, 0.1) };
    // Everything that a program can be given: eight arrays, the least that an adapter must bind.
    const noise = { ...program.noise, table };
    expect((await run({ ...program, noise } as MacProgram, {}, Int32Array.of(7, 2))).programs).toBe(2);
  });

  test('takes one of a dense layer that the host holds', async () => {
    const far = bankOf(1);
    const program = dense({ bank: { ...far, error_nm: far.error_nm.map((e) => 100 * e) } });
    expect((await run(program)).programs).toBe(1);
  });

  test('takes ReLU with the layer, which gives the same bits as behind it', async () => {
    for (const program of [conv({ passes: 2 }), dense()]) {
      const plain = (await run(program)).y;
      expect(plain.some((value) => value < 0)).toBe(true);
      expect((await run(program, { relu: true })).y).toEqual(plain.map((value) => Math.max(value, 0)));
    }
  });

  test('takes a whole network in two programs a layer, and a few of TensorFlow.js', async () => {
    const [network, hardware, images] = [smallNetwork(), presetHardware('sonic'), smallImages(4)];
    const x = preprocess(network, images);
    const program = await compileForChip(network, hardware, 1, await calibrate(network, hardware, x));
    // Calibration is always on wasm.
    await tf!.setBackend('webgpu');
    for (const fidelity of ['exact', 'lumped'] as const) {
      const emulated = loadEmulatedNetwork(network, program, backend!, layerFidelities(program, fidelity));
      const input = tf!.tensor(x, [4, ...network.inputShape]);
      watched.counts.dispatchWorkgroups = 0;
      watched.counts.submit = 0;
      await emulated.forward(input, Int32Array.of(0, 1, 2, 3), 1);
      // Four layers on the core; pooling, and the input's two that find what is not finite.
      expect(watched.counts.dispatchWorkgroups).toBe(4 * 2 + 3);
      // One for the counts of all layers, one for what is not finite, one for the logits: nothing waits between layers.
      expect(watched.counts.submit).toBeLessThanOrEqual(3);
      input.dispose();
      emulated.dispose();
    }
  });

  test('takes as many images at once as the adapter binds and dispatches', () => {
    const { limits } = (tf!.backend() as unknown as WebGpuBackend).device;
    const most = Math.min(limits['maxStorageBufferBindingSize']!, limits['maxBufferSize']!);
    expect(imagesPerLaunch(tf!, most / 3)).toBe(3);
    expect(imagesPerLaunch(tf!, most / 3 + 1)).toBe(2);
    expect(imagesPerLaunch(tf!, most)).toBe(1);
    expect(imagesPerLaunch(tf!, 4)).toBe(limits['maxComputeWorkgroupsPerDimension']);
  });
});
