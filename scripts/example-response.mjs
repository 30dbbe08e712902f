/**
 * Writes examples/responses/airy-ripple.csv: what a spectrometer might have seen of preset sonic's ring. Not a measurement:
 *
 *     T(d) = A(d) (1 - r sin^2(pi d / p + phi)),  A(d) = 1 - (1 - Tmin) / (1 + F sin^2(pi d / FSR))
 *
 * A is the Airy curve of linewidth 0.19375 nm (Q 8000 at 1550 nm), FSR 18 nm and Tmin = 10^-2.5; the ripple is that of the
 * weak cavity between two chip facets 0.82 mm apart (p = 1550 nm^2 / (2 * 4.2 * 0.817 mm) = 0.35 nm at group index 4.2).
 */
import { writeFileSync } from 'node:fs';
import { readArguments } from './arguments.mjs';

readArguments();

const [linewidth_nm, range_nm, Tmin] = [1550 / 8000, 18, 10 ** -2.5];
const [depth, period_nm, phase] = [0.02, 0.35, 0.6];
const F = 1 / Math.sin((Math.PI * linewidth_nm) / (2 * range_nm)) ** 2;

const airy = (d) => 1 - (1 - Tmin) / (1 + F * Math.sin((Math.PI * d) / range_nm) ** 2);
const ripple = (d) => 1 - depth * Math.sin((Math.PI * d) / period_nm + phase) ** 2;

// Steps of 5 pm within 1 nm of the notch, of 20 pm beyond, in whole pm so that there is a row at exactly 0.
const detunings_pm = [];
for (let at = -8980; at <= 8980; at += Math.abs(at) < 1000 || at === -1000 ? 5 : 20) detunings_pm.push(at);

const lines = [
  "# Not a measurement: the Airy curve of preset sonic's ring (Q 8000, FSR 18 nm, 25 dB) times a ripple of 2 %,",
  '# 1 - 0.02 sin^2(pi d / 0.35 nm + 0.6), as of reflections between two facets. Written by scripts/example-response.mjs.',
  '# detuning_nm is wavelength - resonance; transmission is that of the through port over the light beside the notch.',
  'detuning_nm,transmission',
  ...detunings_pm.map((pm) => `${pm / 1000},${(airy(pm / 1000) * ripple(pm / 1000)).toFixed(6)}`),
];
writeFileSync(new URL('../examples/responses/airy-ripple.csv', import.meta.url), `${lines.join('\n')}\n`);
