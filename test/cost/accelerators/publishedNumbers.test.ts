import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SonicError } from '../../../src/base/errors.js';
import { COMPARATORS, sonic } from '../../../src/cost/accelerators/index.js';
import { type Published, publishedValue, STANDINGS } from '../../../src/cost/accelerators/publishedNumbers.js';

const ROOT = new URL('../../../src/cost/accelerators/', import.meta.url);
const FOLDERS = readdirSync(ROOT, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'benchmarks')
  .map(({ name }) => name);

const load = (name: string) => JSON.parse(readFileSync(new URL(`${name}/published.json`, ROOT), 'utf8')) as Published;

describe('folders of accelerators', () => {
  it('are those that are compared', () => {
    expect([...FOLDERS].sort()).toEqual([sonic, ...COMPARATORS].map(({ id }) => id).sort());
  });

  it.each(FOLDERS)('%s has model, README that says what is not published, and numbers with their sources', (name) => {
    expect(existsSync(new URL(`${name}/model.ts`, ROOT))).toBe(true);
    expect(readFileSync(new URL(`${name}/README.md`, ROOT), 'utf8')).toMatch(/Not published/);
    const { accelerator, citation, numbers } = load(name);
    expect(accelerator.length).toBeGreaterThan(0);
    expect(citation.length).toBeGreaterThan(20);
    expect(Object.keys(numbers).length).toBeGreaterThan(0);
    for (const [id, number] of Object.entries(numbers)) {
      expect(Number.isFinite(number.value), id).toBe(true);
      expect(STANDINGS, id).toContain(number.standing);
      expect(number.source.length, id).toBeGreaterThan(3);
      expect(number.what.length, id).toBeGreaterThan(2);
      expect(Object.keys(number).sort(), id).toEqual(['source', 'standing', 'unit', 'value', 'what']);
    }
  });

  it.each([sonic, ...COMPARATORS].map((design) => [design.id, design] as const))(
    '%s lists its assumptions, and its choices change parameters that it has',
    (id, design) => {
      expect(design.citation).toBe(load(id).citation);
      expect(design.assumptions.length).toBeGreaterThan(0);
      const changes = [
        ...Object.values(design.variants),
        ...design.choices.flatMap((choice) => choice.alternatives.map(({ parameters }) => parameters)),
      ];
      for (const change of changes) {
        for (const [name, value] of Object.entries(change as object)) {
          expect(design.defaults).toHaveProperty(name);
          expect(value, `${id} ${name}`).not.toEqual((design.defaults as Record<string, unknown>)[name]);
        }
      }
    },
  );
});

describe('figures without a source', () => {
  it('are numbers that are remembered, and those that the version of the design has', () => {
    const named = COMPARATORS.flatMap((design) =>
      Object.entries(design.unsourced).flatMap(([variant, numbers]) =>
        numbers.map((number) => ({ design, variant, number })),
      ),
    );
    expect(
      named.map(({ design, variant, number }) => `${design.id} ${variant} ${number.value} ${number.unit}`),
    ).toEqual([
      'nullhop default 60 MHz',
      'nullhop default 1 W',
      'nullhop asic28 0.155 W',
      'rsnn default 9.63 W',
      'lightbulb byPower 68 W',
      'holylight byPower 67 W',
    ]);
    for (const { design, variant, number } of named) {
      expect(number.standing).toBe('remembered');
      const parameters = { ...design.defaults, ...design.variants[variant] } as Record<string, unknown>;
      expect(parameters[number.unit === 'MHz' ? 'clock_MHz' : 'power_W']).toBe(number.value);
    }
  });
});

describe('publishedValue', () => {
  it('finds a number, and says where there is none', () => {
    expect(publishedValue(load('nullhop'), 'clock_MHz')).toBe(500);
    expect(() => publishedValue(load('nullhop'), 'clock')).toThrow(SonicError);
  });
});
