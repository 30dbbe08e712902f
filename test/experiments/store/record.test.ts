import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, trialDifference, trialKey } from '../../../src/experiments/store/identity.js';
import { decodeRecord, encodeRecord } from '../../../src/experiments/store/record.js';
import { exampleTrial, identityOf } from './trials.js';

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe('canonicalJson', () => {
  it('does not depend on the order of keys, and reads back as the same value', () => {
    const shuffled = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(shuffled);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(
        Object.entries(value)
          .reverse()
          .map(([name, member]) => [name, shuffled(member)]),
      );
    };
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(shuffled(value))).toBe(text);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('is as documented', () => {
    expect(canonicalJson({ b: [1, 'x', null, true], a: { z: 0.1, y: 1e21, x: undefined } })).toBe(
      '{"a":{"y":1e+21,"z":0.1},"b":[1,"x",null,true]}',
    );
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('NaN has no canonical JSON');
  });
});

describe('trialKey', () => {
  it('changes with everything in the identity but the name of the hardware', () => {
    const identity = identityOf();
    const key = trialKey(identity);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(trialKey(identityOf({ hardware: { name: 'another name' } }))).toBe(key);
    const changed = [
      identityOf({ code: 'e'.repeat(64) }),
      identityOf({ images: 17 }),
      identityOf({ chipSeed: 2 }),
      identityOf({ runSeed: 2 }),
      identityOf({ hardware: { adc: { bits: 8 } } }),
      identityOf({ digital: true }),
      { ...identity, backend: 'reference' as const },
      { ...identity, network: { ...identity.network, hash: 'f'.repeat(64) } },
      { ...identity, dataset: { ...identity.dataset, hash: 'f'.repeat(64) } },
      { ...identity, calibration: { ...identity.calibration, hash: 'f'.repeat(64) } },
      { ...identity, compression: { sparsity: 0.5, clusters: null } },
    ].map(trialKey);
    expect(new Set([key, ...changed]).size).toBe(1 + changed.length);
  });
});

describe('trialDifference', () => {
  it('sees numbers, not times, threads or names', () => {
    const trial = exampleTrial();
    const { run } = trial.result;
    const later = {
      ...trial,
      finishedAt: '2027-01-01T00:00:00.000Z',
      result: {
        ...trial.result,
        run: { ...run, threads: 9, batch: 3, wallTime_s: 99, imagesPerSecond: 1, versions: {} },
      },
    };
    expect(trialDifference(trial, later)).toBeNull();
    const other = { ...trial, result: { ...trial.result, accuracy: { ...trial.result.accuracy, emulated: 0.5 } } };
    expect(trialDifference(trial, other)).toBe('result.accuracy.emulated is 0.75 in one and 0.5 in the other');
  });
});

describe('records', () => {
  it('give every number back bit for bit', () => {
    const numbers = fc.oneof(
      fc.double(),
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324),
    );
    fc.assert(
      fc.property(fc.array(numbers), fc.string(), (values, text) => {
        const decoded = decodeRecord('trial', bytesOf(encodeRecord('trial', { values, text })));
        const { content } = decoded as { content: { values: number[]; text: string } };
        expect(content.text).toBe(text);
        expect(content.values.every((value, i) => Object.is(value, values[i]))).toBe(true);
      }),
    );
  });

  it('are JSON that other programs read', () => {
    const parsed = JSON.parse(encodeRecord('sweep', { name: 'x' }));
    expect(parsed).toMatchObject({ schema: 'sonic-record/1', kind: 'sweep', content: { name: 'x' } });
  });

  const whole = bytesOf(encodeRecord('trial', exampleTrial()));

  it('show a change of any byte', () => {
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = whole.slice();
        damaged[at]! ^= flip;
        expect(decodeRecord('trial', damaged)).toHaveProperty('problem');
      }),
      { numRuns: 2000 },
    );
  });

  it('show a cut anywhere, and what is added', () => {
    for (let length = 0; length < whole.length; length++) {
      expect(decodeRecord('trial', whole.subarray(0, length))).toHaveProperty('problem');
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.boolean(), (extra, before) => {
        const longer = Uint8Array.from(before ? [...extra, ...whole] : [...whole, ...extra]);
        expect(decodeRecord('trial', longer)).toHaveProperty('problem');
      }),
    );
  });

  it('are of one kind', () => {
    expect(decodeRecord('block', whole)).toEqual({ problem: 'it does not begin as a record of a block' });
  });
});
