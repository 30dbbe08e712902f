/** What `photon-budget` shows: accuracy against light, beside the simulation and the measurement of Wang et al. (2022). */
import { createRequire } from 'node:module';
import { Z95 } from '../../../base/statistics/wilson.js';
import type { PointSummary, SweepSummary } from '../../sweep/types.js';
import { pointAt } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { listed, percent, three } from './findingText.js';
import type wangJson from './wang2022.json';

const PHOTONS = 'calibration.photonsPerMultiplication';
const SIGNS = 'vdu.signs';
const RECEIVER = 'effects.thermalNoise';
/** Accuracies at which light is compared. */
const EQUAL = [0.5, 0.7, 0.9, 0.95, 0.98];
const NINETY = 0.9;

export interface PublishedPhotons {
  readonly images: number;
  /** Photons a multiplication at a layer's input, accuracy. */
  readonly simulation: readonly (readonly [number, number])[];
  /** Photons detected a multiplication, accuracy: both about. */
  readonly measured: readonly (readonly [number, number])[];
  /** Mean of the weights of each layer, which is what of the light at its input is detected. */
  readonly transmission: readonly number[];
}

/** As published: each number's place is in the file. */
export const publishedPhotons = createRequire(import.meta.url)(
  './wang2022.json',
) as typeof wangJson as unknown as PublishedPhotons;

export type Signs = 'offset' | 'rails';

export const photonsOf = ({ values }: Pick<PointSummary, 'values'>) => Number(values[PHOTONS]);

/** Points of one encoding by their light, with or without the noise of the receiver. */
export function pointsByLight<P extends PointSummary>(points: readonly P[], signs: Signs, receiver: boolean): P[] {
  return points
    .filter(({ values }) => values[SIGNS] === signs && values[RECEIVER] === receiver)
    .sort((a, b) => photonsOf(a) - photonsOf(b));
}

/** Photons at which an accuracy is first reached: the points on either side, and between them on a logarithmic axis. */
export interface Reached {
  readonly below: number;
  readonly above: number;
  readonly between: number;
}

export function reachedAt(points: readonly PointSummary[], accuracy: number): Reached | null {
  const i = points.findIndex((point) => point.accuracy >= accuracy);
  const [a, b] = [points[i - 1], points[i]];
  if (!a || !b) return null;
  const [below, above] = [photonsOf(a), photonsOf(b)];
  const share = (accuracy - a.accuracy) / (b.accuracy - a.accuracy);
  return { below, above, between: below * (above / below) ** share };
}

/** Standard deviation of the difference of two shares of `images`, one of them a mean over `draws` of the noise. */
function deviation(published: number, own: number, images: number, draws: number): number {
  return Math.sqrt((published * (1 - published)) / publishedPhotons.images + (own * (1 - own)) / (images * draws));
}

const photons = (n: number) => n.toLocaleString('en-US', { maximumSignificantDigits: 3 });
const brackets = ({ below, above }: Reached) => `between ${photons(below)} and ${photons(above)}`;
const drawn = ({ images, trials }: PointSummary) =>
  `${images.toLocaleString('en-US')} images${trials > 1 ? `, ${trials} draws of the noise` : ''}`;

/** Every published point that was run, within or beyond the binomial interval of the difference. */
function besideSimulation({ points }: SweepSummary): string[] {
  const compared = publishedPhotons.simulation.flatMap(([n, accuracy]) => {
    const own = pointAt({ points }, { [PHOTONS]: n, [SIGNS]: 'offset', [RECEIVER]: false });
    if (!own) return [];
    const difference = own.accuracy - accuracy;
    const limit = Z95 * deviation(accuracy, own.accuracy, own.images, own.trials);
    return [{ n, accuracy, own, difference, isWithin: Math.abs(difference) <= limit }];
  });
  const [first] = compared;
  if (!first) return [];
  const beyond = compared.filter(({ isWithin }) => !isWithin);
  const largest = compared.reduce((most, one) => (Math.abs(one.difference) > Math.abs(most.difference) ? one : most));
  const lines = [
    `With offset weights ${compared.length - beyond.length} of ${compared.length} points lie within the binomial 95 % interval of the ` +
      `difference from the published simulation (there 10,000 images and one draw, here ${drawn(first.own)}); the largest difference is ` +
      `${three(100 * largest.difference)} points, at ${photons(largest.n)} photons.`,
  ];
  if (beyond.length === 0) return lines;
  const parts = beyond.map(
    ({ n, accuracy, own }) => `${photons(n)} (${percent(own.accuracy)} here, ${percent(accuracy)} there)`,
  );
  return [
    ...lines,
    `Beyond it: ${listed(parts)}. There photons are counted, a Poisson variable; here noise is Gaussian of the same variance, ` +
      'whose tail towards more light is shorter. docs/validation.md has both, drawn by numpy from the definition alone.',
  ];
}

/** How many times fewer photons rails take. */
function railsAgainstOffset({ points }: SweepSummary): string[] {
  const [offset, rails] = (['offset', 'rails'] as const).map((signs) => pointsByLight(points, signs, false)) as [
    PointSummary[],
    PointSummary[],
  ];
  const ratios = EQUAL.flatMap((accuracy) => {
    const [a, b] = [reachedAt(offset, accuracy), reachedAt(rails, accuracy)];
    return a && b
      ? [{ accuracy, ratio: a.between / b.between, least: a.below / b.above, most: a.above / b.below }]
      : [];
  });
  const at = (of: readonly PointSummary[]) => of.find((point) => photonsOf(point) === 1);
  const [one, two] = [at(offset), at(rails)];
  return [
    ...(one && two
      ? [
          `At one photon a multiplication two rails have ${percent(two.accuracy)} (${intervalText(two)}), offset weights ` +
            `${percent(one.accuracy)} (${intervalText(one)}).`,
        ]
      : []),
    ...(ratios.length > 0
      ? [
          `At equal accuracy two rails take ${listed(
            ratios.map(
              ({ accuracy, ratio, least, most }) =>
                `${three(ratio)} (${percent(accuracy, 0)}; by the points on either side ${three(least)} to ${three(most)})`,
            ),
          )} times fewer photons than offset weights: the light of an offset that carries no sign is noise.`,
        ]
      : []),
  ];
}

const intervalText = ({ interval95: [low, high] }: PointSummary) => `${percent(low)} to ${percent(high)}`;

function measuredBeside({ points }: SweepSummary): string[] {
  const offset = pointsByLight(points, 'offset', false);
  const { transmission, measured } = publishedPhotons;
  const [least, most] = [Math.min(...transmission), Math.max(...transmission)];
  return measured.flatMap(([detected, accuracy]) => {
    const [low, high] = [detected / most, detected / least];
    const around = offset.filter((_, i) => {
      const [before, after] = [offset[i - 1], offset[i + 1]];
      return (!after || photonsOf(after) > low) && (!before || photonsOf(before) < high);
    });
    const [from, to] = [around[0], around.at(-1)];
    if (!from || !to || photonsOf(from) > low || photonsOf(to) < high) return [];
    return [
      `Measured on optics: about ${percent(accuracy, 0)} at ${detected} detected photons. At the mean transmission of the weights (${least} ` +
        `to ${most}) these are ${three(low)} to ${three(high)} at a layer's input, where offset weights have ${percent(from.accuracy)} (at ` +
        `${photons(photonsOf(from))}) to ${percent(to.accuracy)} (at ${photons(photonsOf(to))}) here.`,
    ];
  });
}

/** What the noise of SONIC's receiver adds. */
function receiverAdds({ points }: SweepSummary): string[] {
  return (['offset', 'rails'] as const).flatMap((signs) => {
    const noisy = pointsByLight(points, signs, true);
    if (noisy.length === 0) return [];
    const parts = noisy.map((point) => `${percent(point.accuracy)} at ${photons(photonsOf(point))}`);
    const [with_, without] = [reachedAt(noisy, NINETY), reachedAt(pointsByLight(points, signs, false), NINETY)];
    const more =
      with_ && without
        ? ` ${percent(NINETY, 0)} take ${brackets(with_)} photons in place of ${brackets(without)}, ${three(with_.below / without.above)} to ${three(with_.above / without.below)} times as many.`
        : '';
    return [
      `With the noise of SONIC's receiver ${signs === 'offset' ? 'offset weights' : 'rails'} have ${listed(parts)} photons.${more}`,
    ];
  });
}

/** One line: photons for 90 %. */
export function photonBudgetHeadline(evidence: Evidence): string {
  const parts = (['offset', 'rails'] as const).flatMap((signs) => {
    const reached = reachedAt(pointsByLight(evidence.points, signs, false), NINETY);
    return reached
      ? [`${brackets(reached)} photons a multiplication with ${signs === 'offset' ? 'offset weights' : 'two rails'}`]
      : [];
  });
  if (parts.length === 0) return `${percent(NINETY, 0)} are not reached between two points that were run`;
  return `${percent(NINETY, 0)} take ${listed(parts)}, shot noise alone`;
}

export function photonBudgetFindings(evidence: Evidence): string[] {
  return [
    ...besideSimulation(evidence),
    ...railsAgainstOffset(evidence),
    ...measuredBeside(evidence),
    ...receiverAdds(evidence),
    'Chips do not differ here, since nothing static is on: one stands for all, and points rest on images and draws of the noise.',
  ];
}
