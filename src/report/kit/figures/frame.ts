/**
 * What all figures share: panels drawn by Observable Plot on a document of linkedom, with title, panel titles and legends
 * around them, as one self-contained SVG (no style sheet, no script, white background), the same on every machine.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeMarkup, withoutControls } from '../../../base/text/escape.js';
import { FONT_FAMILY, INK, MUTED } from './figureStyle.js';
import { type SymbolName, symbolSvg } from './symbols.js';

/** Bold characters are wider than plain ones by about this. */
const BOLD = 1.12;

/** A text in lines no wider than `width` pixels; a word that is wider alone is cut. */
export function wrapped(text: string, width: number, fontSize: number, weight: 'plain' | 'bold' = 'plain'): string[] {
  const size = fontSize * (weight === 'bold' ? BOLD : 1);
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(fitted(word, width, size));
  }
  return lines;
}

/** A text cut to `width` pixels. */
export function fitted(text: string, width: number, fontSize = 12): string {
  return shortened(text, Math.max(2, Math.floor(width / (fontSize * CHARACTER))));
}

/** One entry of a legend. */
export interface LegendEntry {
  readonly label: string;
  readonly colour: string;
  readonly mark: 'line' | 'dashed' | 'dot' | 'square';
  /** Marker on the line, or instead of the dot. */
  readonly symbol?: SymbolName;
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
const TITLE_LINE = 22;
const SUBTITLE_LINE = 18;
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

function textElement(x: number, y: number, size: number, text: string, attributes = ''): string {
  return `<text x="${x}" y="${y}" font-size="${size}" ${attributes}>${escapeMarkup(text)}</text>`;
}

function swatch(x: number, y: number, { colour, mark, symbol }: LegendEntry): string {
  const marker = symbol === undefined && mark !== 'dot' ? '' : symbolSvg(symbol ?? 'circle', x + 8, y, 4, colour);
  if (mark === 'dot') return marker;
  if (mark === 'square') return `<rect x="${x + 2}" y="${y - 6}" width="12" height="12" fill="${colour}"/>`;
  const dashes = mark === 'dashed' ? ' stroke-dasharray="4 3"' : '';
  return `<line x1="${x}" y1="${y}" x2="${x + 16}" y2="${y}" stroke="${colour}" stroke-width="2"${dashes}/>${marker}`;
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

/** Plot numbers its clip paths through the process; a figure's own numbers make it the same every time. */
function renumberClips(svg: string): string {
  const numbers = new Map<string, number>();
  return svg.replace(/plot-clip-(\d+)/g, (_, number: string) => {
    if (!numbers.has(number)) numbers.set(number, numbers.size + 1);
    return `clip-${numbers.get(number)}`;
  });
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
  const titleLines = wrapped(title, width - 2 * MARGIN - 20, 17, 'bold');
  const subtitleLines = subtitle === undefined ? [] : wrapped(subtitle, width - 2 * MARGIN - 20, 12);
  const subtitleTop = MARGIN + 14 + (titleLines.length - 1) * TITLE_LINE;
  const parts = [
    ...titleLines.map((line, i) =>
      textElement(MARGIN + 10, MARGIN + 14 + i * TITLE_LINE, 17, line, 'font-weight="bold" aria-label="title"'),
    ),
    ...subtitleLines.map((line, i) =>
      textElement(MARGIN + 10, subtitleTop + 20 + i * SUBTITLE_LINE, 12, line, `fill="${MUTED}"`),
    ),
  ];
  let y = subtitleTop + 12 + subtitleLines.length * SUBTITLE_LINE;
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
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="${FONT_FAMILY}" font-size="12" color="${INK}" fill="${INK}" role="img">` +
    `<title>${escapeMarkup(title)}</title><rect width="${width}" height="${height}" fill="white"/>${parts.join('')}</svg>\n`;
  return renumberClips(withoutControls(svg));
}
