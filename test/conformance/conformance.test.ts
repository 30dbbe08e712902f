/** The cases of the independent implementation, and that a wrong expectation does not pass. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createBackend } from '../../src/emulation/backends/index.js';
import { kernelChecker } from '../../src/experiments/conformance/checkKernels.js';
import { parseConformance } from '../../src/experiments/conformance/loadCases.js';
import type { CaseChecker } from '../../src/experiments/conformance/caseChecks.js';
import { checkerOf, runConformance } from '../../src/experiments/conformance/runConformance.js';
import type { ConformanceCase } from '../../src/experiments/conformance/caseSchema.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const casesOf = (name: string) => parseConformance(name, JSON.parse(readFileSync(FOLDER + name, 'utf8'))).cases;
const reference = await checkerOf('reference');
const wasm = await checkerOf('wasm');

const failures = async (check: CaseChecker, given: ConformanceCase) =>
  (await check(given))?.comparisons.filter(({ passed }) => !passed) ?? [];

it('all files of cases are there', () => {
  expect(NAMES.length).toBeGreaterThanOrEqual(24);
  expect(NAMES.flatMap(casesOf).length).toBeGreaterThanOrEqual(162);
});

describe.each(NAMES)('%s', (name) => {
  it.each(casesOf(name).map((given) => [given.name, given] as const))('%s', async (_, given) => {
    expect(await failures(reference, given)).toEqual([]);
    expect(await failures(wasm, given)).toEqual([]);
  });
});

describe('runConformance', () => {
  it('reports every case; conformance.slow.test.ts runs every backend', async () => {
    const report = await runConformance(NAMES.map((name) => FOLDER + name), { backends: ['reference', 'wasm'] });
    expect(report.passed).toBe(true);
    expect(report.cases.filter(({ backend }) => backend === 'reference')).toHaveLength(
      NAMES.flatMap(casesOf).length,
    );
    const kinds = new Set(report.cases.filter(({ backend }) => backend === 'wasm').map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['layer', 'philox']);
    expect(report.cases.filter(({ backend }) => backend === 'wasm').flatMap(({ notCovered }) => notCovered)).toEqual([]);
  });

  it('does not pass where nothing was compared', async () => {
    expect((await runConformance([`${FOLDER}ring.json`], { backends: ['wasm'] })).passed).toBe(false);
  });

  it("the reference kernels pass through the backends' contract as well", async () => {
    const check = kernelChecker(await createBackend('reference'));
    for (const given of [...casesOf('fc-all-effects.json'), ...casesOf('conv-edges.json')]) {
      expect(await failures(check, given), given.name).toEqual([]);
    }
  });
});

/** Paths to one number or word of every quantity below `value`: the first of every array of arrays. */
function leaves(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (Array.isArray(value)) {
    const at = value.findIndex((element) => !Array.isArray(element) || element.length > 0);
    return at < 0 ? [] : leaves(value[at], [...path, at]);
  }
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
  }
  return [path];
}

/** A copy of a case with one expected value changed. */
function tampered(given: ConformanceCase, path: readonly (string | number)[]): ConformanceCase {
  const copy = structuredClone(given);
  let holder = copy.expected as unknown as Record<string | number, unknown>;
  for (const key of path.slice(0, -1)) holder = holder[key] as typeof holder;
  const last = path.at(-1)!;
  const value = holder[last];
  if (typeof value === 'string') holder[last] = value === 'uniform' ? 'codebook' : 'uniform';
  // Beyond one ADC step, and beyond the share of codes that may be one off.
  else holder[last] = Number.isInteger(value) ? (value as number) + 20 : (value as number) * 1.001 + 1e-3;
  return copy;
}

describe('a tampered expectation fails', () => {
  const samples: readonly [string, string][] = [
    ['ring.json', 'sonic'],
    ['philox.json', 'known answer'],
    ['static.json', 'CONV, first unit'],
    ['bank-conv.json', 'compensation gain, no errors'],
    ['bank-fc.json', 'sonic'],
    ['conv-all-effects.json', 'signed input, two passes'],
    ['fc-all-effects.json', 'batch-norm on the ring, a negative gain'],
  ];
  const caseOf = (file: string, name: string) => casesOf(file).find((given) => given.name === name)!;

  it.each(samples)('%s: %s, every quantity in turn', async (file, name) => {
    const given = caseOf(file, name);
    expect(await failures(reference, given)).toEqual([]);
    const paths = leaves(given.expected);
    expect(paths.length).toBeGreaterThan(4);
    for (const path of paths) {
      expect((await failures(reference, tampered(given, path))).length, path.join('.')).toBeGreaterThan(0);
    }
  });

  it.each([
    ['conv-all-effects.json', 'signed input, two passes', ['y', 'clippedActivations', 'activationCode', 'u', 'adcCode', 'clippedConversions', 'value', 'variance']],
    ['fc-all-effects.json', 'batch-norm on the ring, a negative gain', ['y', 'u', 'adcCode', 'k', 'Hplus', 'Hminus', 'activationCode', 'value', 'variance']],
    ['philox.json', 'known answer', ['words', 'normals']],
  ] as const)('%s: %s, what wasm computes', async (file, name, quantities) => {
    const given = caseOf(file, name);
    const paths = leaves(given.expected).filter((path) => path.some((key) => (quantities as readonly unknown[]).includes(key)));
    expect(paths.length).toBeGreaterThanOrEqual(quantities.length);
    for (const path of paths) expect((await failures(wasm, tampered(given, path))).length, path.join('.')).toBeGreaterThan(0);
  });

  it('what a tap changes fails, though all else is right', async () => {
    const wasm = await createBackend('wasm');
    const meddled = { ...wasm, load: (program: Parameters<typeof wasm.load>[0]) => wasm.load(program).map((layer): typeof layer => ({
      ...layer,
      run: async (input, options) => {
        const { output, counts } = await layer.run(input, options);
        return { output: options.tap ? wasm.tf.mul(output, 1 + 2 ** -23) : output, counts };
      },
    })) };
    const found = await failures(kernelChecker(meddled), caseOf('conv-all-effects.json', 'sonic'));
    expect(found.map(({ quantity }) => quantity)).toEqual(['y with a tap']);
  });

  it('a missing or surplus element, and NaN, fail', async () => {
    const given = caseOf('ring.json', 'sonic');
    if (given.kind !== 'ring') throw new Error('not a ring');
    for (const T of [given.expected.T.slice(1), [...given.expected.T, 0], [Number.NaN, ...given.expected.T.slice(1)]]) {
      const found = await failures(reference, { ...given, expected: { ...given.expected, T } });
      expect(found.map(({ quantity }) => quantity)).toEqual(['T']);
    }
  });
});
