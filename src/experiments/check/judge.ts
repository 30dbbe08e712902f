/** What was measured against what is expected. */

import { wilsonInterval95 } from '../../base/statistics/wilson.js';
import { BACKEND_TRAITS } from '../../emulation/backends/types.js';
import { byRunAndImage, type ChangedClass, type Check } from './baselineSchema.js';
import type { Measurement } from './measure.js';

/** Shares are written in decimal: this much of an image, at 2^20 images and 1000 runs, is rounding. */
const ROUNDING = 1e-10;

type QuantityName = 'accuracy' | 'digital accuracy' | 'changed classes' | 'energy_J' | 'latency_s';

/** One quantity of a check: shares, images, J an image, s an image. */
export interface Judgement {
  readonly quantity: QuantityName;
  /** Null for an upper bound. */
  readonly expected: number | null;
  /** Both included. */
  readonly allowed: readonly [low: number, high: number];
  readonly measured: number;
  readonly passed: boolean;
  /** Wilson interval of an accuracy that is expected: what other images of the same kind could have given. */
  readonly chance?: readonly [low: number, high: number] | undefined;
  /** Of a list of changed classes: those that it does not have, and those that did not change. */
  readonly unexpected?: readonly ChangedClass[] | undefined;
  readonly missing?: readonly ChangedClass[] | undefined;
}

/** Where none is given: none, or the binomial interval on backends whose devices may round in other ways. */
function toleranceOf({ expect, backend }: Check): number | 'binomial' {
  return expect?.tolerance ?? (BACKEND_TRAITS[backend].tolerance === null ? 0 : 'binomial');
}

const isWithin = (value: number, [low, high]: readonly [number, number], slack: number) =>
  value >= low - slack && value <= high + slack;

function accuracy(
  quantity: QuantityName,
  expected: number,
  measured: number,
  tolerance: number | 'binomial',
  images: number,
): Judgement {
  const chance = wilsonInterval95(expected * images, images);
  const allowed =
    tolerance === 'binomial'
      ? chance
      : ([Math.max(0, expected - tolerance), Math.min(1, expected + tolerance)] as const);
  return { quantity, expected, allowed, measured, passed: isWithin(measured, allowed, ROUNDING), chance };
}

function atMost(quantity: QuantityName, most: number, measured: number): Judgement {
  const allowed = [0, most] as const;
  return { quantity, expected: null, allowed, measured, passed: isWithin(measured, allowed, 1e-12 * most) };
}

const isSame = (a: ChangedClass, b: ChangedClass) => byRunAndImage(a, b) === 0 && a.from === b.from && a.to === b.to;

function changes(expected: NonNullable<NonNullable<Check['expect']>['changed']>, found: readonly ChangedClass[]) {
  const quantity = 'changed classes';
  const measured = found.length;
  if (expected.kind === 'most') return atMost(quantity, expected.count, measured);
  if (expected.kind === 'count') {
    const { count } = expected;
    return { quantity, expected: count, allowed: [count, count], measured, passed: count === measured } as const;
  }
  const { list } = expected;
  const keyed = (changes: readonly ChangedClass[]) =>
    new Map(changes.map((change) => [`${change.chip} ${change.seed} ${change.image}`, change]));
  const without = (these: readonly ChangedClass[], others: readonly ChangedClass[]) => {
    const known = keyed(others);
    return [...keyed(these)].filter(([key, change]) => {
      const other = known.get(key);
      return !other || !isSame(change, other);
    });
  };
  const unexpected = without(found, list).map(([, change]) => change);
  const missing = without(list, found).map(([, change]) => change);
  return {
    quantity,
    expected: list.length,
    allowed: [list.length, list.length],
    measured,
    passed: unexpected.length + missing.length === 0,
    unexpected,
    missing,
  } as const;
}

/** Every quantity that the check expects something of, in a fixed order. */
export function judge(check: Check, measurement: Measurement): readonly Judgement[] {
  const expect = check.expect ?? {};
  const { images, changed, energy_J, latency_s } = measurement;
  const tolerance = toleranceOf(check);
  const judgements: Judgement[] = [];
  if (expect.accuracy !== undefined)
    judgements.push(accuracy('accuracy', expect.accuracy, measurement.accuracy, tolerance, images));
  if (expect.digital !== undefined)
    judgements.push(accuracy('digital accuracy', expect.digital, measurement.digital, tolerance, images));
  if (expect.changed) judgements.push(changes(expect.changed, changed ?? []));
  if (expect.maximumEnergy_J !== undefined)
    judgements.push(atMost('energy_J', expect.maximumEnergy_J, energy_J ?? Number.NaN));
  if (expect.maximumLatency_s !== undefined)
    judgements.push(atMost('latency_s', expect.maximumLatency_s, latency_s ?? Number.NaN));
  return judgements;
}
