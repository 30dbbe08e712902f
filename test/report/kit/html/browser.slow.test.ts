/** Reports as a reader sees them: in a browser, light and dark, wide and narrow, with and without script. */
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResult } from '../../../../src/experiments/result/readResult.js';
import { DARK_FIGURE_PROPERTIES, FIGURE_PROPERTIES } from '../../../../src/report/kit/figures/themed.js';
import { resultReport, sweepReport } from '../../../../src/report/page/buildReport.js';
import { CHROMIUM, type StartedChromium, startChromium } from '../../../helpers/chromium.js';
import { temporaryFolder } from '../../../helpers/folder.js';
import { resultJson } from '../../results.js';
import { axis, BITS, CROSSTALK, FIDELITY, HARDWARE, hypercube, QUALITY, summaryOf } from '../../sweep/summaries.js';

type Scheme = 'light' | 'dark';
const PROPERTIES = { light: FIGURE_PROPERTIES, dark: DARK_FIGURE_PROPERTIES };

const SWEEPS = [
  summaryOf({ name: 'line', title: 'One parameter', axes: [QUALITY], trials: 5, description: 'One *axis*.' }),
  summaryOf({ name: 'grid', title: 'Two parameters', axes: [QUALITY, BITS], missing: [3] }),
  summaryOf({ name: 'facets', axes: [QUALITY, BITS, CROSSTALK], trials: 2 }),
  summaryOf({ name: 'names', axes: [HARDWARE], trials: 4 }),
  summaryOf({ name: 'fidelities', axes: [FIDELITY, BITS] }),
  // More ticks than fit, and names too long to stand side by side.
  summaryOf({
    name: 'ticks',
    axes: [
      axis(
        'adc.latency_ns',
        'latency of the ADC (ns)',
        'log',
        Array.from({ length: 20 }, (_, i) => 10_000 + 500 * i),
      ),
    ],
  }),
  summaryOf({
    name: 'many-names',
    axes: [
      QUALITY,
      axis(
        'hardware',
        'hardware',
        'categories',
        Array.from({ length: 14 }, (_, i) => `a long board name ${i}`),
      ),
    ],
  }),
  hypercube(120),
];

interface Opened {
  readonly page: Page;
  /** What the page wrote to the console, threw, or asked of the network. */
  readonly trouble: string[];
}

/** Texts of a figure that touch another, or leave it. */
function textTrouble(): string[] {
  const shorter = (text: SVGTextElement) => `'${text.textContent?.slice(0, 40)}'`;
  return [...document.querySelectorAll('.plot > svg')].flatMap((svg) => {
    const frame = svg.getBoundingClientRect();
    const name = svg.closest('figure')!.id;
    // What is turned has a box larger than itself; its neighbours are told apart by the distance of their ends.
    const isTurned = (text: SVGTextElement) => /rotate\(-40/.test(text.getAttribute('transform') ?? '');
    const boxes = [...svg.querySelectorAll('text')]
      .filter((text) => text.textContent?.trim())
      .map((text) => ({ text, box: text.getBoundingClientRect() }));
    const outside = boxes
      .filter(
        ({ box }) =>
          box.left < frame.left - 0.5 ||
          box.right > frame.right + 0.5 ||
          box.top < frame.top - 0.5 ||
          box.bottom > frame.bottom + 0.5,
      )
      .map(({ text }) => `${name}: ${shorter(text)} leaves the figure`);
    const upright = boxes.filter(({ text }) => !isTurned(text));
    const touching = upright.flatMap(({ text, box }, i) =>
      upright
        .slice(i + 1)
        .filter(
          ({ box: other }) =>
            Math.min(box.right, other.right) - Math.max(box.left, other.left) > 0.5 &&
            Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 2.5,
        )
        .map((other) => `${name}: ${shorter(text)} touches ${shorter(other.text)}`),
    );
    return [...outside, ...touching];
  });
}

describe.skipIf(CHROMIUM === null)('reports in a browser', () => {
  const folder = temporaryFolder();
  let browser: StartedChromium;
  let [sweeps, results] = ['', ''];

  beforeAll(async () => {
    const made = await sweepReport(SWEEPS, { store: 'trials', title: 'Sweeps <b>of</b> a test' });
    sweeps = pathToFileURL(await folder.file('sweeps.html', made.html)).href;
    const one = parseResult(await resultJson({ chips: 4 }), 'one.json');
    const two = parseResult(await resultJson({}, ['adc.bits=6']), 'two.json');
    const both = await resultReport([
      { file: 'one.json', result: one },
      { file: 'two.json', result: two },
    ]);
    results = pathToFileURL(await folder.file('results.html', both.html)).href;
    browser = await startChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function open(url: string, width = 1280, scheme: Scheme = 'light'): Promise<Opened> {
    const page = await browser.context.newPage();
    const trouble: string[] = [];
    page.on('console', (message) => trouble.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== url && !request.url().startsWith('data:')) trouble.push(`request: ${request.url()}`);
    });
    await page.emulateMedia({ colorScheme: scheme });
    await page.setViewportSize({ width, height: 900 });
    await page.goto(url);
    return { page, trouble };
  }

  // A page takes seconds to open, and a moment to change its style.
  for (const width of [1280, 400]) {
    it(`${width} pixels wide: no error, no request, texts apart, nothing wider than the page in either style`, async () => {
      for (const url of [sweeps, results]) {
        const { page, trouble } = await open(url, width, 'dark');
        expect(await page.evaluate(textTrouble)).toEqual([]);
        await page.evaluate(() => {
          for (const folded of document.querySelectorAll('details')) folded.open = true;
        });
        for (const colorScheme of ['dark', 'light'] as const) {
          await page.emulateMedia({ colorScheme });
          const [content, window] = await page.evaluate(() => [
            document.documentElement.scrollWidth,
            document.documentElement.clientWidth,
          ]);
          expect(content).toBeLessThanOrEqual(window!);
        }
        expect(trouble).toEqual([]);
        await page.close();
      }
    });
  }

  describe.each(['light', 'dark'] as const)('%s', (scheme) => {
    let page: Page;
    beforeAll(async () => {
      ({ page } = await open(sweeps, 1280, scheme));
    });
    afterAll(() => page?.close());

    it("points stand at their values, in the style's colours", async () => {
      const figure = page.locator('figure[id^="figure-line_accuracy"]');
      await figure.scrollIntoViewIfNeeded();
      const places = await figure.evaluate((element) => {
        const middle = (child: Element) => {
          const { x, y, width, height } = child.getBoundingClientRect();
          return { x: x + width / 2, y: y + height / 2 };
        };
        const plot = element.querySelector('.plot > svg svg')!;
        return {
          dots: [...plot.querySelectorAll('g[aria-label="dot"]:not([aria-description]) circle')].map(middle),
          // Ticks of the y axis: text and place.
          ticks: [...plot.querySelectorAll('g[aria-label="y-axis tick label"] text')].map((text) => ({
            value: Number(text.textContent),
            ...middle(text),
          })),
        };
      });
      const summary = SWEEPS[0]!;
      expect(places.dots).toHaveLength(summary.points.length);
      const [low, high] = [places.ticks[0]!, places.ticks.at(-1)!];
      const perUnit = (high.y - low.y) / (high.value - low.value);
      places.dots.forEach(({ y }, i) => {
        const expected = low.y + (summary.points[i]!.accuracy * 100 - low.value) * perUnit;
        expect(Math.abs(y - expected)).toBeLessThan(1.5);
      });
      const gaps = places.dots.slice(1).map(({ x }, i) => x - places.dots[i]!.x);
      // Quality factors double from point to point, so on their logarithmic axis they are evenly spaced.
      for (const gap of gaps) expect(Math.abs(gap - gaps[0]!)).toBeLessThan(0.5);

      const { data, info } = await sharp(await page.screenshot())
        .removeAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      const colourAt = (x: number, y: number) => [
        ...data.subarray(
          (Math.round(y) * info.width + Math.round(x)) * 3,
          (Math.round(y) * info.width + Math.round(x)) * 3 + 3,
        ),
      ];
      const rgb = (hex: string) =>
        hex === 'white' ? [255, 255, 255] : [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
      for (const { x, y } of places.dots) {
        expect(colourAt(x, y)).toBeAllclose(rgb(PROPERTIES[scheme]['--figure-series-0']!), { atol: 3 });
      }
      const { x, y } = places.dots[0]!;
      expect(colourAt(x + 12, y - 40)).toBeAllclose(rgb(PROPERTIES[scheme]['--figure-paper']!), { atol: 3 });
    });

    it('texts stand out from what is behind them', async () => {
      const ratios = await page.evaluate(() => {
        const channels = (colour: string) =>
          colour
            .match(/[\d.]+/g)!
            .slice(0, 3)
            .map(Number);
        const luminance = (colour: string) => {
          const [r, g, b] = channels(colour).map((c) =>
            c <= 10.31 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4,
          );
          return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
        };
        const ratio = (a: string, b: string) => {
          const [high, low] = [luminance(a), luminance(b)].sort((p, q) => q - p);
          return (high! + 0.05) / (low! + 0.05);
        };
        const styleOf = (selector: string) => getComputedStyle(document.querySelector(selector)!);
        const page = styleOf('body').backgroundColor;
        const paper = styleOf('figure').backgroundColor;
        return {
          text: ratio(styleOf('body').color, page),
          link: ratio(styleOf('nav a').color, page),
          term: ratio(styleOf('dt').color, page),
          tick: ratio(styleOf('.plot svg g[aria-label="x-axis tick label"] text').fill, paper),
          caption: ratio(styleOf('figcaption').color, paper),
          warning: ratio(styleOf('.warnings').color, styleOf('.warnings').backgroundColor),
        };
      });
      // WCAG 2, level AA.
      for (const [what, ratio] of Object.entries(ratios)) expect([what, ratio > 4.5]).toEqual([what, true]);
    });

    it('a point says what it is where the pointer rests', async () => {
      const title = await page
        .locator('figure[id^="figure-line_accuracy"] g[aria-label="dot"] circle title')
        .first()
        .textContent();
      expect(title).toMatch(/^quality factor 2000: accuracy [\d.]+ % \([\d.]+ % to [\d.]+ %\)$/);
    });
  });

  it('the button changes the style, and the choice is kept', async () => {
    const { page, trouble } = await open(results, 1280, 'light');
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.getByRole('button', { name: 'Dark style' }).click();
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.reload();
    expect(await paper()).toBe(dark);
    await page.getByRole('button', { name: 'Light style' }).click();
    expect(await paper()).toBe(light);
    expect(trouble).toEqual([]);
    await page.close();
  });

  it('dark style prints as light', async () => {
    const { page } = await open(results, 1280, 'dark');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(paper).toBe('rgb(255, 255, 255)');
    expect(await page.locator('button').isVisible()).toBe(false);
    await page.close();
  });

  it('can be read without script', async () => {
    const plain = await startChromium({ javaScriptEnabled: false });
    try {
      const page = await plain.context.newPage();
      await page.goto(sweeps);
      expect(await page.locator('figure .plot > svg').first().isVisible()).toBe(true);
      expect(await page.locator('button').count()).toBe(0);
      expect(await page.locator('h1').textContent()).toBe('Sweeps <b>of</b> a test');
      const numbers = page.locator('details', { hasText: 'Numbers' }).first();
      await numbers.locator('summary').click();
      expect(await numbers.locator('table').isVisible()).toBe(true);
      expect(await page.locator('figure').first().getByText('SVG', { exact: true }).getAttribute('download')).toMatch(
        /\.svg$/,
      );
    } finally {
      await plain.close();
    }
  });

  it('saves the files that its links name', async () => {
    const { page } = await open(results);
    for (const kind of ['SVG', 'PNG', 'CSV']) {
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.locator('figure').first().getByText(kind, { exact: true }).click(),
      ]);
      expect(download.suggestedFilename()).toBe(`results_accuracy.${kind.toLowerCase()}`);
    }
    await page.close();
  });
});
