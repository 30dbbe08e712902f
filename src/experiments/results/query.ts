/** Queries of a store's tables, and their results as rows or files. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../../errors.js';

/** DuckDB's message on one line, with the place in the query that it points to. */
export function queryError(error: unknown): UsageError {
  const message = (error as Error).message.replace(/^Failed to extract statements: /, '');
  const place = /\n+LINE (\d+): (.*)\n( *)\^/.exec(message);
  const text = message.replace(/\n+LINE \d+: [\s\S]*$/, '').replaceAll(/\s*\n\s*/g, ' ');
  if (!place) return new UsageError(`--sql: ${text}`, { cause: error });
  const [, line, source = '', indent = ''] = place;
  const at = indent.length - `LINE ${line}: `.length;
  // DuckDB cuts long lines and marks that with dots: the column is then unknown.
  const column = source.startsWith('...') ? '' : `, column ${at + 1}`;
  const near = source.slice(at, at + 40);
  return new UsageError(`--sql: ${text} (line ${line}${column}${near === '' ? '' : `: '${near}'`})`, { cause: error });
}

async function guarded<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw queryError(error);
  }
}

const COMMENT = '--[^\\n]*(\\n|$)|/\\*[\\s\\S]*?\\*/';
const ONLY_COMMENTS = new RegExp(`^(\\s|${COMMENT})*$`);
/** What may follow the end of a query. */
const AFTER_END = new RegExp(`;(\\s|;|${COMMENT})*$`);

/** @throws UsageError unless there is one statement and it is a correct one. */
export async function checkQuery(connection: DuckDBConnection, sql: string): Promise<void> {
  await guarded(async () => {
    if (ONLY_COMMENTS.test(sql)) throw new Error('the query is empty');
    const { count } = await connection.extractStatements(sql);
    if (count !== 1) throw new Error(`one query at a time; there are ${count}`);
    (await connection.prepare(sql)).destroySync();
  });
}

/** A value as JSON has it: whole numbers beyond 2^53 and times as text, numbers as they are. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainValue(member)]));
  }
  return value;
}

export interface QueryResult {
  readonly columns: readonly string[];
  /** Whether a column holds numbers. */
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly unknown[])[];
}

const NUMERIC = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT|FLOAT|DOUBLE|DECIMAL)/;

/** All rows of a query. @throws UsageError with what DuckDB says of it. */
export async function runQuery(connection: DuckDBConnection, sql: string): Promise<QueryResult> {
  return guarded(async () => {
    const result = await connection.runAndReadAll(sql);
    return {
      columns: result.columnNames(),
      numeric: result.columnTypes().map((type) => NUMERIC.test(String(type))),
      rows: result.getRowsJS(),
    };
  });
}

/** Objects of the rows, as they come. */
export async function* queryObjects(connection: DuckDBConnection, sql: string): AsyncIterable<Record<string, unknown>> {
  const result = await guarded(() => connection.stream(sql));
  for await (const rows of result.yieldRowObjectJs()) {
    for (const row of rows) yield plainValue(row) as Record<string, unknown>;
  }
}

/** Writes a query's rows to a file in the folder that the database may write to. */
export async function copyQuery(
  connection: DuckDBConnection,
  sql: string,
  file: string,
  format: 'csv' | 'parquet',
): Promise<void> {
  const options = format === 'csv' ? 'FORMAT csv, HEADER' : 'FORMAT parquet, COMPRESSION zstd';
  const query = sql.replace(AFTER_END, '');
  await guarded(() => connection.run(`COPY (FROM (${query}\n)) TO '${file.replaceAll("'", "''")}' (${options})`));
}
