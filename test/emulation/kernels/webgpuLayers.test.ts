/** What the parity suite of all backends does not reach in WGSL: converters of many bits, floors, limits, faults. */
import { beforeAll, describe, expect, test } from 'vitest';
import { UnsupportedLayerError } from '../../../src/base/errors.js';
import { createReferenceKernels } from '../../../src/emulation/backends/referenceKernels.js';
import type { PhotonicBackend } from '../../../src/emulation/backends/types.js';
import { webgpuBackend } from '../../../src/emulation/backends/webgpuBackend.js';
import { checkDevice } from '../../../src/emulation/kernels/webgpu/faults.js';
import { checkConversions, runInParts } from '../../../src/emulation/kernels/webgpu/hostLayer.js';
import { allocate, launch, type WebGpuBackend } from '../../../src/emulation/kernels/webgpu/webgpuProgram.js';
import type { Conv2dProgram, DenseProgram } from '../../../src/emulation/program/types.js';
import { loadWebgpu } from '../../helpers/webgpu.js';
import { compareLayer, programOf } from '../../parity/compare.js';
import { activations, adcOf, bankOf, convProgram, dacOf, denseProgram, geometryOf, QUIET } from './programs.js';

const tf = await loadWebgpu();

const GEOMETRY = geometryOf({
  input: [6, 7, 3],
  kernel: [3, 3],
  filters: 5,
  padding: [
    [1, 1],
    [1, 1],
  ],
});
const conv = (given: Partial<Conv2dProgram>) => convProgram(5, GEOMETRY, given);
const dense = (given: Partial<DenseProgram>) => denseProgram(5, 130, 7, bankOf(1), given);

describe.skipIf(!tf)('webgpu', () => {
  let backend: PhotonicBackend;
  beforeAll(() => {
    backend = webgpuBackend(tf!, createReferenceKernels());
  });

  const compare = (program: Conv2dProgram | DenseProgram, loud = false) => {
    const elements = program.kind === 'dense' ? program.inputs : 6 * 7 * 3;
    return compareLayer(backend, {
      program,
      x: activations(1, 2 * elements, program.passes === 2),
      images: Int32Array.of(5, 9),
      loud,
    });
  };

  test.each([2, 4, 8, 22, 24])('ADC of %i bits', async (bits) => {
    // Beyond 16 bits a step is finer than float32 resolves, but for a range that makes it coarse.
    await compare(conv({ adc: adcOf(bits, bits < 16 ? 0.7 : 900) }));
    await compare(dense({ adc: adcOf(bits, bits < 16 ? 0.7 : 900) }));
  });

  test.each([1, 4, 24])('activation DAC of %i bits', async (bits) => {
    await compare(conv({ activationDac: dacOf(bits), passes: 2 }));
    await compare(dense({ activationDac: dacOf(bits), passes: 2 }));
  });

  test('activations that are not rounded, and a floor of 0.4', async () => {
    const activationDac = { ...dacOf(16), quantise: false };
    await compare(conv({ activationDac, floor: 0.4 }));
    await compare(dense({ activationDac }));
  });

  test('noise that makes nearly every conversion clip', () =>
    compare(conv({ adc: adcOf(6, 0.1), noise: { ...QUIET, constant: 25 } }), true));

  test('codes of 24 bits, whose sums take more than one word', async () => {
    const adc = adcOf(24, 1);
    const geometry = geometryOf({ input: [1, 4, 1], kernel: [1, 1], filters: 1 });
    const rows = 300;
    const each = <T>(value: T) => Array.from({ length: rows }, () => value);
    const program = convProgram(6, geometry, {
      adc,
      activationDac: { quantise: false, maximumCode: 1, codeScale: 1 },
      noise: QUIET,
      rowFilter: Int32Array.from(each(0)),
      rowStart: Int32Array.from({ length: rows + 1 }, (_, r) => r),
      entryK: Int32Array.from(each(0)),
      held: Float64Array.from(each(1)),
      hPlus: Float64Array.from(each(1)),
      hMinus: Float64Array.from(each(0)),
      gain: Float64Array.of(1),
      c: 1,
    });
    const [layer] = backend.load(programOf(program));
    const input = tf!.tensor4d(new Float32Array(4).fill(1.5), [1, 1, 4, 1]);
    const { output, counts } = await layer!.run(input, {
      runSeed: 1,
      images: Int32Array.of(0),
      noise: true,
      adc: true,
    });
    expect(await output.data()).toBeAllclose(new Array(4).fill(rows * 1.5 * 0.75 * 2 + program.shift[0]!), {
      rtol: 1e-6,
    });
    expect((await counts)[0]!.clippedConversions).toBe(0);
    expect((await counts)[0]!.litSamples).toBe(4 * rows);
    tf!.dispose([input, output]);
    layer!.dispose();
  });

  test('a batch that is cut into parts gives the same bits', async () => {
    const [layer] = backend.load(programOf(conv({ passes: 2 })));
    const images = Int32Array.of(3, 1, 4, 1, 5);
    const input = tf!.tensor(activations(1, 5 * 126, true), [5, 6, 7, 3]);
    const options = { runSeed: 1, images, noise: true, adc: true };
    const whole = await layer!.run(input, options);
    const parts = await runInParts(tf!, input, options, 2 ** 26, (part, own) => layer!.run(part, own));
    expect(await parts.output.data()).toEqual(await whole.output.data());
    expect(await parts.counts).toEqual(await whole.counts);
    tf!.dispose([input, whole.output, parts.output]);
    layer!.dispose();
  });

  // An error that nobody listens for yet would end the process: the runner counts it as a failure, too.
  test('what a part may not hold is said when its counts are asked for, not before', async () => {
    const [layer] = backend.load(programOf(conv({ passes: 1 })));
    const x = activations(1, 3 * 126, false);
    x[7] = -0.25;
    const input = tf!.tensor(x, [3, 6, 7, 3]);
    const options = { runSeed: 1, images: Int32Array.of(0, 1, 2), noise: true, adc: true };
    const parts = await runInParts(tf!, input, options, 2 ** 27, async (part, own) => {
      if (own.images[0]! > 0) await new Promise((resolve) => setTimeout(resolve, 100));
      return layer!.run(part, own);
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    await expect(parts.counts).rejects.toThrow(/input element 7 is -0.25/);
    tf!.dispose([input, parts.output]);
    layer!.dispose();
  });

  test('conversions beyond 2^32 of an image are refused', () => {
    expect(() => checkConversions(conv({}), 2 ** 20, 2 ** 12)).not.toThrow();
    expect(() => checkConversions(conv({}), 2 ** 20, 2 ** 12 + 4)).toThrow(UnsupportedLayerError);
  });

  // Last: a device that failed stays failed.
  test('a fault of the device is an error, not zeros', async () => {
    const device = tf!.backend() as unknown as WebGpuBackend;
    expect(() => checkDevice(device)).not.toThrow();
    const result = allocate(device, [1], 'int32');
    launch(device, {
      key: 'not_wgsl',
      code: 'this is not WGSL',
      bindings: { result: { tensor: result, type: 'i32', writes: true } },
      uniforms: {},
      workgroup: [1, 1],
      threads: [1, 1, 1],
    });
    await tf!.engine().makeTensorFromTensorInfo(result).data();
    expect(() => checkDevice(device)).toThrow(/webgpu.*device reports.*--backend wasm/);
  });
});
