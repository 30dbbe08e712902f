import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { sweepReport } from '../../../../src/report/page/buildReport.js';
import { BITS, CROSSTALK, hypercube, QUALITY, summaryOf } from '../../sweep/summaries.js';

const documentOf = (html: string) => parseHTML(html).document;
const HOSTILE = `</script><script>alert(1)</script> "'><img src=x onerror=alert(1)> \u0000\u0007\u202e & $& %3C`;

describe('sweepReport', () => {
  it('has for every figure its picture, files, numbers and command', async () => {
    const summary = summaryOf({ name: 'rings', title: 'Rings', axes: [QUALITY, BITS], trials: 3 });
    const { html, figures } = await sweepReport([summary], { store: 'my trials' });
    const document = documentOf(html);
    const shown = [...document.querySelectorAll('figure')];
    expect(shown.map((figure) => figure.id)).toEqual(figures.map(({ name }) => `figure-${name}`));
    expect(figures.map(({ title }) => title)).toEqual([
      'Accuracy over quality factor and ADC bits',
      'Accuracy against quality factor',
      'Accuracy against energy an image',
      'Error of each layer against quality factor',
      'Accuracy of every chip',
    ]);
    for (const [i, figure] of shown.entries()) {
      const [svg, png, csv] = [...figure.querySelectorAll('a.download')].map((link) => link.getAttribute('href')!);
      expect(Buffer.from(svg!.split(',')[1]!, 'base64').toString()).toBe(figures[i]!.svg);
      expect(Buffer.from(png!.split(',')[1]!, 'base64').subarray(1, 4).toString()).toBe('PNG');
      const lines = Buffer.from(csv!.split(',')[1]!, 'base64').toString().trimEnd().split('\r\n');
      expect(lines).toHaveLength(figures[i]!.data.rows.length + 1);
      expect(figure.querySelectorAll('tbody tr')).toHaveLength(figures[i]!.data.rows.length);
      expect(figure.querySelector('svg')!.getAttribute('aria-label')).toContain(figures[i]!.title);
      const command = figure.querySelector('pre')!.textContent!;
      expect(command).toContain('sonic sweep run rings.yaml\n');
      expect(command).toContain(`sonic report 'my trials' --sweep rings --figures figures   # ${figures[i]!.name}.svg`);
    }
  });

  it('numbers of a figure are those of the summary, in full', async () => {
    const summary = summaryOf({ axes: [QUALITY], trials: 3 });
    const { figures } = await sweepReport([summary], { store: 's' });
    expect(figures[0]!.data.columns).toEqual([
      'point',
      'microring.qualityFactor',
      'trials',
      'images',
      'accuracy',
      'accuracy_low95',
      'accuracy_high95',
    ]);
    expect(figures[0]!.data.rows).toEqual(
      summary.points.map((p) => [p.index, p.values[QUALITY.name], 3, 1000, p.accuracy, ...p.interval95]),
    );
  });

  it('names what is missing, what varies and what differs from the preset', async () => {
    const summary = summaryOf({ axes: [QUALITY, CROSSTALK], missing: [0, 3] });
    const document = documentOf((await sweepReport([summary], { store: 's' })).html);
    expect(document.querySelector('.warnings')!.textContent).toContain('2 of 10 points are not finished');
    const rows = [...document.querySelectorAll('table')]
      .find((table) => table.querySelector('caption')?.textContent?.includes('differs from preset sonic'))!
      .querySelectorAll('tbody tr');
    const text = [...rows].map((row) => [...row.querySelectorAll('td')].slice(0, 3).map((cell) => cell.textContent));
    expect(text).toEqual([
      ['adc.bits', '12', '16'],
      // 62 mW halved four times.
      ['adc.power_mW', '3.875', '62'],
      ['microring.qualityFactor', 'varies: 2000, 4000, 8000, 16000, 32000', '8000'],
      ['effects.thermalCrosstalk', 'varies: true, false', 'true'],
    ]);
  });

  it('names from files stay text, and nothing is loaded from elsewhere', async () => {
    const axis = { ...CROSSTALK, name: HOSTILE, label: HOSTILE, values: [HOSTILE, 'plain'] };
    const summary = summaryOf({
      name: HOSTILE,
      title: HOSTILE,
      description: `${HOSTILE}\n\n[a](javascript:alert(1)) ![b](http://example.org/x.png) <b>c</b>\n\n[d](https://example.org)`,
      axes: [QUALITY, axis],
      layers: [HOSTILE],
      trials: 2,
    });
    const { html, figures } = await sweepReport([summary], { store: HOSTILE, title: HOSTILE });
    const document = documentOf(html);
    expect(document.querySelectorAll('script')).toHaveLength(1);
    expect(document.querySelectorAll('img, iframe, object, embed, b, [onerror]')).toHaveLength(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there.
    expect(html).not.toMatch(/[\u0000\u0007\u202e]/);
    // What would be an image is a link, which loads nothing until it is followed.
    const addresses = [...document.querySelectorAll('[href], [src]')].map(
      (element) => element.getAttribute('href') ?? element.getAttribute('src')!,
    );
    for (const address of addresses)
      expect(address).toMatch(/^(data:|#[a-z0-9-]+$|https:\/\/example\.org$|http:\/\/example\.org\/x\.png$)/);
    for (const { name, svg } of figures) {
      expect(name).toMatch(/^[a-z0-9-]+_[a-z0-9-]+$/);
      expect(svg).not.toContain('<script');
      expect(svg).not.toContain('<img');
    }
    expect(document.title).toContain(`alert(1)</script> "'>`);
  });

  it('is the same for the same sweep', async () => {
    const make = async () => (await sweepReport([summaryOf({ axes: [QUALITY, BITS] })], { store: 's' })).html;
    expect(await make()).toBe(await make());
  });

  it('lists sweeps, and anchors are unique even where names are not', async () => {
    const [a, b] = [summaryOf({ name: 'A b', axes: [QUALITY] }), summaryOf({ name: 'a-B', axes: [QUALITY] })];
    const document = documentOf((await sweepReport([a, b], { store: 's' })).html);
    const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect([...document.querySelectorAll('nav a')].map((link) => link.getAttribute('href'))).toEqual([
      '#a-b',
      '#a-b-2',
    ]);
  });

  it('a sweep without a finished point, or with a single one, has a page too', async () => {
    const none = summaryOf({ axes: [QUALITY], missing: [0, 1, 2, 3, 4] });
    expect((await sweepReport([none], { store: 's' })).html).toContain('5 of 5 points are not finished');
    const single = await sweepReport([summaryOf({ axes: [] })], { store: 's' });
    expect(single.figures.map(({ title }) => title)).toEqual(['Error of each layer']);
  });

  it('stays below 3 MB for hundreds of drawn points', async () => {
    const { html } = await sweepReport([hypercube(300)], { store: 's' });
    expect(html.length).toBeLessThan(3e6);
  });
});
