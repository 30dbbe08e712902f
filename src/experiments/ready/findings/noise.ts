/** What `noise` shows. */
import type { SweepSummary } from '../../sweep/types.js';
import { breaksAt, curve, layerBits, measuredLayers, OPERATING, slope, valuesOf } from './curves.js';
import { listed, three } from './text.js';

const POWER = 'vcsel.opticalPower_mW';
const NOISE = 'receiver.noise_pA_per_rtHz';

function limits(summary: SweepSummary) {
  return (valuesOf(summary, NOISE) as number[]).map((noise) => ({
    noise,
    power_mW: breaksAt(curve(summary, POWER, { [NOISE]: noise }).toReversed(), POWER),
  }));
}

export function noiseHeadline(summary: SweepSummary): string {
  const { vcsel, receiver } = OPERATING;
  const here = limits(summary).find(({ noise }) => noise === receiver.noise_pA_per_rtHz);
  if (!here?.power_mW) return 'no optical power of the sweep loses a point';
  const margin_dB = 10 * Math.log10(vcsel.opticalPower_mW / here.power_mW);
  return `a point is lost at ${three(1000 * here.power_mW)} uW a wavelength, ${three(margin_dB)} dB below the preset's ${vcsel.opticalPower_mW} mW`;
}

export function noiseFindings(summary: SweepSummary): string[] {
  const found = limits(summary);
  const { receiver } = OPERATING;
  const dim = curve(summary, POWER, { [NOISE]: receiver.noise_pA_per_rtHz }).slice(0, 3);
  const layers = measuredLayers(dim);
  const lines = [
    `A point is lost at ${listed(
      found.map(
        ({ noise, power_mW }) =>
          `${power_mW === null ? 'no power of the sweep' : `${three(1000 * power_mW)} uW`} (${noise} pA/rtHz)`,
      ),
    )}. If only that noise limited, they would be in proportion to it.`,
  ];
  if (layers.length === 0 || dim.length < 2) return lines;
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
    `Noise of the receiver is the same whatever the signal, so twice the light is one effective bit more; shot noise would ` +
      `give half a bit, relative intensity noise none. Measured over the three smallest powers at ` +
      `${receiver.noise_pA_per_rtHz} pA/rtHz: ${listed(slopes)}.`,
  ];
}
