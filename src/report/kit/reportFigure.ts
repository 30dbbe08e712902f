/** A figure with all that a report says about it. */

/** Numbers behind a figure: full precision, null where there is none. */
export interface DataTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | boolean | null)[])[];
}

export interface ReportFigure {
  /** Stem of its files; unique in a report. */
  readonly name: string;
  readonly title: string;
  /** What is drawn and what intervals mean; plain text. */
  readonly caption: string;
  /** The document for papers: fixed colours on white. */
  readonly svg: string;
  readonly data: DataTable;
}

/** A word for file names and anchors: lower-case letters, digits and hyphens. */
export function slug(text: string): string {
  const word = text
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return word.slice(0, 60) || 'unnamed';
}

/** Names made unique by a number at the end. */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; taken.has(unique); i++) unique = `${name}-${i}`;
    taken.add(unique);
    return unique;
  });
}

/** CSV as RFC 4180 has it. */
export function csvOf({ columns, rows }: DataTable): string {
  const cell = (value: string | number | boolean | null) => {
    const text = value === null ? '' : String(value);
    return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
