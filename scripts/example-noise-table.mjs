/**
 * Writes examples/receivers/tia-shot-knee.csv: what one might measure behind an amplifier and its ADC. Not a measurement:
 *
 *     sigma(u)^2 = floor^2 + shot^2 |u| + (rin u)^2 + knee(|u|)^2
 *
 * in parts of the converter's range: a floor of 0.5e-3, shot noise of 1e-3 and relative intensity noise of 0.8e-3 at full scale,
 * and beyond 85 % of the range an amplifier that leaves its linear region, up to 4e-3 at the end.
 */
import { writeFileSync } from 'node:fs';
import { readArguments } from './arguments.mjs';

readArguments();

const [floor, shot, rin, knee, begin] = [0.5e-3, 1e-3, 0.8e-3, 4e-3, 0.85];
const compression = (u) => knee * Math.max(0, (u - begin) / (1 - begin));
const sigma = (u) => Math.hypot(floor, shot * Math.sqrt(Math.abs(u)), rin * u, compression(Math.abs(u)));

const lines = [
  '# Not a measurement: floor 0.5e-3, shot noise 1e-3 and intensity noise 0.8e-3 at full scale, and an amplifier that',
  '# leaves its linear region beyond 85 % of the range. Written by scripts/example-noise-table.mjs.',
  "# Both columns are parts of the ADC's full-scale range: code over largest code, and its standard deviation without rounding.",
  'u_over_range,sigma_over_range',
  ...Array.from({ length: 41 }, (_, row) => (row - 20) / 20).map((u) => `${u},${sigma(u).toFixed(7)}`),
];
writeFileSync(new URL('../examples/receivers/tia-shot-knee.csv', import.meta.url), `${lines.join('\n')}\n`);
