/** A sweep as a section of a report. */
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { figureHtml } from '../kit/html/figureHtml.js';
import { code, details, facts, htmlTable, text, warningBox } from '../kit/html/html.js';
import { markdownHtml } from '../kit/html/markdown.js';
import type { Section } from '../kit/html/page.js';
import { hardwareHtml, settingsTable } from '../kit/html/settings.js';
import type { ReportFigure } from '../kit/reportFigure.js';
import { drawSweepFigures } from './drawFigures.js';
import {
  identityPairs,
  intervalStatement,
  pointColumns,
  sweepFacts,
  sweepWarnings,
  variedFields,
} from './sweepFacts.js';

/** A section with the figures that it shows, for files beside the page. */
export interface DrawnSection {
  readonly section: Section;
  readonly figures: readonly ReportFigure[];
}

/**
 * @param id anchor, unique in the page, and prefix of the figures' names.
 * @param drawCommand command that draws the figures once the trials are there.
 */
export async function sweepSection(summary: SweepSummary, id: string, drawCommand: string): Promise<DrawnSection> {
  const { manifest, points, settings } = summary;
  const drawn = drawSweepFigures(summary, id);
  const figures: string[] = [];
  for (const figure of drawn.figures) {
    figures.push(await figureHtml(figure, `${manifest.command}\n${drawCommand}   # ${figure.name}.svg`));
  }
  const body = [
    `<div class="description">${markdownHtml(manifest.description)}</div>`,
    warningBox([...sweepWarnings(summary), ...drawn.omitted]),
    facts(sweepFacts(summary)),
    `<p>${text(intervalStatement(summary))}</p>`,
    '<h3>Figures</h3>',
    figures.join('\n') || '<p>There is nothing to draw yet.</p>',
    '<h3>Points</h3>',
    htmlTable(points, pointColumns(summary)),
    '<h3>Settings</h3>',
    settings === null
      ? '<p>No trial is finished, so there are no settings to show but the plan.</p>'
      : `<p>Of the first finished point; what an axis moves is marked.</p>${settingsTable(identityPairs(summary, settings))}${hardwareHtml(settings.hardware, variedFields(summary))}`,
    '<h3>How to compute it again</h3>',
    code(manifest.command),
    details('Plan of the sweep', code(manifest.source)),
  ];
  return { section: { id, title: manifest.title || manifest.name, body: body.join('\n') }, figures: drawn.figures };
}
