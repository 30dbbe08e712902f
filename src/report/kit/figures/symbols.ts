/** Markers that tell series apart without their colours, drawn alike in plots and legends. */

export const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'down', 'plus', 'cross'] as const;
export type SymbolName = (typeof SYMBOLS)[number];

/** What Observable Plot draws a symbol with: a part of a canvas's path. */
interface PlotSymbol {
  draw(context: Pick<CanvasPath, 'moveTo' | 'lineTo' | 'closePath'>, size: number): void;
}

type Corner = readonly [x: number, y: number];

const PLUS: readonly Corner[] = [
  [-0.4, -1.1],
  [0.4, -1.1],
  [0.4, -0.4],
  [1.1, -0.4],
  [1.1, 0.4],
  [0.4, 0.4],
  [0.4, 1.1],
  [-0.4, 1.1],
  [-0.4, 0.4],
  [-1.1, 0.4],
  [-1.1, -0.4],
  [-0.4, -0.4],
];

/** Corners for a circle of radius 1 that covers about as much. */
const CORNERS: Readonly<Record<Exclude<SymbolName, 'circle'>, readonly Corner[]>> = {
  square: [
    [-0.9, -0.9],
    [0.9, -0.9],
    [0.9, 0.9],
    [-0.9, 0.9],
  ],
  triangle: [
    [0, -1.3],
    [1.2, 0.85],
    [-1.2, 0.85],
  ],
  diamond: [
    [0, -1.35],
    [1.15, 0],
    [0, 1.35],
    [-1.15, 0],
  ],
  down: [
    [0, 1.3],
    [1.2, -0.85],
    [-1.2, -0.85],
  ],
  plus: PLUS,
  cross: PLUS.map(([x, y]): Corner => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]),
};

/** The symbol of a series by its place; they repeat. */
export function symbolOf(index: number): SymbolName {
  return SYMBOLS[index % SYMBOLS.length]!;
}

/** A symbol for Observable Plot; `size` there is the area. */
export function plotSymbol(name: SymbolName): PlotSymbol | 'circle' {
  if (name === 'circle') return name;
  return {
    draw(context, size) {
      const radius = Math.sqrt(size / Math.PI);
      CORNERS[name].forEach(([x, y], corner) => {
        if (corner === 0) context.moveTo(x * radius, y * radius);
        else context.lineTo(x * radius, y * radius);
      });
      context.closePath();
    },
  };
}

/** The horizontal ends of an interval. */
export const CAP: PlotSymbol = {
  draw(context) {
    context.moveTo(-3, 0);
    context.lineTo(3, 0);
  },
};

/** A symbol of radius `r` at x, y as an SVG element. */
export function symbolSvg(name: SymbolName, x: number, y: number, r: number, colour: string): string {
  if (name === 'circle') return `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>`;
  const points = CORNERS[name].map(([dx, dy]) => `${(x + dx * r).toFixed(2)},${(y + dy * r).toFixed(2)}`);
  return `<polygon points="${points.join(' ')}" fill="${colour}"/>`;
}
