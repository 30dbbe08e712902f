/** A sweep as a page of the documentation: Markdown with its figures beside it. */

import { withoutControls } from '../../base/text/escape.js';
import type { SweepSummary } from '../../experiments/sweep/types.js';
import { diffHardware, quotedValueText } from '../../hardware/descriptionFiles.js';
import { presetHardware } from '../../hardware/presets/index.js';
import { markdownTable } from '../compare/compareTables.js';
import type { Column } from '../kit/table.js';
import { drawSweepFigures } from './drawFigures.js';
import {
  identityPairs,
  intervalStatement,
  pointColumns,
  sweepFacts,
  sweepWarnings,
  variedFields,
} from './sweepFacts.js';

/** Most rows of the table of points; the figures' CSV has all. */
const MOST_ROWS = 100;

/** Text that means nothing to Markdown or HTML, in one line. */
function plain(text: string): string {
  return withoutControls(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>#~&]/g, (character) => (character === '&' ? '&amp;' : `\\${character}`));
}

/** A table of texts from files: `markdownTable` sees to the bars of cells, but not of titles. */
function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const escaped = columns.map(({ title, value, ...rest }) => ({
    ...rest,
    title: plain(title).replaceAll('|', '\\|'),
    value: (row: Row) => plain(value(row)),
  }));
  return markdownTable(rows, escaped);
}

const pairsTable = (pairs: readonly (readonly [string, string])[], titles: readonly [string, string]) =>
  tableOf(pairs, [
    { title: titles[0], value: ([name]) => name },
    { title: titles[1], value: ([, value]) => value },
  ]);

/** A block of code whose fence is longer than any in it. */
function codeBlock(content: string, language = ''): string {
  const longest = Math.max(2, ...[...content.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${withoutControls(content).trimEnd()}\n${fence}`;
}

function variedTable(summary: SweepSummary): string {
  const varied = [...variedFields(summary)];
  return varied.length === 0 ? '' : pairsTable(varied, ['what varies', 'values']);
}

function differences({ settings, manifest }: SweepSummary): string {
  if (settings === null) return '';
  const varied = variedFields({ manifest });
  const different = diffHardware(presetHardware('sonic'), settings.hardware).filter(({ path }) => !varied.has(path));
  if (different.length === 0) return 'All other fields of the hardware are those of preset `sonic`.';
  const fields = different.map(({ path, to }) => `\`${path}\` = ${plain(quotedValueText(to))}`);
  return `Beside what varies, the hardware differs from preset \`sonic\` in ${fields.join(', ')}.`;
}

/**
 * The page: title, description, facts, figures, points, settings, command.
 * @param shows what it shows, a sentence or several an entry; before the figures.
 * @param figuresFolder where the figures lie, relative to the page; `writeFigures` writes those of `drawSweepFigures`.
 * @returns Markdown that ends in a line break.
 * @throws SonicError where the manifest asks for an axis that the sweep does not have.
 */
export function renderSweepMarkdown(
  summary: SweepSummary,
  { figuresFolder, shows = [] }: { readonly figuresFolder: string; readonly shows?: readonly string[] },
): string {
  const { manifest, points, settings } = summary;
  const { figures, omitted } = drawSweepFigures(summary);
  const warnings = [...sweepWarnings(summary), ...omitted];
  const folder = figuresFolder.replace(/\/+$/, '');
  const address = (name: string) => encodeURI(folder === '' ? `${name}.svg` : `${folder}/${name}.svg`);
  const blocks = [
    `# ${plain(manifest.title || manifest.name)}`,
    withoutControls(manifest.description).trim(),
    codeBlock(manifest.command, 'sh'),
    pairsTable(sweepFacts(summary), ['', '']),
    intervalStatement(summary),
    warnings.map((warning) => `- ${plain(warning)}`).join('\n'),
    ...(shows.length > 0 ? ['## What it shows', shows.map((text) => `- ${plain(text)}`).join('\n')] : []),
    ...figures.flatMap(({ name, title, caption }) => [
      `## ${plain(title)}`,
      `![${plain(title)}](${address(name)})`,
      plain(caption),
    ]),
    '## Points',
    tableOf(points.slice(0, MOST_ROWS), pointColumns(summary)),
    points.length > MOST_ROWS ? `The first ${MOST_ROWS} of ${points.length} points.` : '',
    '## Settings',
    settings === null ? '' : pairsTable(identityPairs(summary, settings), ['setting', 'value']),
    variedTable(summary),
    differences(summary),
    'The plan:',
    codeBlock(manifest.source, 'yaml'),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}
