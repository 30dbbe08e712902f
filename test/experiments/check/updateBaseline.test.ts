import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { baselineOf } from '../../../src/experiments/check/baselineFile.js';
import { initialBaseline } from '../../../src/experiments/check/initial.js';
import { judge } from '../../../src/experiments/check/judge.js';
import { boundAbove, updateBaseline } from '../../../src/experiments/check/updateBaseline.js';
import { change, measurement } from './measurement.js';

const FILE = `# Ours.
checks:
  # The first.
  - network: mnist   # bundled
    images:   1000
    chips: [1]
    expect:
      accuracy: 98.9 %     # of chip 1
      digital: 0.991
      changed:
        - { image: 340, from: 5, to: 3 }   # a torn 5
        - { image: 900, from: 1, to: 7 } # gone
      maximumEnergy_J: 6.5e-3 # the budget
  # The second.
  - { name: other, network: mnist, images: 1000, expect: { changed: { most: 3 }, accuracy: 99.00 % } }
# The end.
`;
const both = [measurement(), measurement()];

describe('an update', () => {
  it('writes what differs, says so, and leaves every other character', () => {
    const { text, changes } = updateBaseline(baselineOf('b.yaml', FILE), both);
    expect(text).toBe(
      FILE.replace('98.9 %     #', '99.00 % #').replace(
        '        - { image: 340, from: 5, to: 3 }   # a torn 5\n        - { image: 900, from: 1, to: 7 } # gone\n',
        '        - { image: 12, from: 7, to: 2 }\n        - { image: 340, from: 5, to: 3 }   # a torn 5\n',
      ),
    );
    expect(changes).toEqual([
      { check: 'mnist on sonic', key: 'accuracy', was: '98.9 %', now: '99.00 %' },
      { check: 'mnist on sonic', key: 'changed', was: '340: 5 to 3, 900: 1 to 7', now: '12: 7 to 2, 340: 5 to 3' },
    ]);
  });

  it('of what is as expected changes nothing, and so does a second one', () => {
    const { text } = updateBaseline(baselineOf('b.yaml', FILE), both);
    const again = updateBaseline(baselineOf('b.yaml', text), both);
    expect(again).toEqual({ text, changes: [] });
  });

  it('raises a maximum that is exceeded, and lowers none', () => {
    const energies = [measurement({ energy_J: 7.12341e-3 }), measurement()];
    const { text, changes } = updateBaseline(baselineOf('b.yaml', FILE), energies);
    expect(text).toContain('maximumEnergy_J: 7.124e-3 # the budget');
    expect(changes).toContainEqual({ check: 'mnist on sonic', key: 'maximumEnergy_J', was: '0.0065', now: '0.007124' });
  });

  it('writes everything where nothing is expected yet', () => {
    const initial = initialBaseline({ network: 'mnist', hardware: ['sonic'], images: 1000 });
    const digital = measurement({ accuracy: 0.991, changed: null, energy_J: null, latency_s: null });
    const { text } = updateBaseline(baselineOf('b.yaml', initial), [digital, measurement()]);
    const [first, second] = baselineOf('b.yaml', text).checks;
    expect(first!.expect).toEqual({ accuracy: 0.991 });
    expect(second!.expect).toMatchObject({
      accuracy: 0.99,
      digital: 0.991,
      changed: { kind: 'list', list: [change(12, 7, 2), change(340, 5, 3)] },
      maximumEnergy_J: 6.44e-3,
      maximumLatency_s: 3.19e-4,
    });
    expect(text).toMatch(/^# What is expected of runs/);
  });

  it('refuses to write where an alias makes two checks of one value', () => {
    const text =
      'checks:\n  - { network: mnist, expect: &e { accuracy: 0.5 } }\n  - { network: mnist, name: b, expect: *e }\n';
    const different = [measurement({ accuracy: 0.5 }), measurement({ accuracy: 0.6 })];
    const update = () => updateBaseline(baselineOf('b.yaml', text), different);
    expect(update).toThrow(/^b\.yaml: cannot be updated: values that are aliases/);
  });

  it('makes any measurement pass, by property', () => {
    const share = fc.integer({ min: 0, max: 997 }).map((hits) => hits / 997);
    const positive = fc.double({ min: 1e-12, max: 1e3, noNaN: true });
    const changes = fc
      .uniqueArray(fc.nat(996), { maxLength: 12 })
      .map((images) => images.sort((a, b) => a - b).map((image) => change(image, image % 10, (image + 3) % 10)));
    const any = fc.record({
      accuracy: share,
      digital: share,
      energy_J: positive,
      latency_s: positive,
      changed: changes,
    });
    fc.assert(
      fc.property(any, any, (a, b) => {
        const measured = [measurement({ ...a, images: 997 }), measurement({ ...b, images: 997 })];
        const { text } = updateBaseline(baselineOf('b.yaml', FILE), measured);
        const updated = baselineOf('b.yaml', text);
        for (const [i, check] of updated.checks.entries())
          expect(judge(check, measured[i]!).filter(({ passed }) => !passed)).toEqual([]);
        for (const comment of ['# Ours.', '# The first.', '# of chip 1', '# the budget', '# The second.', '# The end.'])
          expect(text).toContain(comment);
      }),
      { numRuns: 200 },
    );
  });

  it('bounds are above, by at most a thousandth', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-15, max: 1e6, noNaN: true }), (value) => {
        const bound = boundAbove(value);
        expect(bound).toBeGreaterThanOrEqual(value);
        expect(bound).toBeLessThanOrEqual(value * 1.0021);
      }),
    );
  });
});
