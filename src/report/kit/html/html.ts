/** Parts of pages: escaped text, tables, links to what is inside the page. */
import { escapeMarkup, withoutControls } from '../../../base/text/escape.js';
import type { DataTable } from '../reportFigure.js';
import type { Column } from '../table.js';

/** Any text as content or attribute. */
export function text(value: string): string {
  return escapeMarkup(withoutControls(value));
}

/** Bytes or text as the address of a link that downloads them. */
function dataUri(content: Uint8Array | string, type: string): string {
  return `data:${type};base64,${Buffer.from(content).toString('base64')}`;
}

/** A link that saves `content` as `file`. */
export function download(label: string, file: string, content: Uint8Array | string, type: string): string {
  return `<a class="download" download="${text(file)}" href="${dataUri(content, type)}">${text(label)}</a>`;
}

function tableOf(head: string, body: readonly string[], caption?: string): string {
  const named = caption === undefined ? '' : `<caption>${text(caption)}</caption>`;
  // A table wider than the page scrolls by itself, by keyboard as well.
  return `<div class="scroll" tabindex="0"><table>${named}<thead><tr>${head}</tr></thead><tbody>${body.join('')}</tbody></table></div>`;
}

/** The same table that the command line prints. */
export function htmlTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { caption, rowClass = () => '' }: { readonly caption?: string; readonly rowClass?: (row: Row) => string } = {},
): string {
  const align = (column: Column<Row>) => (column.align === 'right' ? ' class="number"' : '');
  return tableOf(
    columns.map((column) => `<th scope="col"${align(column)}>${text(column.title)}</th>`).join(''),
    rows.map((row) => {
      const name = rowClass(row);
      const cells = columns.map((column) => `<td${align(column)}>${text(column.value(row))}</td>`).join('');
      return `<tr${name === '' ? '' : ` class="${name}"`}>${cells}</tr>`;
    }),
    caption,
  );
}

/** Six digits are enough to read; the CSV has all. */
function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}

/** The numbers behind a figure. */
export function dataTable({ columns, rows }: DataTable): string {
  const cell = (value: string | number | boolean | null) =>
    typeof value === 'number'
      ? `<td class="number">${numberText(value)}</td>`
      : `<td>${value === null ? '' : text(String(value))}</td>`;
  return tableOf(
    columns.map((column) => `<th scope="col">${text(column)}</th>`).join(''),
    rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`),
  );
}

/** Something folded away. */
export function details(summary: string, content: string, isOpen = false): string {
  return `<details${isOpen ? ' open' : ''}><summary>${text(summary)}</summary>${content}</details>`;
}

/** A command or file as it is typed. */
export function code(content: string): string {
  return `<pre tabindex="0"><code>${text(content)}</code></pre>`;
}

/** Pairs of a name and a text. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  return `<dl>${pairs.map(([name, value]) => `<div><dt>${text(name)}</dt><dd>${text(value)}</dd></div>`).join('')}</dl>`;
}

/** Warnings as a box; nothing where there are none. */
export function warningBox(warnings: readonly string[]): string {
  if (warnings.length === 0) return '';
  return `<div class="warnings" role="note"><ul>${warnings.map((warning) => `<li>${text(warning)}</li>`).join('')}</ul></div>`;
}
