import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadConformance, parseConformance } from '../../src/experiments/conformance/loadCases.js';
import { FormatError } from '../../src/base/errors.js';
import { temporaryFolder } from '../helpers/folder.js';

const folder = temporaryFolder();
const contentOf = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));

/** What is to be changed of the first case of a file, by dotted path; undefined removes. */
function changed(name: string, path: string, value: unknown) {
  const root = contentOf(name);
  const keys = path.split('.');
  let holder = root.cases[0];
  for (const key of keys.slice(0, -1)) holder = holder[key];
  holder[keys.at(-1)!] = value;
  return root;
}

describe('a bad case is one error that names file, case and key', () => {
  it.each([
    ['conv-all-effects', 'layer.strides', [0, 1], /case 'sonic': layer\.strides is not 1 or more/],
    ['conv-all-effects', 'layer.groups', 7, /case 'sonic': layer\.groups does not divide/],
    ['conv-all-effects', 'layer.bias', [1], /case 'sonic': layer\.weight is for \d+ filters, layer\.bias for 1/],
    ['conv-all-effects', 'layer.weight', [[1], [1, 2]], /case 'sonic': layer\.weight is not a full array of 4 dimensions/],
    ['conv-all-effects', 'layer.adcRange', 0, /layer\.adcRange is not positive/],
    ['conv-all-effects', 'layer.index', 2047, /layer\.index is not from 0 to 2046/],
    ['conv-all-effects', 'layer.kind', 'conv', /case 'sonic': layer\.kind/],
    ['conv-all-effects', 'layer.weights', [1], /case 'sonic': unknown key 'layer\.weights'/],
    ['conv-all-effects', 'input', [1, 2], /case 'sonic': input is not a full array of 3 dimensions/],
    ['conv-all-effects', 'imageIndex', 2 ** 20, /imageIndex is not from 0/],
    ['conv-all-effects', 'seeds.run', -1, /seeds\.run is not from 0/],
    ['conv-all-effects', 'seeds.run', 'one', /case 'sonic': seeds\.run is "one": .*expected number/],
    ['conv-all-effects', 'expected.y', undefined, /case 'sonic': expected\.y/],
    ['conv-all-effects', 'expected.passes.0.u', [['x']], /expected\.passes\.0\.u/],
    ['conv-all-effects', 'hardware.preset', 'sonik', /case 'sonic': hardware: unknown hardware preset 'sonik', did you mean 'sonic'/],
    ['conv-all-effects', 'hardware.overrides', { adc: { bit: 3 } }, /case 'sonic': hardware: .*adc\.bits/],
    ['conv-all-effects', 'kind', 'layers', /case 'sonic': kind/],
    ['conv-all-effects', 'name', 7, /case 0: name/],
    ['fc-all-effects', 'input', [1], /case '[^']+': input has 1 elements, layer\.weight is for \d+/],
    ['fc-all-effects', 'layer.twoPasses', 'no', /layer\.twoPasses/],
    ['v2-self-heating', 'layer.streamMean', undefined, /layer\.streamMean is missing, which effects\.selfHeating/],
    ['v2-chirp', 'layer.lightPoint', undefined, /layer\.lightPoint is missing, about which sources/],
    [
      'fc-all-effects',
      'hardware.overrides.calibration',
      { photonsPerMultiplication: 5 },
      /layer\.meanActivation is missing, from which light by calibration\.photonsPerMultiplication/,
    ],
    ['philox', 'samples', 1e12, /case 'known answer': samples is 1000000000000, but expected\.normals has/],
    ['philox', 'seed', [-1, 0], /seed is not a pair/],
    ['bank-conv', 'unit', [99], /unit is not from 0 to 49/],
    ['bank-conv', 'held', [], /held has 0 rows/],
    ['static', 'unit', 50, /unit is not from 0 to 49/],
    ['ring', 'tolerance', {}, /tolerance\.float64/],
  ])('%s with %s changed', (name, path, value, message) => {
    const root = changed(name, path, value);
    expect(() => parseConformance('mine.json', root)).toThrow(FormatError);
    expect(() => parseConformance('mine.json', root)).toThrow(message);
    expect(() => parseConformance('mine.json', root)).toThrow(/^mine\.json: [^\n]*$/);
  });

  it('a negative input to one pass', () => {
    const root = changed('fc-all-effects', 'layer.twoPasses', false);
    root.cases[0].input[0] = -0.5;
    expect(() => parseConformance('mine.json', root)).toThrow(/input has a negative value, but layer\.twoPasses is false/);
  });

  it('two cases of one name', () => {
    const { format, cases } = contentOf('ring');
    expect(() => parseConformance('mine.json', { format, cases: [cases[0], cases[0]] })).toThrow(/two cases are called 'sonic'/);
  });

  it.each([
    ['another format', { format: 'sonic-conformance/2', cases: [] }, /mine\.json: format/],
    ['no cases', { format: 'sonic-conformance/1' }, /mine\.json: cases/],
    ['a list', [], /mine\.json: /],
    ['null', null, /mine\.json: /],
  ])('%s', (_, root, message) => {
    expect(() => parseConformance('mine.json', root)).toThrow(FormatError);
    expect(() => parseConformance('mine.json', root)).toThrow(message);
  });
});

describe('loadConformance', () => {
  it('reads what JSON holds', async () => {
    const file = await folder.file('ring.json', JSON.stringify(contentOf('ring')));
    expect((await loadConformance(file)).cases.map(({ name }) => name)).toEqual(contentOf('ring').cases.map(({ name }: { name: string }) => name));
  });

  it.each([
    ['truncated.json', '{"format": "sonic-conf', /truncated\.json: offset \d+: the JSON ends here, unfinished/],
    ['nan.json', '{"format": NaN}', /nan\.json: not JSON/],
    ['empty.json', '', /empty\.json: offset 0: the JSON ends here, unfinished/],
  ])('%s', async (name, content, message) => {
    const file = await folder.file(name, content);
    await expect(loadConformance(file)).rejects.toThrow(FormatError);
    await expect(loadConformance(file)).rejects.toThrow(message);
  });

  it('a missing file and a folder', async () => {
    await expect(loadConformance(folder.path('none.json'))).rejects.toThrow(/conformance file '.*none\.json': no such file/);
    await expect(loadConformance(folder.path())).rejects.toThrow(/it is a folder/);
  });
});
