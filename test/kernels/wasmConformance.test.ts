/** Every layer of the shared conformance cases through the WebAssembly kernels. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkLayerKernels } from '../../src/conformance/layers.js';
import { conformanceFile } from '../../src/conformance/schema.js';
import type { Tap } from '../../src/kernels/contract.js';
import { WasmKernels } from '../../src/kernels/wasm/module.js';

const FOLDER = new URL('../conformance/', import.meta.url);
const kernels = await WasmKernels.create();

describe.each(readdirSync(FOLDER).filter((name) => name.endsWith('.json')))('%s', (name) => {
  const { cases } = conformanceFile.parse(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')));
  test.each(cases.filter(({ kind }) => kind === 'layer'))('$name', (given) => {
    if (given.kind !== 'layer') return;
    const comparisons = checkLayerKernels(given, (program, x, _, options) => {
      kernels.free();
      const positions = program.kind === 'conv2d' ? program.geometry.output[0] * program.geometry.output[1] : 1;
      const y = new Float32Array(positions * program.filters);
      const passes: Tap[] = [];
      const counts = kernels.loadLayer(program).run(x, y, { ...options, noise: true, adc: true, tap: passes });
      return { y, clippedActivations: counts.clippedActivations, passes };
    });
    expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
  });
});
