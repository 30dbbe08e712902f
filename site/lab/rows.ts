/** Rows of a sweep as files: CSV, and Parquet with the types of a store's columns. */
import type { Cell, ColumnType } from '#sonic/experiments/results/trialColumns.js';
import { csvOf } from '#sonic/report/kit/reportFigure.js';
import { ROW_COLUMNS, rowsOf, type SweepRow, type Swept } from './sweep.js';

export function rowsCsv(swept: Swept, rows: readonly SweepRow[]): string {
  const text = (cell: Cell) => (cell instanceof Date ? cell.toISOString() : cell);
  return csvOf({ columns: ROW_COLUMNS.map(({ name }) => name), rows: rowsOf(swept, rows).map((row) => row.map(text)) });
}

const PARQUET_TYPES = {
  VARCHAR: 'STRING',
  DOUBLE: 'DOUBLE',
  BIGINT: 'INT64',
  BOOLEAN: 'BOOLEAN',
  TIMESTAMP: 'TIMESTAMP',
  JSON: 'JSON',
} as const satisfies Record<ColumnType, string>;

/** The library wants whole numbers of 64 bits as such. */
const cellOf = (type: ColumnType, cell: Cell) => (type === 'BIGINT' && typeof cell === 'number' ? BigInt(cell) : cell);

/** The columns that `sonic results --parquet` writes, of the rows here. */
export async function rowsParquet(swept: Swept, rows: readonly SweepRow[]): Promise<ArrayBuffer> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  const cells = rowsOf(swept, rows);
  return parquetWriteBuffer({
    columnData: ROW_COLUMNS.map(({ name, type }, c) => ({
      name,
      type: PARQUET_TYPES[type],
      nullable: true,
      data: cells.map((row) => cellOf(type, row[c]!)),
    })),
  });
}
