/** The cases of the independent implementation on every backend that is here. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runConformance } from '../../src/experiments/conformance/runConformance.js';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const cases = NAMES.flatMap((name) => JSON.parse(readFileSync(FOLDER + name, 'utf8')).cases).length;

describe('runConformance', () => {
  it('runs every backend and reports every case', async () => {
    const report = await runConformance(NAMES.map((name) => FOLDER + name));
    expect(report.passed).toBe(true);
    expect(report.unavailable.map(({ backend }) => backend)).not.toContain('wasm');
    expect(report.cases.filter(({ backend }) => backend === 'reference')).toHaveLength(cases);
    const kinds = new Set(report.cases.filter(({ backend }) => backend === 'wasm').map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['layer', 'philox']);
    expect(report.cases.filter(({ backend }) => backend === 'wasm').flatMap(({ notCovered }) => notCovered)).toEqual([]);
  });
});
