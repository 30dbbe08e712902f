/** A store opened for queries, and their rows as files. */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DuckDBConnection } from '@duckdb/node-api';
import { SonicError } from '../../base/errors.js';
import { pathReason, writeFileAtomic } from '../../base/files.js';
import { withNotFinite } from '../../base/text/notFinite.js';
import { openTrialStore, type StoreOptions } from '../store/store.js';
import { openResultsDatabase } from './database.js';
import { copyQuery, queryObjects } from './query.js';

export interface SessionOptions extends Pick<StoreOptions, 'onDamage'> {
  readonly onTrial?: ((done: number) => void) | undefined;
}

/**
 * Reads a store into tables for as long as `use` runs.
 * @param use gets a folder for files, gone afterwards, which is all that SQL can write to.
 */
export async function withDatabase(
  store: string,
  { onDamage, onTrial }: SessionOptions,
  use: (connection: DuckDBConnection, folder: string) => Promise<void>,
): Promise<void> {
  const opened = await openTrialStore(store, { readOnly: true, onDamage });
  const folder = await mkdtemp(join(tmpdir(), 'sonic-results-'));
  try {
    const database = await openResultsDatabase(opened, folder, onTrial);
    try {
      await use(database.connection, folder);
    } finally {
      database.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function* jsonText(connection: DuckDBConnection, sql: string): AsyncIterable<string> {
  let separator = '[\n';
  for await (const row of queryObjects(connection, sql)) {
    yield `${separator}${JSON.stringify(withNotFinite(row))}`;
    separator = ',\n';
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

export interface Export {
  readonly format: 'csv' | 'json' | 'parquet';
  /** '-' for standard output. */
  readonly file: string;
  readonly folder: string;
}

/** Writes a query's rows, whole or not at all. */
export async function exportQuery(
  connection: DuckDBConnection,
  sql: string,
  { format, file, folder }: Export,
): Promise<void> {
  const made = join(folder, `rows.${format}`);
  if (format !== 'json') await copyQuery(connection, sql, made, format);
  const rows = format === 'json' ? Readable.from(jsonText(connection, sql)) : createReadStream(made);
  if (file !== '-') return await writeFileAtomic(file, rows);
  await pipeline(rows, process.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
    // A reader that stops early is no error; of others the stream itself has told.
    if (!['EPIPE', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE'].includes(error.code ?? '')) {
      throw error instanceof SonicError || error.code === undefined
        ? error
        : new SonicError(`cannot write to standard output: ${pathReason(error)}`, { cause: error });
    }
  });
}
