/**
 * Every sentence of every ready experiment on sweeps whose answer is known: thresholds planted at each place of each curve,
 * bits, energies and correlations made up to a formula. A sentence that says anything else fails, and so does one that says
 * the same of other data.
 */
import { describe, expect, it } from 'vitest';
import { findingsOf } from '../../../src/experiments/ready/findings/index.js';
import { chanceOf, rivalsOf } from '../../../src/experiments/ready/findings/screening.js';
import type { Curve, Values } from '../../../src/experiments/ready/method/curve.js';
import type { Evidence } from '../../../src/experiments/ready/method/evidence.js';
import { readyExperiments } from '../../../src/experiments/ready/ready.js';
import type { AxisValue } from '../../../src/experiments/sweep/types.js';
import { type MadeUp, madeUp } from './summaries.js';

const [KEPT, LOST] = [0.001, 0.06];

/** How a value is written, and which sentence a curve's threshold stands in; written down apart from the code. */
const pm = (value: AxisValue) => `${Number((1000 * Number(value)).toPrecision(6))} pm`;
const SHOWN: Readonly<Record<string, (value: AxisValue, curve: Curve) => string>> = {
  'adc-bits': (value) => `${value} bits`,
  chirp: pm,
  drift: (value, { along }) => `${value} ${along.startsWith('tuning.hours') ? 'h' : 'K'}`,
  tolerances: (value, { along }) =>
    ({
      'gain errors': `${Number((100 * Number(value)).toPrecision(6))} %`,
      'microring.selfHeating_nm_per_mW': `${value} nm/mW`,
      'vcsel.wavelengthResidual_nm': pm(value),
      'vcsel.chirp_nm': pm(value),
      'tuning.hoursSinceCalibration': `${value} h`,
    })[along]!,
  'converter-bits': (value, { along }) =>
    `${value} ${value === 1 ? 'bit' : 'bits'} of the ${along.startsWith('weight') ? 'weights' : 'activations'}`,
  crosstalk: (value) => `Q ${value}`,
  noise: (value) => `${Number((1000 * Number(value)).toPrecision(6))} uW`,
  'resonance-errors': pm,
  sparsity: (value, { along }) => (along === 'sparsity' ? `${value} zero weights` : `${value} clusters`),
  temperature: (value) => `${value} K`,
  tuning: (value) => `a gap of ${value} um`,
};

/** Values along a curve from where it is intact to where things are worst; `-` and `+` of the sides apart. */
function along({ manifest }: Evidence, curve: Curve): AxisValue[] {
  const { values } = manifest.axes.find(({ name }) => name === curve.along)!;
  const own = values.filter((value) => curve.side === undefined || curve.side * Number(value) >= 0);
  const rising = typeof own[0] === 'number' ? own.toSorted((a, b) => Number(a) - Number(b)) : own;
  return curve.worse === 'up' ? [...rising] : rising.toReversed();
}

const isOn = (values: Values, { fixed }: Curve) =>
  Object.entries(fixed).every(([name, value]) => values[name] === value);

/** What is asked of a finding's sentences alone: the last says what the words mean. */
const sentences = (evidence: Evidence) => findingsOf(evidence.manifest.name)!.all(evidence);

const thresholds = readyExperiments().filter((name) => findingsOf(name)!.curves !== undefined);

describe('experiments with thresholds', () => {
  it('are these, and all of them are tested here', () => {
    expect([...new Set(thresholds.map((name) => name.replace('cifar10-', '')))].sort()).toEqual(
      Object.keys(SHOWN).sort(),
    );
  });
});

describe.each(thresholds)('%s', (name) => {
  const show = SHOWN[name.replace('cifar10-', '')]!;
  // Half a point takes more images to be kept.
  const few = { chips: 2, images: /chirp|drift/.test(name) ? 2000 : 500 };

  it('names the two points around a threshold, wherever it lies on whichever curve', async () => {
    const all = await madeUp(name, { ...few, loss: () => KEPT });
    const lostAll = await madeUp(name, { ...few, loss: () => LOST });
    const curves = findingsOf(name)!.curves!(all);
    expect(curves.length).toBeGreaterThan(0);
    for (const curve of curves) {
      const values = along(all, curve);
      for (let first = 1; first < values.length; first++) {
        const isLost = (own: Values) => isOn(own, curve) && values.indexOf(own[curve.along]!) >= first;
        const points = all.points.map((point, i) => (isLost(point.values) ? lostAll.points[i]! : point));
        const text = sentences({ ...all, points }).join('\n');
        const [kept, lost] = [show(values[first - 1]!, curve), show(values[first]!, curve)];
        expect(text).toMatch(new RegExp(`between ${kept} \\(kept[^a-z]*(0\\.\\d points.*?)?\\) and ${lost} \\(lost`));
        expect(text).toContain('nowhere up to the end of the sweep');
      }
    }
  }, 240_000);

  it('says so where nothing is lost, everything, or the middle alone', async () => {
    const nothing = sentences(await madeUp(name, { ...few, loss: () => KEPT })).join('\n');
    expect(nothing).toContain('nowhere up to the end of the sweep');
    expect(nothing).not.toMatch(/between .* \(kept/);
    const all = await madeUp(name, few);
    const [curve] = findingsOf(name)!.curves!(all);
    const values = along(all, curve!);
    const middle = sentences(
      await madeUp(name, { ...few, loss: (own) => (own[curve!.along] === values[1] ? LOST : KEPT) }),
    ).join('\n');
    // Lost at the second of two is lost at the last.
    expect(middle).toContain(values.length > 2 ? 'at no single threshold' : 'between');
    if (curve!.against) return;
    const everything = sentences(await madeUp(name, { ...few, loss: () => LOST })).join('\n');
    expect(everything).toContain('from the start of the sweep on');
    expect(everything).not.toMatch(/nowhere|between .* \(kept/);
  }, 120_000);

  it('is no claim of few chips or images, in the headline and in every sentence on a threshold', async () => {
    const { headline } = findingsOf(name)!;
    const enough = await madeUp(name, { loss: () => KEPT });
    expect([headline(enough), ...sentences(enough)].join('\n')).not.toContain('no claim');
    for (const counts of [
      { chips: 3, images: 2000 },
      { chips: 4, images: 1000 },
    ]) {
      const little = await madeUp(name, { ...counts, loss: () => KEPT });
      for (const line of [headline(little), ...sentences(little)]) {
        if (/is lost|loses?\b/.test(line)) expect(line).toContain('preliminary, no claim');
      }
    }
  }, 120_000);

  it('goes by the margin that is asked for', async () => {
    const loss = () => 0.015;
    const strict = sentences(await madeUp(name, { ...few, images: 2000, loss, margin: 0.005 })).join('\n');
    const lax = sentences(await madeUp(name, { ...few, images: 2000, loss, margin: 0.03 })).join('\n');
    expect(strict).toContain('more than 0.5 points is lost');
    expect(lax).toContain('more than 3 points is lost');
    if (!name.endsWith('sparsity')) expect(strict).toContain('from the start of the sweep on');
    expect(lax).not.toContain('from the start of the sweep on');
  }, 120_000);
});

describe('headlines', () => {
  const few = { chips: 2, images: 500 };
  const headline = async (name: string, loss: MadeUp['loss'], other: MadeUp = {}) =>
    findingsOf(name)!.headline(await madeUp(name, { ...few, loss: loss!, ...other }));
  const below = (axis: string, least: number) => (values: Values) => (Number(values[axis]) < least ? LOST : KEPT);

  it.each([
    ['adc-bits', below('adc.bits', 5), 'between 5 bits (kept) and 4 bits (lost) with a full range'],
    [
      'converter-bits',
      below('activationDac.bits', 3),
      'nowhere up to the end of the sweep, 1 bit (kept) of the weights and between 3 bits (kept) and 2 bits (lost) of the activations (the paper has 6 and 16)',
    ],
    [
      'crosstalk',
      below('microring.qualityFactor', 8000),
      'with 50 rings on a waveguide more than 1 point is lost between Q 8000 (kept) and Q 4000 (lost) without compensation',
    ],
    // 10 log10(0.325 / 0.03) and 10 log10(0.325 / 0.01).
    [
      'noise',
      below('vcsel.opticalPower_mW', 0.03),
      "between 30 uW (kept) and 10 uW (lost), of light a wavelength, 10.3 to 15.1 dB below the preset's 0.325 mW",
    ],
    [
      'resonance-errors',
      (values: Values) => (Number(values['tuning.trimResidual_nm']) >= 0.02 ? LOST : KEPT),
      'between 10 pm (kept) and 20 pm (lost) at Q 4000, between 10 pm (kept) and 20 pm (lost) at Q 8000',
    ],
    [
      'temperature',
      (values: Values) => (Math.abs(Number(values['tuning.temperatureOffset_K']) - 0.06) > 0.15 ? LOST : KEPT),
      'at Q 8000 more than 1 point is lost, colder than tuned, between -0.05 K (kept) and -0.1 K (lost); warmer, between 0.2 K (kept) and 0.5 K (lost)',
    ],
    [
      'tuning',
      (values: Values) => (Number(values['microring.gap_um']) < (values['TED'] === 'on' ? 5 : 20) ? LOST : KEPT),
      'without TED, between a gap of 20 um (kept) and a gap of 10 um (lost); with it, between a gap of 5 um (kept) and a gap of 2 um (lost)',
    ],
  ])('of %s name both points', async (name, loss, expected) => expect(await headline(name, loss)).toContain(expected));

  it('of chirp, drift and tolerances', async () => {
    const chirp = (values: Values) =>
      Number(values['vcsel.chirp_nm']) > (values['vcsel.tuningPoint'] === 'light' ? 0.03 : 0.005) ? LOST : KEPT;
    const more = { images: 2000 };
    expect(await headline('chirp', chirp, more)).toContain(
      'at Q 8000, sources tuned where their light is, more than 1 point is lost, of chirp, between 30 pm (kept) and 100 pm (lost); ' +
        "tuned at the stream's mean, between 5 pm (kept) and 10 pm (lost)",
    );
    const drift = (values: Values) => (Number(values['tuning.hoursSinceCalibration']) > 500 ? LOST : KEPT);
    expect(await headline('drift', drift, more)).toContain(
      'without a temperature error more than 0.5 points is lost, of the time since calibration, between 300 h (kept) and 1000 h (lost)',
    );
    const tolerances = (values: Values) =>
      Number(values['gain errors']) > 0.02 || Number(values['vcsel.wavelengthResidual_nm']) > 0.05 ? LOST : KEPT;
    expect(await headline('tolerances', tolerances)).toMatch(
      /^each alone, more than 1 point is lost: gain errors of slots and rails between 1 % \(kept\) and 3 % \(lost\); self-heating nowhere .*; sources off their channels between 30 pm \(kept\) and 100 pm \(lost\); chirp nowhere .*; hours of drift nowhere/,
    );
  });

  it('of sparsity: the sparsest that is kept, and what it saves', async () => {
    const loss = ({ sparsity }: Values) => (Number.parseFloat(String(sparsity)) >= 90 ? LOST : KEPT);
    const cost = ({ sparsity }: Values) => ({ energy_J: 1 - Number.parseFloat(String(sparsity)) / 100 });
    expect(await headline('sparsity', loss, { cost })).toContain(
      'against 0 % more than 1 point is lost between 80 % zero weights (kept) and 90 % zero weights (lost); 80 % take 5 times less energy than none',
    );
  });
});

describe('what follows from thresholds', () => {
  const few = { chips: 2, images: 500 };
  const text = async (name: string, of: MadeUp) => sentences(await madeUp(name, { ...few, ...of })).join('\n');

  it('noise: in proportion to the receiver’s noise, or not', async () => {
    const limit = (power: (noise: number) => number) => (values: Values) =>
      Number(values['vcsel.opticalPower_mW']) < power(Number(values['receiver.noise_pA_per_rtHz'])) ? LOST : KEPT;
    const proportional = await text('noise', { loss: limit((noise) => 0.0008 * noise) });
    expect(proportional).toContain('within 0.5 to 1.5 (2 pA/rtHz), 0.3 to 1 (10 pA/rtHz) and 0.6 to 2 (50 pA/rtHz) uW');
    expect(proportional).toContain('one value may lie in all of them');
    expect(await text('noise', { loss: limit(() => 0.008) })).toContain('no value lies in all of them');
  });

  it('temperature: the window in linewidths', async () => {
    const limit = (reach: (q: number) => number) => (values: Values) =>
      Math.abs(Number(values['tuning.temperatureOffset_K'])) > reach(Number(values['microring.qualityFactor']))
        ? LOST
        : KEPT;
    const same = await text('temperature', { loss: limit((q) => (0.1 * 8000) / q) });
    // Q 8000: kept at -0.1 and 0.05, lost at -0.2 and 0.2; 0.07 nm/K, 1550 nm: 0.15 and 0.4 K are 5.42 and 14.5 % of a linewidth.
    expect(same).toContain('5.42 to 14.5 % (Q 8000)');
    expect(same).toContain('one share may lie in all of them');
    expect(await text('temperature', { loss: limit((q) => (q === 8000 ? 0.01 : 0.15)) })).toContain(
      'no share lies in all of them',
    );
  });

  it('resonance errors: in linewidths', async () => {
    const limit = (most: (q: number) => number) => (values: Values) =>
      Number(values['tuning.trimResidual_nm']) > most(Number(values['microring.qualityFactor'])) ? LOST : KEPT;
    const same = await text('resonance-errors', { loss: limit((q) => 100 / q) });
    // 10 to 20 pm of 194 pm.
    expect(same).toContain('5.16 to 10.3 % (Q 8000)');
    expect(same).toContain('one share may lie in all of them');
    expect(await text('resonance-errors', { loss: limit(() => 0.006) })).toContain('no share lies in all of them');
  });

  it('chirp: in linewidths, tuning points beside each other, and beside published chirp', async () => {
    const limit = (light: (q: number) => number, stream: number) => (values: Values) =>
      Number(values['vcsel.chirp_nm']) >
      (values['vcsel.tuningPoint'] === 'light' ? light(Number(values['microring.qualityFactor'])) : stream)
        ? LOST
        : KEPT;
    const narrow = await text('chirp', { images: 2000, loss: limit((q) => 240 / q, 0.002) });
    // 30 to 100 pm of 194 pm at Q 8000; light kept at 30 and lost at 100 pm, stream at 1 and 5.
    expect(narrow).toContain('15.5 to 51.6 % (Q 8000)');
    expect(narrow).toContain('one share may lie in all of them');
    expect(narrow).toContain('stands 6 to 100 times the chirp');
    expect(narrow).toMatch(
      /At 30 pm and Q 8000 the network loses 0\.\d points .* where their light is and loses 6\.0 points .* tuned at the stream's mean, 5\.9 points .* more on the same images/,
    );
    // 2.75 * 8.3e12 * 0.325e-3 / (4 pi) = 0.590 GHz; 1550^2 / c makes of it 4.73 pm.
    expect(narrow).toContain('is 4.73 pm over 0.325 mW');
    expect(narrow).toContain('that is no more than 30 pm, where it is kept');
    // 0.1 nm over 0.78 nm/mA.
    expect(narrow).toContain('100 pm are reached by 128 uA of drive');
    const wide = await text('chirp', { images: 2000, loss: limit((q) => (q === 16_000 ? 0.05 : 0.002), 0.05) });
    expect(wide).toContain('no share lies in all of them');
    expect(wide).toContain('that is where neither is shown');
    expect(await text('chirp', { images: 2000, loss: limit(() => 0.0005, 0.05) })).toContain(
      'that is as much as 1 pm, where that is lost, or more',
    );
  });

  it('drift: an interval of calibration, from half a point', async () => {
    const lines = await text('drift', {
      images: 2000,
      loss: (values) => (Number(values['tuning.hoursSinceCalibration']) > 500 ? LOST : KEPT),
    });
    // sqrt(300) and sqrt(1000) pm; 12.5 and 41.7 days.
    expect(lines).toContain(
      'For 0.5 points at the most, the chip has to be calibrated again after 300 to 1000 h (12.5 to 41.7 days)',
    );
    expect(lines).toContain('wandered by 17.3 to 31.6 pm');
    expect(await text('drift', { loss: () => KEPT })).not.toContain('calibrated again');
  });

  it('tolerances: as times the preset’s value', async () => {
    const lines = await text('tolerances', {
      loss: (values) => (Number(values['microring.selfHeating_nm_per_mW']) > 2 ? LOST : KEPT),
    });
    expect(lines).toMatch(
      /Of self-heating alone, .* between 1 nm\/mW \(kept.* and 3 nm\/mW \(lost.*, 3\.33 to 10 times the preset's 0\.3 nm\/mW/,
    );
  });

  it('points that are named by themselves: 8 bits; a gap of 5 um', async () => {
    expect(await text('adc-bits', { loss: (values) => (values['adc.bits'] === 8 ? 0.2 : 0) })).toMatch(
      /At n = 5 8 bits, calibrated, lose 20\.0 points \(1\d\.\d to 2\d\.\d\)/,
    );
    const gap = (ted: string) => (values: Values) =>
      values['TED'] === ted && values['microring.gap_um'] === 5 ? 0.3 : 0;
    expect(await text('tuning', { loss: gap('off') })).toMatch(
      /loses 0\.0 points .* with TED and loses 30\.0 points .* without/,
    );
    expect(await text('tuning', { loss: gap('on') })).toMatch(
      /loses 30\.0 points .* with TED and loses 0\.0 points .* without/,
    );
  });
});

describe('what is read off bits and costs', () => {
  const few = { chips: 2, images: 500 };
  const text = async (name: string, of: MadeUp) => sentences(await madeUp(name, { ...few, ...of })).join('\n');

  it('slopes are those of the bits', async () => {
    const adc = await text('adc-bits', { bits: (values) => 0.5 * Number(values['adc.bits']) });
    expect(adc).toContain('Measured from 3 to 6 bits: 0.5 (conv1), 0.5 (conv2), 0.5 (dense1) and 0.5 (dense2)');
    const converter = await text('converter-bits', {
      bits: (values) => 3 * Math.log2(2 ** Number(values['activationDac.bits']) - 1),
    });
    expect(converter).toContain('Measured for the activations up to 4 bits: 3 (conv1)');
    const noise = await text('noise', { bits: (values) => 0.25 * Math.log2(Number(values['vcsel.opticalPower_mW'])) });
    expect(noise).toMatch(/smallest powers at 10 pA\/rtHz: 0\.25 \(conv1\)/);
    const residual = await text('resonance-errors', {
      bits: (values) => 10 - 2 * Math.log2(Number(values['tuning.trimResidual_nm'])),
    });
    expect(residual).toContain('four largest residuals: 2 (conv1)');
  });

  it('a range of the ADC that is 2.5 times as wide errs 2.5 times as much', async () => {
    const rms = (of: Values) => 1e-3 + (of['adc.bits'] === 8 ? (of['adc.range'] === 'full' ? 5e-3 : 2e-3) : 0);
    const evidence = await madeUp('adc-bits', few);
    const points = evidence.points.map((point) => ({
      ...point,
      // In squares: 1e-3 of other errors beside them.
      layers: point.layers.map((layer) => ({ ...layer, rms: Math.hypot(1e-3, rms(point.values) - 1e-3) })),
    }));
    expect(sentences({ ...evidence, points }).join('\n')).toContain('taken off: 2.5 (conv1) and 2.5 (conv2)');
  });

  it('crosstalk: beside the formula, which has 2.17 bits at Q 8000 and 6.11 at Q 32000', async () => {
    const bits = (compensated: number) => (values: Values) =>
      values['grid.compensation'] === 'none' ? 1 : compensated;
    const better = await text('crosstalk', { bits: bits(5) });
    // Mean of two layers, the second of them a tenth less.
    expect(better).toContain('Q 8000: 2.17 (0.95 none, 4.95 gain and 4.95 full)');
    expect(better).toContain('Compensated, Q 8000 has 4.95 bits where the formula has 2.17');
    expect(better).toContain('The sharpest rings, Q 32000, have fewer bits');
    expect(await text('crosstalk', { bits: bits(2) })).not.toContain('Compensated, Q 8000');
    expect(await text('crosstalk', { bits: bits(7) })).not.toContain('The sharpest rings');
  });

  it('tuning: power and time of the points that are compared', async () => {
    const cost = (values: Values) => ({
      power_W: values['TED'] === 'on' ? 20 : 20.5,
      latency_s: values['tuning.mode'] === 'thermal' ? 3e-3 : 1e-3,
      energy_J: values['tuning.mode'] === 'thermal' ? 4e-3 : 1e-3,
    });
    const saves = await text('tuning', { cost });
    expect(saves).toContain('There TED saves 500 mW of 20.5 W.');
    expect(saves).toContain('takes 3 times as long and 4 times the energy');
    const costs = await text('tuning', { cost: (values) => ({ power_W: values['TED'] === 'on' ? 20.5 : 20 }) });
    expect(costs).toContain('There TED costs 500 mW of 20 W.');
  });

  it('sparsity: energy beside the weights left, and the reason only where it is above them', async () => {
    const energy =
      (more: number) =>
      ({ sparsity }: Values) => ({
        energy_J: sparsity === '0 %' ? 1 : 1 - Number.parseFloat(String(sparsity)) / 100 + more,
      });
    const above = await text('sparsity', { cost: energy(0.1) });
    expect(above).toMatch(/50 %: 100\.0 %, 60 % \(50 %\)/);
    expect(above).toContain('What is above the weights left');
    expect(await text('sparsity', { cost: energy(-0.01) })).not.toContain('What is above the weights left');
  });
});

describe('vector-size', () => {
  const few = { chips: 4, images: 2000 };
  const cost = (values: Values) => ({
    framesPerSecondPerWatt: 10 * Number(values['vdu.conv.size']) + Number(values['vdu.fc.size']),
    power_W: Number(values['vdu.conv.size']),
  });
  const text = async (loss: MadeUp['loss'], other: MadeUp = {}) => {
    const evidence = await madeUp('vector-size', { ...few, cost, loss: loss!, ...other });
    return [findingsOf('vector-size')!.headline(evidence), ...sentences(evidence)].join('\n');
  };

  it('ranks those that keep the accuracy', async () => {
    const all = await text(() => KEPT);
    expect(all).toContain('(n, m) = (50, 100) has the most, 600 FPS/W');
    expect(all).toContain('of 15 sizes 15 keep all but 1 point, 0 lose more, and 0 are open');
    expect(all).toContain('it is number 12 of those');
    expect(all).toContain("power of the paper's choice the best is (n, m) = (5, 100)");
    expect(all).toContain('Accuracy decides nothing here');
  });

  it('leaves out what is lost or open', async () => {
    const large = await text((values) => (Number(values['vdu.conv.size']) > 10 ? LOST : KEPT));
    expect(large).toContain('(n, m) = (10, 100) has the most, 200 FPS/W');
    expect(large).toContain('of 15 sizes 9 keep all but 1 point, 6 lose more, and 0 are open');
    expect(large).not.toContain('Accuracy decides nothing');
    const open = await text((values) => (values['vdu.conv.size'] === 50 ? 0.01 : KEPT));
    expect(open).toContain('12 keep all but 1 point, 0 lose more, and 3 are open');
    expect(open).not.toContain('Accuracy decides nothing');
  });

  it('does not rank the paper’s choice where it loses, nor any where all do', async () => {
    const paper = await text((values) => (values['vdu.conv.size'] === 5 && values['vdu.fc.size'] === 50 ? LOST : KEPT));
    expect(paper).toContain('it is not among those that are shown to keep the accuracy');
    const none = await text(() => LOST);
    expect(none).toContain('no size is shown to keep all but 1 point');
    expect(none).toContain('Of 15 sizes 0 keep all but 1 point, 15 lose more, and 0 are open.');
    expect(none).not.toContain('FPS/W');
  });

  it('is no claim of few images', async () => {
    const lines = (await text(() => KEPT, { images: 1000 })).split('\n');
    for (const line of lines) expect(line).toContain('preliminary, no claim: 4 chips and 1,000 images');
  });
});

describe('chips', () => {
  it('have mean, spread and verdict of their own', async () => {
    const share: Readonly<Record<string, number>> = {
      'sonic-optimistic': 0.001,
      sonic: 0.01,
      'sonic-pessimistic': 0.1,
    };
    const loss = ({ hardware }: Values, chip: number) => share[String(hardware)]! + 0.002 * (chip % 2);
    const evidence = await madeUp('chips', { loss });
    const [optimistic, typical, pessimistic] = sentences(evidence);
    expect(optimistic).toMatch(
      /^sonic-optimistic: 99\.80 % .* over 4 chips, digital 100\.00 %: it loses 0\.2 points .*, and is kept/,
    );
    expect(typical).toMatch(/and is open by the margin of 1 point/);
    expect(pessimistic).toMatch(/^sonic-pessimistic: 89\.90 % .*loses 10\.1 points .*, and is lost/);
    // 0, 0.2, 0, 0.2: s = 0.1155; sqrt(0.899 * 0.101 / 2000) = 0.67 points.
    expect(pessimistic).toContain('from 89.80 % to 90.00 %; from one to the next they deviate by 0.12 points');
    expect(pessimistic).toContain('would move an accuracy by 0.67 points');
    expect(sentences(evidence).join()).not.toContain('no claim');
    const one = sentences(await madeUp('chips', { loss, chips: 1 }));
    expect(one[0]).toContain('a single one, which says nothing of how chips differ');
    for (const line of one) expect(line).toContain('preliminary, no claim');
  });
});

describe('screening', () => {
  const bound = (strengths: Readonly<Record<string, number>>) => (values: Values) =>
    6 + Object.entries(strengths).reduce((sum, [path, by]) => sum + by * Math.log(Math.abs(Number(values[path]))), 0);
  const both = async (strengths: Readonly<Record<string, number>>) => {
    const evidence = await madeUp('screening', { images: 500, bits: bound(strengths) });
    return { evidence, headline: findingsOf('screening')!.headline(evidence), lines: sentences(evidence).join('\n') };
  };

  it('names what the bits follow, and nothing else', async () => {
    const { headline, lines } = await both({ 'receiver.noise_pA_per_rtHz': -1 });
    expect(headline).toContain(
      "bound to the layers' bits: receiver noise (pA/rtHz) (-1.00), more tightly than any other",
    );
    expect(lines).toContain('Beyond are here: receiver noise (pA/rtHz) (');
  });

  it('does not tell apart what is as strong', async () => {
    const { headline, evidence } = await both({ 'receiver.noise_pA_per_rtHz': -1, 'vcsel.opticalPower_mW': 1 });
    expect(headline).toMatch(
      /(receiver noise|optical power).*; not told apart from it: (receiver noise|optical power)/,
    );
    expect(rivalsOf(evidence)).toHaveLength(1);
  });

  it('finds nothing where there is nothing', async () => {
    const evidence = await madeUp('screening', { images: 500 });
    const noise = evidence.points.map((point, i) => ({
      ...point,
      layers: point.layers.map((layer) => ({ ...layer, effectiveBits: ((i * 7919) % 64) / 64 })),
    }));
    expect(findingsOf('screening')!.headline({ ...evidence, points: noise })).toContain('no parameter is bound');
  });

  // Ten correlations of 64 points, each normal with s = 1 / sqrt(63): the largest within 2.8 s in 19 of 20 sweeps.
  it('takes the largest of ten by chance for what it is', async () => {
    const { evidence } = await both({ 'adc.bits': 1 });
    const chance = chanceOf(evidence);
    expect(chance).toBeGreaterThan(0.3);
    expect(chance).toBeLessThan(0.4);
  });
});
