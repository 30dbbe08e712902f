/** Ticks whose texts do not touch: fewer of them, or turned, where they would. */
import type { ScaleKind, Tick } from './axes.js';
import { shortened, textWidth } from './frame.js';

/** Of the frame's plots. */
const SIDE_MARGINS = 92;
const GAP = 8;
const LONGEST_TURNED = 22;
const TURNED_LINE = 15;
const PLAIN_MARGIN = 44;
/** Degrees; less than upright, so that a reader need not turn the head as far. */
const ANGLE = -40;

export interface PlacedTicks {
  readonly ticks: Tick[];
  readonly rotation: { readonly tickRotate?: number; readonly labelOffset?: number };
  readonly margins: { readonly marginBottom: number };
  /** Pixels that turned texts need more than plain ones. */
  readonly extraHeight: number;
}

/** The ticks that stand at least `room(a, b)` pixels apart, from the left. */
function apart(ticks: readonly Tick[], place: (at: number) => number, room: (a: Tick, b: Tick) => number): Tick[] {
  const kept: Tick[] = [];
  for (const tick of ticks) {
    const last = kept.at(-1);
    if (!last || place(tick.at) - place(last.at) >= room(last, tick)) kept.push(tick);
  }
  return kept;
}

/**
 * Ticks of a bottom axis. All of them where they fit; numbers are thinned, names turned and only then thinned.
 * @param width of the panel, pixels.
 */
export function bottomTicks(
  ticks: readonly Tick[],
  domain: readonly [number, number],
  kind: ScaleKind,
  width: number,
  sideMargins = SIDE_MARGINS,
): PlacedTicks {
  const along = (at: number) => (kind === 'log' ? Math.log(at) : at);
  const [low, high] = [along(domain[0]), along(domain[1])];
  const place = (at: number) => ((along(at) - low) / (high - low)) * (width - sideMargins);
  const sorted = [...ticks].sort((a, b) => a.at - b.at);
  const plain = apart(sorted, place, (a, b) => (textWidth(a.label) + textWidth(b.label)) / 2 + GAP);
  const isNumeric = ticks.every(({ label }) => label !== '' && /^[-\d.·⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+$/.test(label));
  if (plain.length === ticks.length || isNumeric) {
    return { ticks: plain, rotation: {}, margins: { marginBottom: PLAIN_MARGIN }, extraHeight: 0 };
  }
  const cut = sorted.map((tick) => ({ ...tick, label: shortened(tick.label, LONGEST_TURNED) }));
  const turned = apart(cut, place, () => TURNED_LINE);
  const longest = Math.max(...turned.map(({ label }) => textWidth(label)));
  const marginBottom = Math.ceil(longest * Math.sin((-ANGLE * Math.PI) / 180)) + 42;
  return {
    ticks: turned,
    rotation: { tickRotate: ANGLE, labelOffset: marginBottom - 6 },
    margins: { marginBottom },
    extraHeight: Math.max(0, marginBottom - PLAIN_MARGIN),
  };
}
