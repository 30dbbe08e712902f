/** What `noise` shows. */
import type { AxisValue } from '../../sweep/types.js';
import { type Curve, pointsAlong, thresholdAlong, valuesOf } from '../method/curve.js';
import type { Evidence } from '../method/evidence.js';
import { marginText, standingOf, wherePhrase } from '../method/words.js';
import { layerBits, measuredLayers, OPERATING, overlap, type Range, rangeOf, slope } from './curves.js';
import { listed, rangeText, standingOfPoints, three } from './findingText.js';

const POWER = 'vcsel.opticalPower_mW';
const NOISE = 'receiver.noise_pA_per_rtHz';

type Sweep = Pick<Evidence, 'manifest'>;
const curveOf = (noise: AxisValue): Curve => ({ along: POWER, fixed: { [NOISE]: noise }, worse: 'down' });

export const noiseCurves = (sweep: Sweep): Curve[] => valuesOf(sweep, NOISE).map(curveOf);

const power = (value: AxisValue) => `${three(1000 * Number(value))} uW`;

export function noiseHeadline(evidence: Evidence): string {
  const { vcsel, receiver } = OPERATING;
  const noise = receiver.noise_pA_per_rtHz;
  if (!valuesOf(evidence, NOISE).includes(noise)) return 'not run with the receiver of the preset';
  const threshold = thresholdAlong(evidence, curveOf(noise));
  const range = rangeOf(threshold);
  const margin_dB = (power_mW: number) => 10 * Math.log10(vcsel.opticalPower_mW / power_mW);
  const below = range
    ? `, ${rangeText([margin_dB(range[1]), margin_dB(range[0])])} dB below the preset's ${vcsel.opticalPower_mW} mW`
    : '';
  return `more than ${marginText(evidence.margin)} is lost ${wherePhrase(threshold, { show: power })}, of light a wavelength${below}${standingOf([threshold])}`;
}

/** Whether the thresholds are in proportion to the receiver's noise. */
function proportion(evidence: Evidence): string[] {
  const found = (valuesOf(evidence, NOISE) as number[]).map((noise) => {
    const threshold = thresholdAlong(evidence, curveOf(noise));
    return { noise, threshold, range: rangeOf(threshold) };
  });
  const known = found.filter(({ range }) => range !== null);
  if (known.length < 2) return [];
  const relative = known.map(({ noise, range }): Range => [(1000 * range![0]) / noise, (1000 * range![1]) / noise]);
  const parts = known.map(({ noise }, i) => `${rangeText(relative[i]!)} (${noise} pA/rtHz)`);
  const verdict = overlap(relative)
    ? 'one value may lie in all of them, as if only that noise limited'
    : 'no value lies in all of them, so more than that noise limits';
  return [
    `Over the receiver's noise the thresholds lie within ${listed(parts)} uW for a pA/rtHz: ${verdict}${standingOf(known.map(({ threshold }) => threshold))}.`,
  ];
}

export function noiseFindings(evidence: Evidence): string[] {
  const { receiver } = OPERATING;
  const lines = valuesOf(evidence, NOISE).map((noise) => {
    const threshold = thresholdAlong(evidence, curveOf(noise));
    return `With ${noise} pA/rtHz more than ${marginText(evidence.margin)} is lost ${wherePhrase(threshold, { show: power, detail: true })}${standingOf([threshold])}.`;
  });
  const dim = pointsAlong(evidence, POWER, { [NOISE]: receiver.noise_pA_per_rtHz }).slice(0, 3);
  const layers = measuredLayers(dim);
  if (layers.length === 0 || dim.length < 2) return [...lines, ...proportion(evidence)];
  const slopes = layers.map((layer) => {
    const bits = dim.map((point) => layerBits(point, layer));
    return `${three(
      slope(
        dim.map(({ values }) => Math.log2(Number(values[POWER]))),
        bits,
      ),
    )} (${layer})`;
  });
  return [
    ...lines,
    ...proportion(evidence),
    `Noise of the receiver is the same whatever the signal, so twice the light is one effective bit more; shot noise would ` +
      `give half a bit, relative intensity noise none. Measured over the ${dim.length} smallest powers at ` +
      `${receiver.noise_pA_per_rtHz} pA/rtHz: ${listed(slopes)}${standingOfPoints(dim)}.`,
  ];
}
