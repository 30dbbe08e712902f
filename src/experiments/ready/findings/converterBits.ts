/** What `converter-bits` shows. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, pointsAlong, pointsOf, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { layerBits, measuredLayers, slope } from './curves.js';
import { listed, standingOfPoints, three } from './findingText.js';

const WEIGHTS = 'weightDac.bits';
const ACTIVATIONS = 'activationDac.bits';
/** From here on other errors are as large as the activations' rounding. */
const COARSE = 4;

type Sweep = Pick<Evidence, 'manifest'>;
const most = (sweep: Sweep, axis: string) => Math.max(...(valuesOf(sweep, axis) as number[]));

/** Along one axis, the other at the paper's bits. */
const alongOne = (sweep: Sweep, along: string, other: string): Curve => ({
  along,
  fixed: { [other]: most(sweep, other) },
  worse: 'down',
});

/** Bits of the weights that were added on one curve alone have none of the other. */
const byWeights = (sweep: Sweep): Curve[] =>
  valuesOf(sweep, WEIGHTS)
    .map((bits): Curve => ({ along: ACTIVATIONS, fixed: { [WEIGHTS]: bits }, worse: 'down' }))
    .filter((curve) => pointsOf(sweep.manifest, curve).length > 1);

export const converterBitsCurves = (sweep: Sweep): Curve[] => [
  alongOne(sweep, WEIGHTS, ACTIVATIONS),
  ...byWeights(sweep),
];

const bits = (value: AxisValue) => `${value} ${value === 1 ? 'bit' : 'bits'}`;

export function converterBitsHeadline(evidence: Evidence): string {
  const found = [
    [WEIGHTS, ACTIVATIONS],
    [ACTIVATIONS, WEIGHTS],
  ].map(([along, other]) => thresholdAlong(evidence, alongOne(evidence, along!, other!)));
  const [weights, activations] = found.map((threshold) => wherePhrase(threshold, { show: bits }));
  return (
    `more than ${marginText(evidence.margin)} is lost ${weights} of the weights and ${activations} of the activations ` +
    `(the paper has ${most(evidence, WEIGHTS)} and ${most(evidence, ACTIVATIONS)})${standingOf(found)}`
  );
}

export function converterBitsFindings(evidence: Evidence): string[] {
  const lines = converterBitsCurves(evidence).map((curve) => {
    const threshold = thresholdAlong(evidence, curve);
    const [[other, held]] = Object.entries(curve.fixed) as [[string, AxisValue]];
    const [here, there] = curve.along === WEIGHTS ? ['weights', 'activations'] : ['activations', 'weights'];
    const where = wherePhrase(threshold, { show: (value) => `${bits(value)} of the ${here}`, detail: true });
    return `With ${bits(held)} of the ${there}, ${held === most(evidence, other) ? 'the paper’s, ' : ''}more than ${marginText(evidence.margin)} is lost ${where}${standingOf([threshold])}.`;
  });
  const { along, fixed } = alongOne(evidence, ACTIVATIONS, WEIGHTS);
  const coarse = pointsAlong(evidence, along, fixed).filter(({ values }) => Number(values[along]) <= COARSE);
  const layers = measuredLayers(coarse);
  if (coarse.length < 2 || layers.length === 0) return lines;
  const slopes = layers.map((layer) => {
    const measured = coarse.map((point) => layerBits(point, layer));
    return slope(
      coarse.map(({ values }) => Math.log2(2 ** Number(values[ACTIVATIONS]) - 1)),
      measured,
    );
  });
  return [
    ...lines,
    `Rounding to 2^b - 1 steps should give one effective bit a layer for every doubling of the steps. Measured for the ` +
      `activations up to ${COARSE} bits: ${listed(layers.map((layer, i) => `${three(slopes[i]!)} (${layer})`))}${standingOfPoints(coarse)}.`,
  ];
}
