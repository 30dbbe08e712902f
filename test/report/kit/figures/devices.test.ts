import { describe, expect, it } from 'vitest';
import { adcStudy } from '../../../../src/experiments/devices/adcStudy.js';
import { bankStudy } from '../../../../src/experiments/devices/bankStudy.js';
import { bankSweep } from '../../../../src/experiments/devices/bankSweep.js';
import { linkStudy } from '../../../../src/experiments/devices/linkStudy.js';
import { ringStudy } from '../../../../src/experiments/devices/ringStudy.js';
import { thermalStudy } from '../../../../src/experiments/devices/thermalStudy.js';
import { presetHardware } from '../../../../src/hardware/presets/index.js';
import { adcFigure } from '../../../../src/report/devices/adcFigure.js';
import { bankFigure } from '../../../../src/report/devices/bankFigure.js';
import { linkFigure } from '../../../../src/report/devices/linkFigure.js';
import { ringFigure } from '../../../../src/report/devices/ringFigure.js';
import { thermalFigure } from '../../../../src/report/devices/thermalFigure.js';
import { all, attribute, parseSvg, texts, UNPLACED } from './svg.js';

const sonic = presetHardware('sonic');
const OPTIONS = { kind: 'conv', seed: 1, chipSeed: 1, unit: 0 } as const;
const sweepOf = (hardware = sonic) => bankSweep(hardware, { ...OPTIONS, qualityFactors: [8000], channels: [5, 10] });

const FIGURES: Readonly<Record<string, [svg: string, panels: number, labels: string[]]>> = {
  ring: [ringFigure(ringStudy(sonic)), 4, ['transmission', 'wavelength - resonance (nm)', 'full scale']],
  bank: [bankFigure(bankStudy(sonic, OPTIONS), sweepOf()), 6, ['transmission', 'quality factor', 'held weight']],
  thermal: [thermalFigure(thermalStudy(sonic, OPTIONS)), 4, ['edge-to-edge gap (um)', 'shift (nm)', 'error (pm)']],
  link: [linkFigure(linkStudy(sonic)), 5, ['loss (dB)', '6.41 dB', 'receiver', 'here']],
  adc: [adcFigure(adcStudy(sonic, OPTIONS)), 4, ['u before the ADC', 'rounding', 'bits of the ADC']],
};

describe.each(Object.entries(FIGURES))('figure of %s', (_, [svg, panels, labels]) => {
  const root = parseSvg(svg);
  const plots = all(root, 'svg');

  it('has all panels inside itself, none over another', () => {
    expect(plots).toHaveLength(panels);
    const boxes = plots.map((plot) => ['x', 'y', 'width', 'height'].map((name) => attribute(plot, name)));
    for (const [x, y, width, height] of boxes as [number, number, number, number][]) {
      expect(x + width).toBeLessThanOrEqual(attribute(root, 'width'));
      expect(y + height).toBeLessThanOrEqual(attribute(root, 'height'));
    }
    for (const [i, [x, y, width]] of (boxes as [number, number, number, number][]).entries()) {
      for (const [otherX, otherY, , otherHeight] of boxes.slice(0, i) as [number, number, number, number][]) {
        expect(x >= otherX + width || x === otherX || y !== otherY).toBe(true);
        if (x === otherX) expect(y).toBeGreaterThanOrEqual(otherY + otherHeight);
      }
    }
  });

  it('labels both axes of every plot and draws something in it', () => {
    for (const plot of plots) {
      expect(all(plot, 'g[aria-label="x-axis label"], g[aria-label="fx-axis label"]')).toHaveLength(1);
      expect(
        all(plot, 'g[aria-label=line] path, g[aria-label=bar] rect, g[aria-label=cell] rect, g[aria-label=dot] circle')
          .length,
      ).toBeGreaterThan(0);
    }
    expect(texts(root)).toEqual(expect.arrayContaining(labels));
    expect(svg).not.toMatch(UNPLACED);
  });
});

describe('figures of extremes', () => {
  it('draw no noise, no neighbours, no error, missing points of a sweep', () => {
    const effects = { shotNoise: false, thermalNoise: false, intensityNoise: false, adcQuantisation: false };
    const silent = presetHardware('sonic-ideal', { effects, vdu: { conv: { size: 1 }, fc: { size: 1 } } });
    const spaced = presetHardware('sonic', { grid: { channelSpacing_nm: 1.7 } });
    const sweep = bankSweep(spaced, { ...OPTIONS, qualityFactors: [8000], channels: [10, 12] });
    const drawn = [
      ringFigure(ringStudy(silent)),
      bankFigure(bankStudy(silent, OPTIONS), sweep),
      thermalFigure(thermalStudy(silent, OPTIONS)),
      linkFigure(linkStudy(silent)),
      adcFigure(adcStudy(silent, OPTIONS)),
    ];
    for (const svg of drawn) {
      expect(svg).not.toMatch(UNPLACED);
      expect(parseSvg(svg).querySelectorAll('svg').length).toBeGreaterThan(3);
    }
  });
});
