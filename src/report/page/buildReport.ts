/** Whole reports: of sweeps, or of results of single runs. */
import { basename } from 'node:path';
import type { Result } from '../../experiments/result/types.js';
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { reportPage } from '../kit/html/page.js';
import { type ReportFigure, slug, uniqueNames } from '../kit/reportFigure.js';
import { comparisonSection, resultSection } from '../run/resultSection.js';
import { shellWord } from '../run/runCommand.js';
import { type DrawnSection, sweepSection } from '../sweep/sweepSection.js';

/** A page, and its figures for files beside it. */
export interface Report {
  readonly html: string;
  readonly figures: readonly ReportFigure[];
}

function reportOf(title: string, drawn: readonly DrawnSection[]): Report {
  return {
    html: reportPage(
      title,
      drawn.map(({ section }) => section),
    ),
    figures: drawn.flatMap(({ figures }) => figures),
  };
}

/**
 * A section a sweep.
 * @param store the folder as the user typed it, for the commands that draw the figures again.
 * @throws SonicError where a manifest asks for an axis that its sweep does not have.
 */
export async function sweepReport(
  summaries: readonly SweepSummary[],
  { title, store }: { readonly title?: string | undefined; readonly store: string },
): Promise<Report> {
  const ids = uniqueNames(summaries.map(({ manifest }) => slug(manifest.name)));
  const drawn: DrawnSection[] = [];
  for (const [i, summary] of summaries.entries()) {
    const { name } = summary.manifest;
    const command = `sonic report ${shellWord(store)} --sweep ${shellWord(name)} --figures figures`;
    drawn.push(await sweepSection(summary, ids[i]!, command));
  }
  const [first] = summaries;
  const own = summaries.length === 1 ? first!.manifest.title || first!.manifest.name : 'Sweeps on emulated hardware';
  return reportOf(title ?? own, drawn);
}

/** A result and the file that it was read from. */
export interface ResultFile {
  readonly file: string;
  readonly result: Result;
}

/** A section a result, and one that sets several side by side. */
export async function resultReport(
  files: readonly ResultFile[],
  { title }: { readonly title?: string | undefined } = {},
): Promise<Report> {
  const stems = files.map(({ file }) => basename(file).replace(/\.json$/i, ''));
  // The first is the section that sets them side by side.
  const [, ...ids] = uniqueNames(['results', ...stems.map(slug)]);
  const named = files.map(({ result }, i) => ({
    label: `${stems[i]}: ${result.network.name} on ${result.dataset.name}, ${result.hardware.name}`,
    result,
  }));
  const draws = (inputs: readonly string[], figure: ReportFigure) =>
    `sonic report ${inputs.map(shellWord).join(' ')} --figures figures   # ${figure.name}.svg`;
  const drawn: DrawnSection[] = [];
  if (named.length > 1) {
    const inputs = files.map(({ file }) => file);
    drawn.push(await comparisonSection(named, (figure) => draws(inputs, figure)));
  }
  for (const [i, one] of named.entries()) {
    const { file } = files[i]!;
    drawn.push(await resultSection(one, ids[i]!, (figure) => draws([file], figure)));
  }
  const [first] = named;
  return reportOf(title ?? (named.length === 1 ? first!.label : 'Results of emulated runs'), drawn);
}
