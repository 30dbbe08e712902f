import { beforeAll, describe, expect, it } from 'vitest';
import { DescriptionError, FormatError } from '../../../src/base/errors.js';
import { parseResult, readResult } from '../../../src/experiments/result/readResult.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { resultJson } from '../../report/results.js';

const folder = temporaryFolder();
let written = '';
beforeAll(async () => {
  written = JSON.stringify(await resultJson({ chips: 2 }));
});

describe('readResult', () => {
  it('gives back what was written, infinities included', async () => {
    const value = JSON.parse(written);
    value.layers[0].lumpedValidity.peakOverRange = null;
    const result = await readResult(await folder.file('good.json', JSON.stringify(value)));
    expect(result.layers[0]!.lumpedValidity.peakOverRange).toBe(Number.POSITIVE_INFINITY);
    expect(JSON.parse(JSON.stringify(result))).toEqual(value);
  });

  it('reads a digital result, which has no cost', async () => {
    const value = await resultJson({ fidelity: 'digital' });
    expect(JSON.parse(JSON.stringify(parseResult(value, 'digital.json')))).toEqual(value);
  });

  it.each([
    ['accuracy.digital', 1.5],
    ['accuracy.interval95', [0.9, 0.1]],
    ['accuracy.images', -1],
    ['network.hash', 'abc'],
    ['layers.0.energy_J', 'much'],
    ['layers.0.energy_J', undefined],
    ['cost.devices.adc', null],
    ['run.fidelity', 'perfect'],
    ['run.backend', 'abacus'],
    ['chips.emulated', [1]],
    ['layers', {}],
    ['warnings.0', 7],
  ])('%s = %j: names file, place and value', (path, wrong) => {
    const value = JSON.parse(written);
    value.warnings = ['one'];
    const keys = path.split('.');
    const last = keys.pop()!;
    const place = keys.reduce((inner, key) => inner[key], value);
    if (wrong === undefined) delete place[last];
    else place[last] = wrong;
    const message = (() => {
      try {
        parseResult(value, 'bad.json');
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        return (error as Error).message;
      }
      return '';
    })();
    expect(message).toMatch(/^bad\.json: /);
    // The lengths of the lists of chips are checked of all three together.
    expect(message).toContain(path === 'chips.emulated' ? 'chips is' : `${path} is`);
    expect(message).toContain(wrong === undefined ? 'missing' : JSON.stringify(wrong).slice(0, 20));
  });

  it('refuses hardware that is none', () => {
    const value = JSON.parse(written);
    value.hardware.adc.bits = 99;
    expect(() => parseResult(value, 'bad.json')).toThrow(DescriptionError);
    expect(() => parseResult(value, 'bad.json')).toThrow(/bad\.json: hardware: adc\.bits is 99/);
  });

  it.each([
    ['{"schema": "sonic-cost/1"}', 'schema is "sonic-cost/1"'],
    ['[]', 'schema is missing'],
    ['null', 'schema is missing'],
    ['{"schema"', 'offset 9: the JSON ends here, unfinished'],
    [new Uint8Array([0xff, 0xfe]), 'not JSON'],
  ])('refuses %j', async (content, message) => {
    await expect(readResult(await folder.file('other.json', content))).rejects.toThrow(message);
  });
});
