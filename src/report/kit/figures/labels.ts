/** Places for texts beside points so that none covers another or leaves the plot. */
import { textWidth } from './frame.js';

/** A text that wants to stand near a point, `left` and `top` pixels from the plot's corner. */
export interface Wanted {
  readonly text: string;
  readonly left: number;
  readonly top: number;
  /** Pixels that the point's mark needs around its middle. */
  readonly least: number;
}

export interface Placed {
  readonly dx: number;
  readonly dy: number;
  readonly anchor: 'start' | 'end' | 'middle';
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const LINE = 13;
const FONT_SIZE = 11;
const PAD = 2;

const overlap = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Right above, left above, right below, left below, above, below. */
function candidates({ text, left, top, least }: Wanted): (Placed & Box)[] {
  const width = textWidth(text, FONT_SIZE);
  const aside = least + 3;
  return ([-1, 1] as const).flatMap((vertical) =>
    (['start', 'end', 'middle'] as const).map((anchor) => {
      const dx = anchor === 'start' ? aside : anchor === 'end' ? -aside : 0;
      const dy = vertical * (anchor === 'middle' ? least + 9 : least + 4);
      const start = left + dx - (anchor === 'start' ? 0 : anchor === 'end' ? width : width / 2);
      const middle = top + dy;
      return {
        dx,
        dy,
        anchor,
        left: start - PAD,
        right: start + width + PAD,
        top: middle - LINE / 2,
        bottom: middle + LINE / 2,
      };
    }),
  );
}

/** Texts with their places, the first first; those that find none are left out. */
export function placeLabels<T extends Wanted>(wanted: readonly T[], width: number, height: number): (T & Placed)[] {
  const taken: Box[] = wanted.map(({ left, top }) => ({
    left: left - 4,
    right: left + 4,
    top: top - 4,
    bottom: top + 4,
  }));
  const placed: (T & Placed)[] = [];
  for (const want of wanted) {
    const free = candidates(want).find(
      (box) =>
        box.left >= 0 &&
        box.right <= width &&
        box.top >= 0 &&
        box.bottom <= height &&
        !taken.some((other) => overlap(box, other)),
    );
    if (!free) continue;
    taken.push(free);
    placed.push({ ...want, dx: free.dx, dy: free.dy, anchor: free.anchor });
  }
  return placed;
}
