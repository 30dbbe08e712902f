/** Pages of experiments: what they show stands in them, their figures are there, and nothing changes from run to run. */
import { describe, expect, it } from 'vitest';
import { experimentIndex, experimentPage } from '../../../src/report/experiments/pages.js';
import { sweepSummary } from '../../experiments/ready/summaries.js';

const results = async (createdAt: string) => {
  const dated = async (name: string) => {
    const summary = await sweepSummary(name);
    return { ...summary, manifest: { ...summary.manifest, createdAt } };
  };
  return {
    name: 'resonance-errors',
    mnist: await dated('resonance-errors'),
    cifar10: await dated('cifar10-resonance-errors'),
  };
};

describe('a page of an experiment', () => {
  it('has both parts, what they show before their figures, and figures that are there', async () => {
    const { markdown, figures } = experimentPage(await results('2026-01-01T00:00:00.000Z'));
    expect(markdown.match(/^# .+$/gm)).toEqual(['# Resonance error that trimming leaves, and quality factor']);
    expect(markdown.match(/^## .+$/gm)).toContain(
      '## Resonance error that trimming leaves, and quality factor, CIFAR-10',
    );
    const shown = markdown.indexOf('more than 1 point is lost');
    expect(shown).toBeGreaterThan(markdown.indexOf('CrossLight'));
    expect(shown).toBeLessThan(markdown.indexOf('!['));
    const linked = [...markdown.matchAll(/!\[[^\]]*\]\(figures\/([^)]+)\)/g)].map((match) => match[1]);
    expect(linked).toEqual(figures.map(({ file }) => file));
    expect(linked.length).toBeGreaterThan(3);
    for (const { svg } of figures) expect(svg).toMatch(/^<svg/);
  });

  it('is the same whenever it is made', async () => {
    const first = experimentPage(await results('2026-01-01T00:00:00.000Z'));
    expect(experimentPage(await results('2027-02-02T00:00:00.000Z'))).toEqual(first);
  });

  it('is listed with its headlines', async () => {
    const index = experimentIndex([await results('2026-01-01T00:00:00.000Z')]);
    expect(index).toContain(
      '| [Resonance error that trimming leaves, and quality factor](resonance-errors.md) | more than 1 point is lost, of residuals, ',
    );
    expect(index).toMatch(/from \d+ trials at \d+ points/);
  });
});
