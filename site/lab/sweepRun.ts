/** Runs a sweep, point by point, with the figure of what there is so far. */
import { element, pictureOf, setText } from './dom.js';
import type { Laboratory } from './laboratory.js';
import { reportOf } from './results.js';
import type { LabState } from './state.js';
import { figureOf, pointsOf, type SweepRow } from './sweep.js';

/** @param onRows called with the rows so far after each point. */
export async function runSweep(
  lab: Laboratory,
  state: LabState,
  signal: AbortSignal,
  onRows: (rows: readonly SweepRow[]) => void,
): Promise<void> {
  const points = pointsOf(state);
  const rows: SweepRow[] = [];
  element('sweep-figure').replaceChildren();
  for (const [p, point] of points.entries()) {
    const progress = (images: number) =>
      setText('sweep-progress', `point ${p + 1} of ${points.length}: ${images} of ${state.images} images`);
    progress(0);
    const work = await lab.compile(state, signal, point.settings);
    if (signal.aborted || !work) return;
    await lab.run(work, signal, () =>
      progress(work.replies.reduce((sum, reply) => sum + (reply?.runs.length ?? 0), 0)),
    );
    if (signal.aborted) return;
    rows.push({ point, report: reportOf(work)! });
    onRows(rows);
    const figure = figureOf(state, rows);
    const svg = await lab.ask<string>(figure);
    if (signal.aborted) return;
    element('sweep-figure').replaceChildren(
      pictureOf(svg, `${figure.title}, ${rows.length} of ${points.length} points`),
    );
  }
  setText('sweep-progress', `${points.length} points done`);
}
