import { describe, expect, it } from 'vitest';
import { SonicError } from '../../../src/base/errors.js';
import { csvOf, slug, uniqueNames } from '../../../src/report/kit/reportFigure.js';
import { chooseFigures } from '../../../src/report/sweep/chooseFigures.js';
import { drawSweepFigures } from '../../../src/report/sweep/drawFigures.js';
import { paretoFigure } from '../../../src/report/sweep/paretoFigure.js';
import { axisUnit } from '../../../src/report/sweep/quantities.js';
import { all, attribute, parseSvg, texts, UNPLACED } from '../kit/figures/svg.js';
import {
  axis,
  BITS,
  CROSSTALK,
  FIDELITY,
  HARDWARE,
  hypercube,
  QUALITY,
  summaryOf,
  UNITS,
  WEIGHT_BITS,
} from './summaries.js';

const kinds = (summary: Parameters<typeof chooseFigures>[0]) => chooseFigures(summary).map(({ kind }) => kind);

describe('chooseFigures', () => {
  it('one axis: a line', () => {
    expect(chooseFigures(summaryOf({ axes: [QUALITY] }))).toEqual([
      { kind: 'line', x: QUALITY.name, y: 'accuracy' },
      { kind: 'layers', axis: QUALITY.name },
    ]);
  });

  it('two: a heat map, lines where one has few values, Pareto where cost varies', () => {
    expect(kinds(summaryOf({ axes: [QUALITY, BITS] }))).toEqual(['heatmap', 'line', 'pareto', 'layers']);
    const many = axis('adc.bits', 'bits', 'linear', [4, 5, 6, 7, 8, 9, 10]);
    expect(
      kinds(summaryOf({ axes: [{ ...QUALITY, values: [1, 2, 3, 4, 5, 6, 7, 8].map((q) => q * 1000) }, many] })),
    ).toEqual(['heatmap', 'pareto', 'layers']);
  });

  it('three: facets and every parameter; four, or drawn points: every parameter', () => {
    expect(chooseFigures(summaryOf({ axes: [QUALITY, BITS, CROSSTALK] })).slice(0, 3)).toEqual([
      { kind: 'heatmap', x: QUALITY.name, y: BITS.name, value: 'accuracy', facet: CROSSTALK.name },
      { kind: 'line', x: QUALITY.name, y: 'accuracy', series: BITS.name, facet: CROSSTALK.name },
      { kind: 'axes', y: 'accuracy' },
    ]);
    expect(kinds(summaryOf({ axes: [QUALITY, BITS, WEIGHT_BITS, UNITS] }))[0]).toBe('axes');
    expect(kinds(hypercube(60))).toEqual(['axes', 'pareto', 'layers']);
  });

  it('names on an axis are series, not places; several trials have a distribution; digital alone has no cost', () => {
    expect(chooseFigures(summaryOf({ axes: [FIDELITY, BITS] }))[1]).toEqual({
      kind: 'line',
      x: BITS.name,
      y: 'accuracy',
      series: FIDELITY.name,
    });
    expect(kinds(summaryOf({ axes: [HARDWARE], trials: 3 }))).toEqual(['line', 'layers', 'distribution']);
    expect(kinds(summaryOf({ axes: [{ ...FIDELITY, values: ['digital'] }] }))).toEqual([]);
  });

  it('the manifest decides where it names any', () => {
    const figures = [{ kind: 'pareto', x: 'latency_s', y: 'accuracyLoss' }] as const;
    expect(chooseFigures(summaryOf({ axes: [QUALITY], figures }))).toEqual(figures);
  });
});

describe('drawSweepFigures', () => {
  const everything = [
    summaryOf({ axes: [], trials: 3 }),
    summaryOf({ axes: [QUALITY] }),
    summaryOf({ axes: [QUALITY, BITS], missing: [0, 7], trials: 2 }),
    summaryOf({ axes: [QUALITY, BITS, CROSSTALK], trials: 2 }),
    summaryOf({ axes: [HARDWARE, FIDELITY], trials: 2 }),
    summaryOf({ axes: [QUALITY], layers: Array.from({ length: 20 }, (_, i) => `layer${i}`) }),
    summaryOf({ axes: [axis('compression.sparsity', 'sparsity', 'linear', [null, 0.5, 0.9])] }),
    summaryOf({
      axes: [
        axis(
          'vcsel.extinction_dB',
          'extinction (dB)',
          'log',
          Array.from({ length: 40 }, (_, i) => 1 + i),
        ),
      ],
    }),
    hypercube(50),
  ];

  it('draws all that there is, with numbers that can be placed, and unique names', () => {
    for (const summary of everything) {
      const { figures, omitted } = drawSweepFigures(summary);
      expect(omitted).toEqual([]);
      expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
      for (const { svg, data, caption } of figures) {
        expect(svg).not.toMatch(UNPLACED);
        parseSvg(svg);
        expect(caption.length).toBeGreaterThan(10);
        for (const row of data.rows) expect(row).toHaveLength(data.columns.length);
      }
    }
  });

  it('says what it leaves out, and names an axis that is not there', () => {
    const digital = { ...FIDELITY, values: ['digital'] };
    const costless = summaryOf({
      axes: [digital],
      figures: [{ kind: 'pareto', x: 'energy_J', y: 'accuracy' }, { kind: 'layers' }],
    });
    const { figures, omitted } = drawSweepFigures(costless);
    expect([figures.length, omitted.length]).toEqual([0, 2]);
    const wrong = summaryOf({
      name: 'mine',
      axes: [QUALITY],
      figures: [{ kind: 'line', x: 'microring.qualityFacto', y: 'accuracy' }],
    });
    expect(() => drawSweepFigures(wrong)).toThrow(SonicError);
    expect(() => drawSweepFigures(wrong)).toThrow(
      /'mine'.*'microring.qualityFacto'.*did you mean 'microring.qualityFactor'/,
    );
  });

  it('a heat map has more up and right, and a dash where a point is missing', () => {
    const summary = summaryOf({ axes: [QUALITY, BITS], missing: [0] });
    const root = parseSvg(drawSweepFigures(summary).figures[0]!.svg);
    const cells = all(root, 'g[aria-label=cell] rect');
    expect(cells).toHaveLength(24);
    expect(texts(root).filter((text) => text === '–')).toHaveLength(1);
    const hint = (cell: (typeof cells)[number]) => cell.querySelector('title')!.textContent!;
    const best = cells.find((cell) => hint(cell).startsWith('quality factor 32000, ADC bits 12:'))!;
    expect(attribute(best, 'x')).toBe(Math.max(...cells.map((cell) => attribute(cell, 'x'))));
    expect(attribute(best, 'y')).toBe(Math.min(...cells.map((cell) => attribute(cell, 'y'))));
    const accuracy = summary.points.find(({ index }) => index === 24)!.accuracy;
    expect(hint(best)).toContain(`${(accuracy * 100).toFixed(2)} %`);
  });

  it('each layer has its line of errors', () => {
    const summary = summaryOf({ axes: [QUALITY] });
    const root = parseSvg(drawSweepFigures(summary).figures[1]!.svg);
    expect(all(root, 'g[aria-label=line] path')).toHaveLength(4);
    expect(texts(root)).toEqual(expect.arrayContaining(['conv1', 'conv2', 'dense1', 'dense2']));
  });
});

describe('paretoFigure', () => {
  it('has on its front what no point betters in both, and nothing else', () => {
    const summary = summaryOf({ axes: [QUALITY, BITS] });
    const { columns, rows } = paretoFigure(summary, { x: 'energy_J', y: 'accuracy' })!.data;
    const [x, y, front] = ['energy_J', 'accuracy', 'front'].map((name) => columns.indexOf(name));
    for (const row of rows) {
      const isBettered = rows.some(
        (other) =>
          Number(other[x!]) <= Number(row[x!]) &&
          Number(other[y!]) >= Number(row[y!]) &&
          (Number(other[x!]) < Number(row[x!]) || Number(other[y!]) > Number(row[y!])),
      );
      expect(row[front!]).toBe(!isBettered);
    }
  });

  it('has none on its front that is on fewer images or chips, where accuracy is compared', () => {
    const summary = summaryOf({ axes: [QUALITY, BITS] });
    const lucky = { images: 200, chips: 1, accuracy: 1, cost: { ...summary.points[0]!.cost!, energy_J: 1e-6 } };
    const points = summary.points.map((point, i) => (i === 3 ? { ...point, ...lucky } : point));
    const of = (x: 'energy_J' | 'power_W', y: 'accuracy' | 'energy_J') => {
      const { caption, data } = paretoFigure({ ...summary, points }, { x, y })!;
      const at = data.columns.indexOf('front');
      return { caption, front: data.rows.flatMap((row, i) => (row[at] ? [i] : [])) };
    };
    const whole = of('energy_J', 'accuracy');
    expect(whole.front.length).toBeGreaterThan(1);
    expect(whole.front).not.toContain(3);
    expect(whole.caption).toContain(
      ' 1 of the 25 points are drawn and not compared: they are on fewer images or chips.',
    );
    const costs = of('power_W', 'energy_J');
    expect(costs.front).toContain(3);
    expect(costs.caption).not.toContain('not compared');
  });

  it('knows which way is better', () => {
    const summary = summaryOf({ axes: [BITS] });
    const { columns, rows } = paretoFigure(summary, { x: 'framesPerSecondPerWatt', y: 'accuracyLoss' })!.data;
    const [x, y] = ['framesPerSecondPerWatt', 'accuracyLoss'].map((name) => columns.indexOf(name));
    const front = rows.filter((row) => row[columns.indexOf('front')]);
    const best = (at: number, order: 1 | -1) =>
      [...rows].sort((a, b) => order * (Number(a[at]) - Number(b[at])))[0]![0];
    expect(front.map(([point]) => point)).toEqual(expect.arrayContaining([best(x!, -1), best(y!, 1)]));
  });
});

describe('names and numbers', () => {
  it('slugs are safe file names', () => {
    expect(['Äb c/../D', '', '..', '***', 'a_b'].map(slug)).toEqual([
      'a-b-c-d',
      'unnamed',
      'unnamed',
      'unnamed',
      'a-b',
    ]);
    expect(uniqueNames(['a', 'a-2', 'a', 'a'])).toEqual(['a', 'a-2', 'a-3', 'a-4']);
  });

  it('CSV quotes what would break a row', () => {
    expect(
      csvOf({
        columns: ['a,b', 'c'],
        rows: [
          ['x "y"\nz', 0.1],
          [null, true],
        ],
      }),
    ).toBe('"a,b",c\r\n"x ""y""\nz",0.1\r\n,true\r\n');
  });

  it('axes have the prefix of their largest value', () => {
    expect(axisUnit('energy_J', [1e-6, 6.4e-3])).toEqual({ factor: 1000, label: 'energy an image (mJ)' });
    expect(axisUnit('accuracy', [0.9])).toEqual({ factor: 100, label: 'accuracy (%)' });
    expect(axisUnit('power_W', [0])).toEqual({ factor: 1, label: 'power (W)' });
  });
});
