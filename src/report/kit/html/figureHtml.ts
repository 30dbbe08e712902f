/** A figure in a page: picture, caption, files for papers, numbers, and how to make it again. */

import { themedSvg } from '../figures/themed.js';
import { pngOf } from '../figures/writeFigure.js';
import { csvOf, type ReportFigure } from '../reportFigure.js';
import { code, dataTable, details, download, text } from './html.js';

/** Share of its width below which a figure scrolls instead of shrinking: its texts would be too small. */
const LEAST_SHARE = 0.75;

function widthOf(svg: string): number {
  return Number(/^<svg[^>]* width="([\d.]+)"/.exec(svg)?.[1] ?? 600);
}

/** @param commands what computes the numbers, and what draws them. */
export async function figureHtml(figure: ReportFigure, commands: string): Promise<string> {
  const { name, title, caption, svg, data } = figure;
  const png = await pngOf(svg);
  return `<figure id="figure-${name}">
<div class="plot" tabindex="0" style="--least-width:${Math.round(widthOf(svg) * LEAST_SHARE)}px">${themedSvg(svg, name, text(`${title}. ${caption}`))}</div>
<figcaption>${text(caption)}</figcaption>
<p class="links">${download('SVG', `${name}.svg`, svg, 'image/svg+xml')}${download('PNG', `${name}.png`, png, 'image/png')}${download('CSV', `${name}.csv`, csvOf(data), 'text/csv;charset=utf-8')}</p>
${details('Numbers', dataTable(data))}
${details('Command that makes this figure', code(commands))}
</figure>`;
}
