/**
 * What all figures share: panels drawn by Observable Plot on a document of linkedom, with title, panel titles and legends
 * around them, as one self-contained SVG (no style sheet, no script, white background), the same on every machine.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { FONT_FAMILY, INK, MUTED } from './style.js';

/** One entry of a legend. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly mark: 'line' | 'dashed' | 'dot' | 'square';
}

/** One plot of a figure. */
export interface Panel {
  /** Empty for none. */
  readonly title: string;
  readonly legend?: readonly LegendEntry[];
  /** Options of Observable Plot; size and fonts are the frame's. */
  readonly plot: Plot.PlotOptions;
  /** Pixels; default `PANEL_WIDTH` and `PANEL_HEIGHT`. */
  readonly width?: number;
  readonly height?: number;
}

export interface Figure {
  readonly title: string;
  readonly subtitle?: string;
  readonly panels: readonly Panel[];
  /** Panels side by side; default 1. */
  readonly columns?: number;
}

export const PANEL_WIDTH = 560;
export const PANEL_HEIGHT = 340;

const MARGIN = 20;
const LEGEND_LINE = 18;
const SWATCH = 22;
/** Mean width of a character over the font size: the frame cannot measure text. */
const CHARACTER = 0.58;

/** Estimated width of a text in pixels. */
export function textWidth(text: string, fontSize = 12): number {
  return [...text].length * fontSize * CHARACTER;
}

/** A text that is at most `most` characters long, cut with an ellipsis. */
export function shortened(text: string, most: number): string {
  const characters = [...text];
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
}

function textElement(x: number, y: number, size: number, text: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" font-size="${size}" ${attributes}>${escapeXml(text)}</text>`;
}

function swatch(x: number, y: number, { colour, mark }: LegendEntry): string {
  if (mark === 'dot') return `<circle cx="${x + 8}" cy="${y}" r="4" fill="${colour}"/>`;
  if (mark === 'square') return `<rect x="${x + 2}" y="${y - 6}" width="12" height="12" fill="${colour}"/>`;
  const dashes = mark === 'dashed' ? ' stroke-dasharray="4 3"' : '';
  return `<line x1="${x}" y1="${y}" x2="${x + 16}" y2="${y}" stroke="${colour}" stroke-width="2"${dashes}/>`;
}

/** Entries in lines no wider than `width`; and how many lines that takes. */
function legendSvg(entries: readonly LegendEntry[], left: number, top: number, width: number) {
  let [x, line] = [0, 0];
  const parts = entries.map((entry) => {
    const entryWidth = SWATCH + textWidth(entry.label) + 14;
    if (x > 0 && x + entryWidth > width) {
      x = 0;
      line++;
    }
    const middle = top + line * LEGEND_LINE + LEGEND_LINE / 2;
    const svg = `${swatch(left + x, middle, entry)}${textElement(left + x + SWATCH, middle + 4, 12, entry.label)}`;
    x += entryWidth;
    return svg;
  });
  return { svg: `<g aria-label="legend">${parts.join('')}</g>`, lines: entries.length === 0 ? 0 : line + 1 };
}

/** The plot itself as a nested SVG at x, y. */
function plotSvg({ plot, width = PANEL_WIDTH, height = PANEL_HEIGHT }: Panel, x: number, y: number): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const shared: Plot.PlotOptions = { marginLeft: 72, marginBottom: 44, marginTop: 14, marginRight: 20 };
  const axes = { labelAnchor: 'center', labelArrow: 'none' } as const;
  const svg = Plot.plot({
    ...shared,
    ...plot,
    x: { ...axes, ...plot.x },
    y: { ...axes, ...plot.y },
    document: document as unknown as Document,
    width,
    height,
  });
  // Plot's own style sheet is for web pages; renderers of SVG files do not all know its selectors.
  svg.querySelector('style')?.remove();
  for (const name of ['class', 'style', 'font-size', 'font-family', 'fill']) svg.removeAttribute(name);
  svg.setAttribute('x', String(x));
  svg.setAttribute('y', String(y));
  return svg.outerHTML.replaceAll('var(--plot-background)', 'white');
}

function titleHeight({ title }: Panel): number {
  return title === '' ? 4 : 24;
}

function panelHeight(panel: Panel): number {
  const { width = PANEL_WIDTH, height = PANEL_HEIGHT, legend = [] } = panel;
  return titleHeight(panel) + legendSvg(legend, 0, 0, width - 10).lines * LEGEND_LINE + height;
}

function panelSvg(panel: Panel, x: number, y: number): string {
  const { title, legend = [], width = PANEL_WIDTH } = panel;
  const entries = legendSvg(legend, x + 10, y + titleHeight(panel) - 2, width - 10);
  const plot = plotSvg(panel, x, y + titleHeight(panel) + entries.lines * LEGEND_LINE);
  const heading = title === '' ? '' : textElement(x + 10, y + 14, 13, title, 'font-weight="bold"');
  return `<g>${heading}${legend.length > 0 ? entries.svg : ''}${plot}</g>`;
}

/** Drops what XML does not allow in text: names come from users' files. */
function withoutControls(svg: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be removed.
  return svg.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '');
}

/**
 * Draws a figure.
 * @returns an SVG document.
 */
export function renderFigure({ title, subtitle, panels, columns = 1 }: Figure): string {
  const columnWidths = Array.from({ length: columns }, (_, column) =>
    Math.max(...panels.filter((_, i) => i % columns === column).map(({ width = PANEL_WIDTH }) => width), 0),
  );
  const width = columnWidths.reduce((sum, w) => sum + w, 0) + 2 * MARGIN + (columns - 1) * MARGIN;
  let y = MARGIN + 26 + (subtitle === undefined ? 0 : 18);
  const parts = [textElement(MARGIN + 10, MARGIN + 14, 17, title, 'font-weight="bold" aria-label="title"')];
  if (subtitle !== undefined) parts.push(textElement(MARGIN + 10, MARGIN + 34, 12, subtitle, `fill="${MUTED}"`));
  for (let first = 0; first < panels.length; first += columns) {
    const row = panels.slice(first, first + columns);
    let x = MARGIN;
    row.forEach((panel, column) => {
      parts.push(panelSvg(panel, x, y));
      x += columnWidths[column]! + MARGIN;
    });
    y += Math.max(...row.map(panelHeight)) + 12;
  }
  const height = y + MARGIN - 12;
  return withoutControls(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-family="${FONT_FAMILY}" font-size="12" color="${INK}" fill="${INK}" role="img">` +
      `<title>${escapeXml(title)}</title><rect width="${width}" height="${height}" fill="white"/>${parts.join('')}</svg>\n`,
  );
}
