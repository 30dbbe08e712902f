/** Layers beyond what stays in the kernels' memory: the same bits, in bounded memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import type { LoadedLayer } from '../../../src/emulation/kernels/contract.js';
import { layerBytes } from '../../../src/emulation/kernels/wasm/layerBytes.js';
import { type MacProgram, outputShape, type Program } from '../../../src/emulation/program/types.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { activations, bankOf, convProgram, denseProgram, geometryOf } from './programs.js';

const bank = bankOf(4);
const LAYERS: MacProgram[] = [
  convProgram(1, geometryOf({ input: [9, 8, 3], kernel: [3, 3], filters: 6 })),
  { ...convProgram(2, geometryOf({ input: [9, 8, 3], kernel: [3, 2], filters: 5 }), { passes: 2 }), layerIndex: 4 },
  { ...denseProgram(3, 70, 21, bank), layerIndex: 5 },
  { ...denseProgram(5, 60, 40, bank, { passes: 2 }), layerIndex: 6 },
  // Each image has a scale of its own: electronics around the kernels.
  { ...denseProgram(6, 50, 12, bank), layerIndex: 7, scaling: 'perImage', activationScale: 1 },
];
const programOf = (layers: readonly MacProgram[]): Program => ({
  hardware: parseHardware({}),
  chipSeed: 1,
  layers,
  warnings: [],
});
const inputsOf = ({ passes, ...layer }: MacProgram, seed: number) => {
  const elements = layer.kind === 'dense' ? layer.inputs : layer.geometry.input.reduce((a, b) => a * b);
  return activations(seed, elements, passes === 2);
};
const sizeOf = (layer: MacProgram) => outputShape(layer).reduce((a, b) => a * b);

/** All that layers give, called upon in this order. */
function resultsOf(layers: readonly LoadedLayer[], order: readonly number[]) {
  return order.map((at, image) => {
    const layer = layers[at % layers.length]!;
    const x = inputsOf(layer.program, image);
    const [exact, lumped] = [0, 0].map(() => new Float32Array(sizeOf(layer.program)));
    const options = { runSeed: 3, image };
    const counts = layer.run(x, exact!, { ...options, noise: true, adc: true });
    const ofLumped = layer.lump!(x, lumped!, options);
    const held = new Float32Array('hold' in layer ? 4 * layer.program.inputs : 0);
    const ofHeld = 'hold' in layer ? layer.hold(x, held) : null;
    return { exact, counts, lumped, ofLumped, held, ofHeld };
  });
}

describe('layers that do not stay', () => {
  it('give the same bits, in whatever order they are called upon', async () => {
    const resident = await WasmKernels.create();
    const all = resident.load(programOf(LAYERS));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(9), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(0, 9000, 20_000, 40_000),
        async (order, residentBytes) => {
          const kernels = await WasmKernels.create(undefined, residentBytes);
          expect(resultsOf(kernels.load(programOf(LAYERS)), order)).toEqual(resultsOf(all, order));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('are no obstacle to layers that are loaded later, nor to normals', async () => {
    const kernels = await WasmKernels.create(undefined, 12_000);
    const [first] = kernels.load(programOf(LAYERS.slice(3, 4)));
    const before = resultsOf([first!], [0]);
    const [small] = kernels.load(programOf(LAYERS.slice(0, 1)));
    const ofSmall = resultsOf([small!], [0]);
    kernels.normals([1, 2], 100);
    expect(resultsOf([first!], [0])).toEqual(before);
    expect(resultsOf([small!], [0])).toEqual(ofSmall);
  });

  it('take one after the other the room of the largest', async () => {
    const layer = (i: number) => ({ ...denseProgram(7, 2000, 64, bank), layerIndex: i });
    const many = Array.from({ length: 12 }, (_, i) => layer(i));
    const kernels = await WasmKernels.create(undefined, 0);
    resultsOf(kernels.load(programOf(many)), [...many.keys()]);
    expect(kernels.memoryBytes).toBeLessThan(4 * layerBytes(many[0]!));
    expect(12 * layerBytes(many[0]!)).toBeGreaterThan(2 * kernels.memoryBytes);
  });
});

describe('layerBytes', () => {
  const side = fc.integer({ min: 1, max: 40 });
  const convolutions = fc
    .record({
      size: fc.tuple(side, side, fc.integer({ min: 1, max: 24 })),
      kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      strides: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
      filters: fc.integer({ min: 1, max: 40 }),
      passes: fc.constantFrom(1 as const, 2 as const),
    })
    .map(({ size, kernel, strides, filters, passes }) => {
      const padding = [
        [2, 2],
        [2, 2],
      ] as const;
      return convProgram(1, geometryOf({ input: size, kernel, strides, filters, padding }), { passes });
    });
  const dense = fc
    .tuple(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 300 }))
    .map(([inputs, filters]) => denseProgram(2, inputs, filters, bank));

  it('is what the memory grows by, to a tenth and buffers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(convolutions, dense) as fc.Arbitrary<MacProgram>, async (layer) => {
        const kernels = await WasmKernels.create(undefined, 2 ** 32);
        const before = kernels.usedBytes;
        kernels.load(programOf([layer]));
        const grown = kernels.usedBytes - before;
        expect(layerBytes(layer)).toBeLessThan(1.1 * grown);
        expect(layerBytes(layer)).toBeGreaterThan(0.9 * grown - 100_000);
      }),
      { numRuns: 60 },
    );
  });
});
