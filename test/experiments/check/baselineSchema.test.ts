import { describe, expect, it } from 'vitest';
import { BaselineError } from '../../../src/base/errors.js';
import { baselineOf } from '../../../src/experiments/check/baselineFile.js';

const parsed = (text: string) => baselineOf('b.yaml', text).checks;
const one = (text: string) => parsed(`checks:\n  - network: mnist\n${text.replace(/^/gm, '    ')}`)[0]!;

describe('a baseline', () => {
  it('needs only a network; the rest is as sonic run has it', () => {
    expect(one('images: 5')).toMatchObject({
      name: 'mnist on sonic',
      hardware: 'sonic',
      fidelity: 'exact',
      backend: 'wasm',
      chips: [1],
      seeds: [1],
      expect: null,
    });
  });

  it.each([
    ['accuracy: 0.985', 0.985],
    ["accuracy: '98.5 %'", 0.985],
    ['accuracy: 98.5%', 0.985],
    ['accuracy: 1', 1],
    ['accuracy: 0', 0],
  ])('takes %s as a share', (text, share) => {
    expect(one(`expect: { ${text} }`).expect!.accuracy).toBeCloseTo(share, 14);
  });

  it('fills in chip and seed of changed classes where there is one, and orders them', () => {
    const { expect: expected } = one(
      'chips: 3\nexpect: { changed: [{ image: 9, from: 1, to: 2 }, { image: 4, from: 0, to: 1 }] }',
    );
    expect(expected!.changed).toEqual({
      kind: 'list',
      list: [
        { chip: 3, seed: 1, image: 4, from: 0, to: 1 },
        { chip: 3, seed: 1, image: 9, from: 1, to: 2 },
      ],
    });
  });

  it.each([
    ['netwrok: x', "unknown key 'checks.0.netwrok', did you mean 'checks.0.network'?"],
    ['expect: { acuracy: 1 }', "unknown key 'checks.0.expect.acuracy', did you mean 'checks.0.expect.accuracy'?"],
    ['expect: { maximumEnergyJ: 1 }', "did you mean 'checks.0.expect.maximumEnergy_J'?"],
    [
      'expect: { accuracy: 98.5 }',
      "checks.0.expect.accuracy is 98.5: write a share from 0 to 1, or per cent as in '98.9 %'",
    ],
    ['expect: { accuracy: .nan }', 'checks.0.expect.accuracy is'],
    ['expect: { accuracy: 101 % }', 'checks.0.expect.accuracy is "101 %"'],
    ['expect: { accuracy: 1, tolerance: loose }', 'checks.0.expect.tolerance is "loose": write \'binomial\''],
    ['expect: { tolerance: 0.1 }', "checks.0.expect.tolerance: is of an accuracy; give 'accuracy'"],
    ['expect: { maximumEnergy_J: -1 }', 'checks.0.expect.maximumEnergy_J is -1'],
    ['expect: { maximumEnergy_J: .inf }', 'checks.0.expect.maximumEnergy_J is'],
    ['expect: { changed: many }', 'checks.0.expect.changed: is "many": write a list of { image, from, to }'],
    ['expect: { changed: -1 }', 'checks.0.expect.changed'],
    ['expect: { changed: { most: 1.5 } }', 'checks.0.expect.changed'],
    ['expect: { changed: { mots: 1 } }', "unknown key 'mots', did you mean 'most'?"],
    ['expect: { changed: [{ image: 1, from: 2, too: 3 }] }', "did you mean '0.to'?"],
    ['expect: { changed: [{ image: 1, from: 2, to: 2 }] }', 'entry 0 goes from class 2 to the same class'],
    [
      'expect: { changed: [{ image: 1, from: 2, to: 3 }, { image: 1, from: 2, to: 4 }] }',
      'names image 1 twice; leave one out',
    ],
    [
      'chips: [1, 2]\nexpect: { changed: [{ image: 1, from: 2, to: 3 }] }',
      'entry 0 has no chip; chips of this check: 1, 2',
    ],
    ['expect: { changed: [{ chip: 4, image: 1, from: 2, to: 3 }] }', 'entry 0 has chip 4; chips of this check: 1'],
    ['chips: [2, 2]', 'checks.0.chips is [2,2]: name each seed once'],
    ['chips: []', 'checks.0.chips'],
    ['images: 0', 'checks.0.images is 0'],
    ['fidelity: fast', 'checks.0.fidelity is "fast"'],
    ['fidelity: digital\nexpect: { changed: 0 }', 'fidelity digital emulates nothing; leave it out'],
    ['fidelity: digital\nexpect: { maximumEnergy_J: 1 }', 'fidelity digital emulates nothing; leave it out'],
    ['fidelity: digital\nexpect: { digital: 1 }', "leave it out, 'accuracy' is it"],
    ['- network: cifar10', 'not YAML'],
  ])('refuses %j', (text, message) => {
    expect(() => one(text)).toThrow(BaselineError);
    expect(() => one(text)).toThrow(message);
    expect(() => one(text)).toThrow(/^b\.yaml: /);
  });

  it.each([
    ['', 'holds null, not a baseline'],
    ['- network: mnist', 'not a baseline'],
    ['check: []', "did you mean 'checks'?"],
    ['checks: []', 'checks is []'],
    ['checks: [{ hardware: sonic }]', 'checks.0.network is missing'],
    ['checks: [{ network: mnist }, { network: mnist }]', "checks 0 and 1 are both called 'mnist on sonic'"],
    ['checks: [{ network: mnist, network: mnist }]', "the key 'network' is given a second time"],
  ])('refuses the file %j', (text, message) => {
    expect(() => parsed(text)).toThrow(BaselineError);
    expect(() => parsed(text)).toThrow(message);
  });
});
