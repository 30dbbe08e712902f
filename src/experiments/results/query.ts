/** Queries of a store's tables, and their results as rows or files. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { UsageError } from '../../base/errors.js';

/** DuckDB's message on one line, with the place in the query that it points to. */
function queryError(error: unknown): UsageError {
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
function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plainValue(member)]));
  }
  return value;
}

/** The first rows of a query. */
export interface QueryResult {
  readonly columns: readonly string[];
  /** Whether a column holds numbers. */
  readonly numeric: readonly boolean[];
  readonly rows: readonly (readonly unknown[])[];
  /** Rows that the query has; null where counting them was given up. */
  readonly total: number | null;
}

const NUMERIC = /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|U\w*INT|FLOAT|DOUBLE|DECIMAL)/;

/** Counting the rows that are not kept ends after this long: a query may have more than anybody waits for. */
const COUNTING_ms = 20_000;

/**
 * The first `limit` rows of a query; the others are counted as they stream past, never kept.
 * @throws UsageError with what DuckDB says of it.
 */
export async function runQuery(
  connection: DuckDBConnection,
  sql: string,
  limit: number,
  counting_ms = COUNTING_ms,
): Promise<QueryResult> {
  return guarded(async () => {
    const { JSDuckDBValueConverter } = await import('@duckdb/node-api');
    const result = await connection.stream(sql);
    const [columns, types] = [result.columnNames(), result.columnTypes()];
    const rows: (readonly unknown[])[] = [];
    let total: number | null = 0;
    let since = performance.now();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) break;
      total += chunk.rowCount;
      if (rows.length < limit) {
        rows.push(...chunk.convertRows(JSDuckDBValueConverter).slice(0, limit - rows.length));
        since = performance.now();
      } else if (performance.now() - since > counting_ms) {
        total = null;
        break;
      }
    }
    return { columns, numeric: types.map((type) => NUMERIC.test(String(type))), rows, total };
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
