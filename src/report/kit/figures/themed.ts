/** A figure inside a page: its colours follow the page's style, its parts have names of their own. */
import { COLOURS, GRID, INK, MUTED } from './figureStyle.js';

/** Custom properties that a page sets; the values are those of the standalone figure. */
export const FIGURE_PROPERTIES: Readonly<Record<string, string>> = {
  '--figure-paper': 'white',
  '--figure-ink': INK,
  '--figure-muted': MUTED,
  '--figure-grid': GRID,
  ...Object.fromEntries(COLOURS.map((colour, i) => [`--figure-series-${i}`, colour])),
};

/** The same on a dark page: series lighter, in the order of their hues, so that a caption's words still fit. */
export const DARK_FIGURE_PROPERTIES: Readonly<Record<string, string>> = {
  '--figure-paper': '#181b20',
  '--figure-ink': '#e6e6e6',
  '--figure-muted': '#a3a8b0',
  '--figure-grid': '#343a43',
  '--figure-series-0': '#4fa8e0',
  '--figure-series-1': '#f08a4b',
  '--figure-series-2': '#3cc79d',
  '--figure-series-3': '#e3a3c6',
  '--figure-series-4': '#f2bd4a',
  '--figure-series-5': '#8fd0f5',
  '--figure-series-6': '#b9a283',
  '--figure-series-7': '#bdbdbd',
};

const PROPERTY_OF = new Map(Object.entries(FIGURE_PROPERTIES).map(([property, colour]) => [colour, property]));

/**
 * An SVG of `renderFigure` for the body of a page.
 * @param id prefix of the names inside it, unique in the page.
 * @param label what screen readers say of it, escaped; the document's own title is dropped, since browsers show it everywhere.
 */
export function themedSvg(svg: string, id: string, label: string): string {
  const tags = svg.trimEnd().replace(/<[a-zA-Z][^<]*?>/g, (tag) =>
    tag
      .replace(/ (fill|stroke|color)="([^"]*)"/g, (attribute, name: string, colour: string) => {
        const property = PROPERTY_OF.get(colour);
        return property === undefined ? attribute : ` ${name}="var(${property}, ${colour})"`;
      })
      .replace(/ id="(clip-\d+)"/g, ` id="${id}-$1"`)
      .replace(/="url\(#(clip-\d+)\)"/g, `="url(#${id}-$1)"`),
  );
  const named = (_: string, attributes: string) => `<svg${attributes} aria-label="${label}">`;
  return tags.replace(/^<svg([^>]*)><title>[^<]*<\/title>/, named);
}
