import { parseHTML } from 'linkedom';
import MarkdownIt from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { drawSweepFigures } from '../../../src/report/sweep/drawFigures.js';
import { renderSweepMarkdown } from '../../../src/report/sweep/sweepMarkdown.js';
import { BITS, QUALITY, summaryOf } from './summaries.js';

/** As a page shows it, raw HTML included. */
function documentOf(markdown: string) {
  const html = new MarkdownIt({ html: true }).render(markdown);
  return parseHTML(`<!doctype html><html><body>${html}</body></html>`).document;
}

describe('renderSweepMarkdown', () => {
  const summary = summaryOf({
    name: 'rings',
    title: 'Rings',
    description: 'What *Q* does.\n\nSecond.',
    axes: [QUALITY, BITS],
    trials: 4,
    missing: [2],
  });
  const document = documentOf(renderSweepMarkdown(summary, { figuresFolder: 'figures/' }));

  it('has title, description, command, figures, points and settings', () => {
    expect(document.querySelector('h1')!.textContent).toBe('Rings');
    expect(document.querySelector('em')!.textContent).toBe('Q');
    expect(document.querySelector('pre')!.textContent).toBe('sonic sweep run rings.yaml\n');
    expect([...document.querySelectorAll('img')].map((image) => image.getAttribute('src'))).toEqual(
      drawSweepFigures(summary).figures.map(({ name }) => `figures/${name}.svg`),
    );
    const [, points, settings, varied] = [...document.querySelectorAll('table')];
    expect(points!.querySelectorAll('tbody tr')).toHaveLength(summary.points.length);
    expect(settings!.textContent).toContain('mnist test, 1,000 images');
    const rows = [...varied!.querySelectorAll('tbody tr')].map((row) => row.textContent!.split('\n').filter(Boolean));
    expect(rows).toEqual([
      ['microring.qualityFactor', '2000, 4000, 8000, 16000, 32000'],
      ['adc.bits', '4, 6, 8, 10, 12'],
    ]);
    const text = document.body.textContent!;
    expect(text).toContain('Every point was run on 1,000 images with 4 chips. Intervals are 95 %');
    expect(text).toContain('1 of 25 points are not finished');
  });

  it('names stay text', () => {
    const name = 'a | b <img src=x> `c` [d](http://e) *f* & \\';
    const axis = { ...BITS, label: name };
    const hostile = documentOf(
      renderSweepMarkdown(summaryOf({ name, title: name, axes: [axis] }), { figuresFolder: 'f' }),
    );
    expect(hostile.querySelector('h1')!.textContent).toBe(name);
    expect([...hostile.querySelectorAll('img')].map((image) => image.getAttribute('src')!)).toSatisfy((all: string[]) =>
      all.every((source) => /^f\/[a-z0-9_-]+\.svg$/.test(source)),
    );
    expect(hostile.querySelectorAll('a')).toHaveLength(0);
    expect(hostile.querySelectorAll('table')[1]!.querySelector('th')!.textContent).toBe(name);
  });
});
