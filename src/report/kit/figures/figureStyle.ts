/** Colours and fonts of all figures. */

/** Okabe and Ito's palette: told apart by the colour-blind (jfly.uni-koeln.de/color, 2008), yellow left out on white. */
export const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#7f6a4f',
  '#444444',
] as const;

export const INK = '#222222';
export const MUTED = '#666666';
export const GRID = '#dddddd';

/** Text on a coloured cell: the cell's colour is the same on every page, so the text's is too. */
export const ON_BRIGHT = '#000000';
export const ON_DARK = '#ffffff';

/** Single quotes: it stands in an attribute. */
export const FONT_FAMILY = "Arial, Helvetica, 'DejaVu Sans', sans-serif";

/** The colour of a series by its place; the palette repeats. */
export function colourOf(index: number): string {
  return COLOURS[index % COLOURS.length]!;
}
