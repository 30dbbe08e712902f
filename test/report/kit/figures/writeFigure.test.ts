import { readdirSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { SonicError, UsageError } from '../../../../src/base/errors.js';
import { barChart } from '../../../../src/report/kit/figures/barChart.js';
import { figureFormat, writeFigure } from '../../../../src/report/kit/figures/writeFigure.js';
import { temporaryFolder } from '../../../helpers/folder.js';
import { attribute, parseSvg } from './svg.js';

const svg = barChart({ title: 't', xLabel: 'x', bars: [{ label: 'a', value: 1 }] });
const folder = temporaryFolder();

describe('writeFigure', () => {
  it('writes SVG as it is', async () => {
    await writeFigure(folder.path('a.svg'), svg);
    expect(readFileSync(folder.path('a.svg'), 'utf8')).toBe(svg);
  });

  it('writes PNG of twice the size, white with a blue bar', async () => {
    await writeFigure(folder.path('a.PNG'), svg);
    const { data, info } = await sharp(folder.path('a.PNG')).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const root = parseSvg(svg);
    expect([info.width, info.height]).toEqual([2 * attribute(root, 'width'), 2 * attribute(root, 'height')]);
    expect([...data.subarray(0, 3)]).toEqual([255, 255, 255]);
    let blue = 0;
    for (let i = 0; i < data.length; i += 3) if (data[i] === 0 && data[i + 1] === 0x72 && data[i + 2] === 0xb2) blue++;
    const bar = root.querySelector('g[aria-label=bar] rect') as unknown as Parameters<typeof attribute>[0];
    expect(blue / (4 * attribute(bar, 'width') * attribute(bar, 'height'))).toBeCloseTo(1, 1);
  });

  it('a page holds the figure as it is', async () => {
    await writeFigure(folder.path('a.html'), svg);
    const page = readFileSync(folder.path('a.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain(svg.slice(svg.indexOf('<svg')).trimEnd());
    expect(page).not.toContain('<?xml');
  });

  it.each(['a.pdf', 'a', 'svg', '.svg.bak'])('refuses the name %s', async (name) => {
    expect(() => figureFormat(name)).toThrow(UsageError);
    await expect(writeFigure(folder.path(name), svg)).rejects.toThrow(/end it in \.svg, \.png or \.html/);
  });

  it('leaves nothing behind where it cannot write', async () => {
    const before = readdirSync(folder.path());
    await expect(writeFigure(folder.path('missing/a.png'), svg)).rejects.toThrow(SonicError);
    expect(readdirSync(folder.path())).toEqual(before);
  });
});
