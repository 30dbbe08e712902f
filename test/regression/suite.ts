/**
 * The bundled networks on the digital, ideal and typical hardware, held to mnist.yaml and cifar10.yaml: exactly at the fixed
 * seeds, within the binomial interval for other chips. And that these baselines would notice.
 */
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { judge } from '../../src/experiments/check/judge.js';
import { type BaselineOutcome, runBaselines } from '../../src/experiments/check/runChecks.js';
import { buildIfStale } from '../cli/sonic.js';

const failures = ({ outcomes }: BaselineOutcome) =>
  outcomes.flatMap(({ check, judgements }) =>
    judgements.filter(({ passed }) => !passed).map((judgement) => ({ check: check.name, ...judgement })),
  );

/** @param name file in this folder. */
export function baselineSuite(name: string): void {
  describe(name, () => {
    let baseline: BaselineOutcome;
    beforeAll(async () => {
      buildIfStale();
      [baseline] = (await runBaselines([fileURLToPath(new URL(name, import.meta.url))], { update: false })) as [
        BaselineOutcome,
      ];
    }, 600_000);

    it('holds', () => expect(failures(baseline)).toEqual([]));

    it('covers the digital network, sonic-ideal and sonic exactly, and other chips', () => {
      const exact = baseline.outcomes.filter(({ check }) => check.expect!.tolerance === undefined);
      const kinds = exact.map(({ check }) => (check.fidelity === 'digital' ? 'digital' : check.hardware));
      expect(kinds).toEqual(['digital', 'sonic-ideal', 'sonic']);
      for (const { check } of exact) if (check.fidelity !== 'digital') expect(check.expect!.changed!.kind).toBe('list');
      const others = baseline.outcomes.filter(({ check }) => check.expect!.tolerance === 'binomial');
      expect(others.map(({ check }) => check.hardware)).toEqual(['sonic']);
    });

    it('fails where half a point is lost, or one class more changes, at the fixed seeds', () => {
      for (const { check, measurement } of baseline.outcomes) {
        if (check.expect!.tolerance !== undefined) continue;
        const { changed, accuracy } = measurement;
        const fails = (given: object) => judge(check, { ...measurement, ...given }).some(({ passed }) => !passed);
        expect(fails({ accuracy: accuracy - 0.005 }), check.name).toBe(true);
        expect(fails({ accuracy: accuracy - 1 / measurement.images }), check.name).toBe(true);
        if (!changed) continue;
        const more = { chip: 1, seed: 1, image: 0, from: 7, to: 2 };
        expect(fails({ changed: [more, ...changed] }), check.name).toBe(true);
        if (changed.length > 0) expect(fails({ changed: changed.slice(1) }), check.name).toBe(true);
      }
    });

    it('fails for other chips where more is lost than other images could explain', () => {
      for (const { check, measurement } of baseline.outcomes) {
        if (check.expect!.tolerance !== 'binomial') continue;
        // Five standard deviations of the binomial at what is expected.
        const expected = check.expect!.accuracy!;
        const lost = 5 * Math.sqrt((expected * (1 - expected)) / measurement.images);
        expect(judge(check, { ...measurement, accuracy: expected - lost })[0]!.passed).toBe(false);
      }
    });
  });
}
