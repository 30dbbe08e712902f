/** What `converter-bits` shows. */
import type { SweepSummary } from '../../sweep/types.js';
import { curve, layerBits, leastIntact, measuredLayers, slope, valuesOf } from './curves.js';
import { listed, stillLost, three } from './text.js';

const WEIGHTS = 'weightDac.bits';
const ACTIVATIONS = 'activationDac.bits';
/** From here on other errors are as large as the activations' rounding. */
const COARSE = 4;

const most = (summary: SweepSummary, axis: string) => Math.max(...(valuesOf(summary, axis) as number[]));

/** Along one axis, the other at the paper's bits. */
const along = (summary: SweepSummary, axis: string, other: string) =>
  curve(summary, axis, { [other]: most(summary, other) });

export function converterBitsHeadline(summary: SweepSummary): string {
  const [weights, activations] = [along(summary, WEIGHTS, ACTIVATIONS), along(summary, ACTIVATIONS, WEIGHTS)];
  const [least, leastOther] = [leastIntact(weights, WEIGHTS), leastIntact(activations, ACTIVATIONS)];
  const paper = `${most(summary, WEIGHTS)} and ${most(summary, ACTIVATIONS)}`;
  if (least === undefined || leastOther === undefined)
    return `no bits of the sweep lose less than a point: ${stillLost(weights)} at the paper's ${paper} as well`;
  return `${least} bits of the weights and ${leastOther} of the activations lose less than a point (the paper has ${paper})`;
}

export function converterBitsFindings(summary: SweepSummary): string[] {
  const both = valuesOf(summary, WEIGHTS).map((bits) => {
    const least = leastIntact(curve(summary, ACTIVATIONS, { [WEIGHTS]: bits }), ACTIVATIONS);
    return `${bits} bit${bits === 1 ? '' : 's'} of the weights need ${least === undefined ? 'more than the sweep has' : `${least} of the activations`}`;
  });
  const coarse = along(summary, ACTIVATIONS, WEIGHTS).filter(({ values }) => Number(values[ACTIVATIONS]) <= COARSE);
  const layers = measuredLayers(coarse);
  const lines = [`To lose less than a point, ${listed(both)}.`];
  if (coarse.length < 2 || layers.length === 0) return lines;
  const slopes = layers.map((layer) => {
    const bits = coarse.map((point) => layerBits(point, layer));
    return slope(
      coarse.map(({ values }) => Math.log2(2 ** Number(values[ACTIVATIONS]) - 1)),
      bits,
    );
  });
  return [
    ...lines,
    `Rounding to 2^b - 1 steps should give one effective bit a layer for every doubling of the steps. Measured for the ` +
      `activations up to ${COARSE} bits: ${listed(layers.map((layer, i) => `${three(slopes[i]!)} (${layer})`))}.`,
  ];
}
