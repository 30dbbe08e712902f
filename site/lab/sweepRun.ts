/** Runs a sweep, point by point, with the figure of what there is so far. */
import { countParameters } from '#sonic/networks/parameters.js';
import { progressText } from './activity.js';
import { element, pictureOf } from './dom.js';
import type { Laboratory } from './laboratory.js';
import type { Progress } from './messages.js';
import { reportOf } from './results.js';
import type { LabState } from './state.js';
import { figureOf, pointsOf, type SweepRow } from './sweep.js';
import { countDone } from './work.js';

export interface SweepEvents {
  /** Called with the rows so far after each point. */
  onRows(rows: readonly SweepRow[]): void;
  onProgress(text: string): void;
}

export async function runSweep(
  lab: Laboratory,
  state: LabState,
  signal: AbortSignal,
  { onRows, onProgress }: SweepEvents,
): Promise<void> {
  const points = pointsOf(state);
  const rows: SweepRow[] = [];
  element('sweep-figure').replaceChildren();
  for (const [p, point] of points.entries()) {
    const say = (text: string) => onProgress(`point ${p + 1} of ${points.length}: ${text}`);
    say('compiling');
    const compiling = { signal, onProgress: (progress: Progress) => say(progressText(progress)) };
    const work = await lab.compile(state, compiling, point.settings);
    if (signal.aborted) return;
    const started = performance.now();
    await lab.run(work, signal, () => say(`${countDone(work)} of ${state.images} images`));
    if (signal.aborted) return;
    const wallTime_s = (performance.now() - started) / 1000;
    const finishedAt = new Date().toISOString();
    const { network, program } = work;
    const facts = { parameters: countParameters(network), warnings: program.warnings, wallTime_s, finishedAt };
    rows.push({ point, report: reportOf(work)!, ...facts });
    onRows(rows);
    const figure = figureOf(state, rows);
    const svg = await lab.ask<string>(figure, { signal });
    element('sweep-figure').replaceChildren(
      pictureOf(svg, `${figure.title}, ${rows.length} of ${points.length} points`),
    );
  }
  onProgress(`${points.length} points done`);
}
