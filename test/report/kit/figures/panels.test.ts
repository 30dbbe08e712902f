/** What reports need of figures beyond lines and points: intervals, markers, strips, texts that make room, page colours. */
import { describe, expect, it } from 'vitest';
import { COLOURS, GRID, INK, MUTED } from '../../../../src/report/kit/figures/figureStyle.js';
import { renderFigure, textWidth, wrapped } from '../../../../src/report/kit/figures/frame.js';
import { heatPanel } from '../../../../src/report/kit/figures/heatPanel.js';
import { placeLabels } from '../../../../src/report/kit/figures/labels.js';
import { linePanel } from '../../../../src/report/kit/figures/linePanel.js';
import { scatterPlot } from '../../../../src/report/kit/figures/scatterPlot.js';
import { stripPanel } from '../../../../src/report/kit/figures/stripPanel.js';
import { DARK_FIGURE_PROPERTIES, FIGURE_PROPERTIES, themedSvg } from '../../../../src/report/kit/figures/themed.js';
import { bottomTicks } from '../../../../src/report/kit/figures/ticks.js';
import { all, attribute, parseSvg, texts, UNPLACED } from './svg.js';

const drawn = (...panels: Parameters<typeof renderFigure>[0]['panels']) => renderFigure({ title: 't', panels });
const line = {
  label: 'a',
  x: [1, 2, 4],
  y: [10, 20, 30],
  low: [5, 15, 20],
  high: [15, 30, 35],
  points: 'also',
  symbol: 'circle',
} as const;

describe('linePanel', () => {
  const panel = { title: '', xLabel: 'x', yLabel: 'y', lines: [line] };

  it('draws each interval from its low to its high end, through its point', () => {
    const root = parseSvg(drawn(linePanel(panel)));
    const bars = all(root, 'g[aria-description=interval] line');
    const dots = all(root, 'g[aria-label=dot] circle');
    expect([bars.length, dots.length]).toEqual([3, 3]);
    const [y0, y1] = [attribute(dots[0]!, 'cy'), attribute(dots[1]!, 'cy')];
    const perUnit = (y1 - y0) / 10;
    bars.forEach((bar, i) => {
      expect(attribute(bar, 'x1')).toBeCloseTo(attribute(dots[i]!, 'cx'), 6);
      const ends = [attribute(bar, 'y1'), attribute(bar, 'y2')].sort((a, b) => b - a);
      expect(ends).toBeAllclose(
        [line.low[i]!, line.high[i]!].map((value) => y0 + (value - 10) * perUnit),
        { atol: 1e-6 },
      );
    });
    expect(all(root, 'g[aria-description="interval end"] path')).toHaveLength(6);
  });

  it('draws a band instead, leaves out intervals that are not finite, and says what a point is', () => {
    const band = linePanel({ ...panel, lines: [{ ...line, interval: 'band', hints: ['one', 'two', 'three'] }] });
    const root = parseSvg(drawn(band));
    expect(all(root, 'g[aria-label=area]')).toHaveLength(1);
    expect(all(root, 'g[aria-label=dot] title').map(({ textContent }) => textContent)).toEqual(['one', 'two', 'three']);
    const gaps = drawn(linePanel({ ...panel, lines: [{ ...line, low: [Number.NaN, 15, 20] }] }));
    expect(gaps).not.toMatch(UNPLACED);
    expect(all(parseSvg(gaps), 'g[aria-description=interval] line')).toHaveLength(2);
  });

  it('has a marker for every series, the same in plot and legend', () => {
    const symbols = ['square', 'triangle', 'diamond', 'down', 'plus', 'cross'] as const;
    const lines = symbols.map((symbol) => ({ ...line, label: symbol, symbol }));
    const root = parseSvg(drawn(linePanel({ ...panel, lines })));
    const legend = all(root, 'g[aria-label=legend] polygon');
    expect(legend).toHaveLength(6);
    const corners = (text: string) => (text.match(/[ML]|,/g) ?? []).length;
    const inPlot = all(root, 'g[aria-label=dot]:not([aria-description]) path:first-child');
    expect(inPlot.map((path) => path.getAttribute('d')!.match(/[ML]/g)!.length)).toEqual(
      legend.map((polygon) => corners(polygon.getAttribute('points')!)),
    );
  });

  it('is the same bytes for the same data, although Plot counts its clip paths', () => {
    expect(drawn(linePanel(panel), linePanel(panel))).toBe(drawn(linePanel(panel), linePanel(panel)));
  });
});

describe('scatterPlot', () => {
  it('joins the front by steps: y holds until the next x', () => {
    const points = [
      { x: 1, y: 1 },
      { x: 2, y: 3 },
    ];
    const chart = { title: 't', xLabel: 'x', yLabel: 'y', points, front: points };
    const path = (steps: 'step-after' | 'step-before') =>
      all(parseSvg(scatterPlot({ ...chart, frontSteps: steps })), 'g[aria-description=front] path')[0]!
        .getAttribute('d')!
        .match(/-?[\d.]+/g)!
        .map(Number);
    const [x1, y1, cornerX, cornerY] = path('step-after');
    expect([cornerX! > x1!, cornerY]).toEqual([true, y1]);
    const [left, , sameX] = path('step-before');
    expect(sameX).toBe(left);
  });
});

describe('heatPanel', () => {
  const chart = {
    title: '',
    xLabel: 'x',
    yLabel: 'y',
    columns: ['1', '2'],
    rows: ['b', 'a'],
    values: [
      [0, 1],
      [null, 0.5],
    ],
    domain: [0, 1] as const,
  };

  it('has a dash where there is no value, and colours that the legend explains', () => {
    const root = parseSvg(drawn(heatPanel({ ...chart, showEmpty: true, legend: [0, 1] })));
    expect(all(root, 'g[aria-label=cell] rect')).toHaveLength(3);
    expect(all(root, 'g[aria-description=empty] text').map(({ textContent }) => textContent)).toEqual(['–']);
    const cells = all(root, 'g[aria-label=cell] rect').map((cell) => cell.getAttribute('fill'));
    const legend = all(root, 'g[aria-label=legend] rect').map((cell) => cell.getAttribute('fill'));
    expect(legend).toEqual([cells[0], cells[1]]);
  });
});

describe('stripPanel', () => {
  const strips = [
    { label: 'one', values: [1, 1, 1, 3], mean: 1.5, interval: [1, 2] as const },
    { label: 'two', values: [2], mean: 2, interval: null },
  ];
  const root = parseSvg(drawn(stripPanel({ title: '', xLabel: 'x', strips })));

  it('has a dot a value, equal ones apart, and a mean with its interval where there are several', () => {
    const dots = all(root, 'g[aria-description=dots] circle').map((dot) => [
      attribute(dot, 'cx'),
      attribute(dot, 'cy'),
    ]);
    expect(dots).toHaveLength(5);
    expect(new Set(dots.map(String)).size).toBe(5);
    const [one, , , three, two] = dots.map(([x]) => x!);
    expect(two! - one!).toBeCloseTo(three! - two!, 6);
    const ends = (name: string) =>
      all(root, `g[aria-description=${name}] path`).map((path) =>
        path
          .getAttribute('d')!
          .match(/-?[\d.]+/g)!
          .map(Number),
      );
    const [mean] = ends('mean');
    expect(ends('mean')).toHaveLength(1);
    // Paths have three decimals.
    expect(mean![0]!).toBeCloseTo(one! + (two! - one!) / 2, 2);
    const [interval] = ends('interval');
    expect([interval![0]!, interval![2]!]).toBeAllclose([one!, two!], { atol: 1e-3 });
  });

  it('survives equal values and none', () => {
    for (const values of [[], [0.5, 0.5]]) {
      const svg = drawn(stripPanel({ title: '', xLabel: 'x', strips: [{ label: 'l', values, mean: 0.5 }] }));
      expect(svg).not.toMatch(UNPLACED);
    }
  });
});

describe('bottomTicks', () => {
  const ticks = (labels: readonly string[]) => labels.map((label, at) => ({ at, label }));

  it('keeps all that fit, thins numbers, turns names', () => {
    const few = bottomTicks(ticks(['1', '2', '3']), [0, 2], 'linear', 560);
    expect([few.ticks.length, few.rotation, few.extraHeight]).toEqual([3, {}, 0]);
    const many = bottomTicks(ticks(Array.from({ length: 60 }, (_, i) => String(10_000 + i))), [0, 59], 'linear', 560);
    expect(many.ticks.length).toBeLessThan(20);
    const place = (at: number) => (at / 59) * (560 - 92);
    for (const [i, tick] of many.ticks.slice(1).entries()) {
      expect(place(tick.at) - place(many.ticks[i]!.at)).toBeGreaterThan(textWidth(tick.label));
    }
    const names = bottomTicks(
      ticks(Array.from({ length: 8 }, (_, i) => `a name of some length ${i}`)),
      [0, 7],
      'linear',
      560,
    );
    expect([names.ticks.length, names.rotation.tickRotate! < 0, names.extraHeight > 0]).toEqual([8, true, true]);
  });
});

describe('placeLabels', () => {
  it('texts keep off each other, off the points and inside the plot', () => {
    const wanted = Array.from({ length: 30 }, (_, i) => ({
      text: `label ${i}`,
      left: (i * 37) % 300,
      top: (i * 53) % 200,
      least: 4,
    }));
    const placed = placeLabels(wanted, 300, 200);
    expect(placed.length).toBeGreaterThan(3);
    const boxes = placed.map(({ text, left, top, dx, dy, anchor }) => {
      const width = textWidth(text, 11);
      const start = left + dx - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2);
      return { left: start, right: start + width, top: top + dy - 6, bottom: top + dy + 6 };
    });
    boxes.forEach((a, i) => {
      expect(a.left >= 0 && a.right <= 300 && a.top >= 0 && a.bottom <= 200).toBe(true);
      for (const b of boxes.slice(i + 1)) {
        expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
      }
      for (const point of wanted) {
        expect(point.left > a.left && point.left < a.right && point.top > a.top && point.top < a.bottom).toBe(false);
      }
    });
  });

  it('the first wanted is the first placed', () => {
    const same = { text: 'x'.repeat(30), left: 50, top: 20, least: 4 };
    expect(
      placeLabels(
        [
          { ...same, id: 1 },
          { ...same, id: 2 },
        ],
        260,
        30,
      ).map(({ id }) => id),
    ).toEqual([1]);
  });
});

describe('wrapped', () => {
  it('breaks at spaces, cuts what no line holds, keeps what fits', () => {
    expect(wrapped('short', 300, 12)).toEqual(['short']);
    const lines = wrapped(`many words in a title ${'x'.repeat(100)} end`, 150, 12);
    for (const text of lines) expect(textWidth(text)).toBeLessThanOrEqual(150);
    expect(lines.join(' ')).toMatch(/^many words in a title x+… end$/);
  });
});

describe('themedSvg', () => {
  const svg = drawn(linePanel({ title: '', xLabel: 'fill="#222222"', yLabel: 'y', lines: [line] }));

  it('gives every colour of the palette to the page, with the standalone one to fall back on', () => {
    const themed = themedSvg(svg, 'one', 'What it shows');
    for (const colour of [INK, MUTED, GRID, COLOURS[0], 'white']) {
      expect(themed).not.toMatch(new RegExp(` (fill|stroke|color)="${colour}"`));
    }
    expect(themed).toContain(`stroke="var(--figure-series-0, ${COLOURS[0]})"`);
    expect(themed).toContain('aria-label="What it shows"');
    expect(themed).not.toMatch(/^<svg[^>]*><title>/);
  });

  it('keeps texts, and names no clip path like another figure does', () => {
    const [one, two] = [themedSvg(svg, 'one', ''), themedSvg(svg, 'two', '')];
    expect(texts(parseSvg(one))).toEqual(texts(parseSvg(svg)));
    const names = (text: string) => [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!);
    expect(names(one).length).toBeGreaterThan(0);
    expect(names(one).some((id) => names(two).includes(id))).toBe(false);
    for (const id of names(one)) expect(one).toContain(`url(#${id})`);
  });

  it('has a dark colour for every light one', () => {
    expect(Object.keys(DARK_FIGURE_PROPERTIES)).toEqual(Object.keys(FIGURE_PROPERTIES));
  });
});
