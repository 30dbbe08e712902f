/** Every layer of the conformance cases through the WebAssembly kernels. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { kernelChecker } from '../../src/conformance/kernels.js';
import { conformanceFile } from '../../src/conformance/schema.js';
import { WasmKernels } from '../../src/kernels/wasm/module.js';

const FOLDER = new URL('../conformance/', import.meta.url);
const check = kernelChecker(await WasmKernels.create());

const layers = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.json'))
  .flatMap((file) => conformanceFile.parse(JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))).cases)
  .filter(({ kind }) => kind === 'layer');

test('there are cases', () => expect(layers.length).toBeGreaterThan(50));

test.each(layers)('$name', (given) => {
  const { comparisons } = check(given)!;
  expect(comparisons.length).toBeGreaterThan(2);
  expect(comparisons.filter(({ passed }) => !passed)).toEqual([]);
});
