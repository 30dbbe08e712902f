/** Text tables: columns as wide as their widest cell, independent of any terminal. */
import { escaped } from '../../base/text/printable.js';

export interface Column<Row> {
  readonly title: string;
  /** Default left; numbers belong to the right. */
  readonly align?: 'left' | 'right';
  /** Text of a row's cell, one line. */
  readonly value: (row: Row) => string;
}

/** Characters of a text, surrogate pairs counted once. */
function lengthOf(text: string): number {
  return [...text].length;
}

/**
 * An aligned table: a line of titles, a line of dashes, a line a row; columns two spaces apart, no spaces at line ends.
 * @returns lines joined by '\n', without the last line break.
 */
export function renderTable<Row>(
  rows: readonly Row[],
  { columns }: { readonly columns: readonly Column<Row>[] },
): string {
  // Names come from users' files.
  const cells = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ value }) => escaped(value(row)))),
  ];
  const widths = columns.map((_, c) => Math.max(...cells.map((line) => lengthOf(line[c]!))));
  const renderLine = (line: readonly string[]) =>
    line
      .map((text, c) => {
        const fill = ' '.repeat(widths[c]! - lengthOf(text));
        return columns[c]!.align === 'right' ? fill + text : text + fill;
      })
      .join('  ')
      .trimEnd();
  const [titles, ...body] = cells.map(renderLine);
  return [titles, widths.map((width) => '-'.repeat(width)).join('  '), ...body].join('\n');
}
