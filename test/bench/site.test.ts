/** What `npm run bench -- --site` prints; site.slow.test.ts measures. */
import { expect, it } from 'vitest';

const { renderSite } = await import(new URL('siteReport.mjs', import.meta.url).href);

const measured = {
  browser: '1.2',
  recompiled: [
    { path: 'adc.bits', wall_ms: 299.6, critical_ms: 200, processor_ms: 250, node_ms: 240 },
    { path: 'microring.qualityFactor', wall_ms: 301, critical_ms: null, processor_ms: 280, node_ms: 270 },
  ],
  ...{ images: 1000, threads: 2, rates: { lab: 81, commandLine: 100, ratio: 0.81 } },
};

it('sets each figure beside its target', () => {
  const lines: string[] = renderSite(measured).split('\n');
  const words = (name: string) => lines.find((line) => line.startsWith(name))!.split(/\s{2,}/);
  expect(words('adc.bits').map((word) => word.trim())).toEqual(['adc.bits', '300', '240', '200', '250', 'met']);
  expect(words('microring.qualityFactor').slice(3)).toEqual(['not known', '280', 'missed']);
  expect(lines.at(-2)).toContain('lab 81 images/s, command line 100 images/s, ratio 0.81 (at least 0.8: met)');
  const slower = { ...measured, rates: { lab: 79, commandLine: 100, ratio: 0.79 } };
  expect(renderSite(slower)).toContain('ratio 0.79 (at least 0.8: missed)');
});

it('says where there is no browser', () => {
  expect(renderSite({ absent: 'no Chromium here' })).toBe('not measured: no Chromium here');
});
