import { describe, expect, it } from 'vitest';
import { barChart } from '../../../../src/report/kit/figures/barChart.js';
import { renderFigure } from '../../../../src/report/kit/figures/frame.js';
import { scatterPlot } from '../../../../src/report/kit/figures/scatterPlot.js';
import { stackedBarPanel } from '../../../../src/report/kit/figures/stackedBarChart.js';
import { all, attribute, parseSvg, texts, UNPLACED } from './svg.js';

const bars = (root: ReturnType<typeof parseSvg>) => all(root, 'g[aria-label=bar] rect');

describe('barChart', () => {
  const chart = {
    title: 'What each effect costs',
    subtitle: 'paired',
    xLabel: 'accuracy change (points)',
    bars: [
      { label: 'shot noise', value: -1, low: -1.5, high: -0.5, group: 'alone' },
      { label: 'shot noise', value: 2, low: 1.5, high: 2.5, group: 'left out' },
      { label: 'extinction', value: 0.5, group: 'alone' },
      { label: 'unknown', value: Number.NaN, group: 'alone' },
    ],
  };
  const svg = barChart(chart);
  const root = parseSvg(svg);

  it('has a bar for every value that is one, as long as the value', () => {
    expect(svg).not.toMatch(UNPLACED);
    // One mark, so rects are in the order of the data.
    const widths = bars(root).map((bar) => attribute(bar, 'width'));
    expect(widths).toHaveLength(3);
    expect([widths[1]! / widths[0]!, widths[2]! / widths[0]!]).toBeAllclose([2, 0.5], { rtol: 1e-6 });
    const [left, right] = bars(root).map((bar) => attribute(bar, 'x'));
    expect(left! + widths[0]!).toBeCloseTo(right!, 6);
  });

  it('has whiskers where there are intervals', () => {
    const whiskers = all(root, 'g[aria-description=interval] path');
    expect(whiskers).toHaveLength(2);
    const unit = attribute(bars(root)[0]!, 'width');
    const ends = whiskers.map((path) =>
      path
        .getAttribute('d')!
        .match(/-?[\d.]+/g)!
        .map(Number),
    );
    for (const [x1, , x2] of ends) expect(Math.abs(x2! - x1!) / unit).toBeCloseTo(1, 6);
  });

  it('says everything: titles, labels once a run, groups, values', () => {
    const said = texts(root);
    for (const text of [
      'What each effect costs',
      'paired',
      'accuracy change (points)',
      'alone',
      'left out',
      'unknown',
    ]) {
      expect(said).toContain(text);
    }
    expect(said.filter((text) => text === 'shot noise')).toHaveLength(1);
    expect(said).toEqual(expect.arrayContaining(['-1', '2', '0.5']));
  });

  it('has a colour for every group, told apart', () => {
    const fills = bars(root).map((bar) => bar.getAttribute('fill'));
    expect(fills[0]).toBe(fills[2]);
    expect(fills[0]).not.toBe(fills[1]);
    const legend = all(root, 'g[aria-label=legend] rect').map((rect) => rect.getAttribute('fill'));
    expect(legend).toEqual([fills[0], fills[1]]);
  });

  it('keeps bars of equal labels apart, shortens long labels, escapes markup, drops control characters', () => {
    const long = `<b> & "${'x'.repeat(80)}"`;
    const text = barChart({
      title: 'a\u0000b',
      xLabel: 'x',
      bars: [
        { label: long, value: 1 },
        { label: 'same', value: 2 },
        { label: 'other', value: 3 },
        { label: 'same', value: 4 },
      ],
    });
    const parsed = parseSvg(text);
    expect(new Set(bars(parsed).map((bar) => bar.getAttribute('y'))).size).toBe(4);
    expect(texts(parsed).some((said) => said.startsWith('<b> & "xxx') && said.endsWith('…'))).toBe(true);
    expect(texts(parsed)[0]).toBe('ab');
  });

  it('draws nothing for no bars or only zeros without failing', () => {
    for (const values of [[], [0, 0]]) {
      const text = barChart({ title: 't', xLabel: 'x', bars: values.map((value, i) => ({ label: String(i), value })) });
      expect(text).not.toMatch(UNPLACED);
      expect(bars(parseSvg(text)).every((bar) => attribute(bar, 'width') === 0)).toBe(true);
    }
  });

  it('is the same for the same data', () => {
    expect(barChart(chart)).toBe(svg);
  });
});

describe('stackedBarPanel', () => {
  const segments = [
    { category: 'conv1', series: 'ADC', value: 3 },
    { category: 'conv1', series: 'VCSEL', value: 1 },
    { category: 'dense', series: 'ADC', value: 2 },
    { category: 'dense', series: 'VCSEL', value: 6 },
  ];
  const panel = stackedBarPanel({ title: '', xLabel: 'energy (uJ)', segments, format: (uJ) => `${uJ} uJ` });
  const text = renderFigure({ title: 'Energy', panels: [panel] });
  const root = parseSvg(text);

  it('puts the parts of a bar end to end, as long as their values, in one order', () => {
    expect(text).not.toMatch(UNPLACED);
    const parts = bars(root).map((bar) => ({
      x: attribute(bar, 'x'),
      width: attribute(bar, 'width'),
      y: attribute(bar, 'y'),
      fill: bar.getAttribute('fill'),
    }));
    expect(parts).toHaveLength(4);
    const rows = [...new Set(parts.map(({ y }) => y))].sort((a, b) => a - b);
    const inRow = (row: number) => parts.filter(({ y }) => y === rows[row]).sort((a, b) => a.x - b.x);
    const [conv, dense] = [inRow(0), inRow(1)];
    const unit = conv[0]!.width / 3;
    expect([...conv, ...dense].map(({ width }) => width / unit)).toBeAllclose([3, 1, 2, 6], { rtol: 1e-6 });
    for (const [first, second] of [conv, dense]) expect(first!.x + first!.width).toBeCloseTo(second!.x, 6);
    expect(conv.map(({ fill }) => fill)).toEqual(dense.map(({ fill }) => fill));
  });

  it('names bars, parts and sums', () => {
    expect(texts(root)).toEqual(
      expect.arrayContaining(['Energy', 'energy (uJ)', 'conv1', 'dense', 'ADC', 'VCSEL', '4 uJ', '8 uJ']),
    );
  });
});

describe('scatterPlot', () => {
  const points = [
    { x: 1, y: 10, series: 'a' },
    { x: 10, y: 1000, series: 'b' },
    { x: 100, y: 100, series: 'a', label: 'far' },
    { x: 0, y: 5, series: 'a' },
  ];
  const text = scatterPlot({
    title: 'Design space',
    xLabel: 'power (W)',
    yLabel: 'frames (1/s)',
    xScale: 'log',
    yScale: 'log',
    points,
    front: [points[0]!, points[1]!],
    marked: [{ x: 10, y: 1000, label: 'the paper' }],
  });
  const root = parseSvg(text);
  /** Circles, or other symbols by their shift. */
  const markers = (name: string) =>
    all(root, `g[aria-description="${name}"] > *`).map((mark): [number, number] => {
      const shift = mark.getAttribute('transform')?.match(/translate\(([-\d.]+),([-\d.]+)\)/);
      return shift ? [Number(shift[1]), Number(shift[2])] : [attribute(mark, 'cx'), attribute(mark, 'cy')];
    });

  it('places points on logarithmic axes and leaves out what these cannot show', () => {
    expect(text).not.toMatch(UNPLACED);
    const places = markers('points').sort(([a], [b]) => a - b);
    expect(places).toHaveLength(3);
    const [[x1, y1], [x10, y1000], [x100, y100]] = places as [[number, number], [number, number], [number, number]];
    // Decades are equally long; more is right and up.
    expect(x10! - x1!).toBeCloseTo(x100! - x10!, 6);
    expect(x10!).toBeGreaterThan(x1!);
    expect(y1! - y100!).toBeCloseTo(y100! - y1000!, 6);
    expect(y1!).toBeGreaterThan(y100!);
  });

  it('marks a point where it is, and joins the front', () => {
    const second = markers('points').sort(([a], [b]) => a - b)[1]!;
    expect(markers('marked')[0]).toBeAllclose(second);
    const line = all(root, 'g[aria-description=front] path')[0]!.getAttribute('d')!;
    expect(line.match(/[ML]/g)).toEqual(['M', 'L']);
  });

  it('names axes, series, front and labelled points', () => {
    expect(texts(root)).toEqual(
      expect.arrayContaining(['power (W)', 'frames (1/s)', 'a', 'b', 'Pareto front', 'far', 'the paper']),
    );
  });

  it('survives a single point, equal points and none', () => {
    for (const few of [
      [],
      [{ x: 2, y: 0 }],
      [
        { x: 2, y: 3 },
        { x: 2, y: 3 },
      ],
    ]) {
      const drawn = scatterPlot({ title: 't', xLabel: 'x', yLabel: 'y', points: few });
      expect(drawn).not.toMatch(UNPLACED);
      expect(all(parseSvg(drawn), 'g[aria-description=points] circle')).toHaveLength(few.length);
    }
  });
});
