/** The trials of a store in an in-memory DuckDB, where SQL can read them and reach nothing else. */
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { SonicError } from '../../base/errors.js';
import type { TrialStore } from '../sweep/types.js';
import {
  type Cell,
  type ColumnType,
  DEVICES_TABLE,
  LAYERS,
  SWEEP_POINTS,
  SWEEPS,
  TABLES,
  type Table,
  TRIALS,
} from './tables.js';

type DuckDB = typeof import('@duckdb/node-api');

async function loadDuckDB(): Promise<DuckDB> {
  try {
    return await import('@duckdb/node-api');
  } catch (error) {
    throw new SonicError(
      `SQL and exports need DuckDB, which cannot be loaded here (${(error as Error).message.split('\n')[0]}); ` +
        "run 'npm ci' on this machine, or read the store's files, which are JSON",
      { cause: error },
    );
  }
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

function appendCell(duckdb: DuckDB, appender: DuckDBAppender, { type }: { type: ColumnType }, value: Cell): void {
  if (value === null) appender.appendNull();
  else if (typeof value === 'boolean') appender.appendBoolean(value);
  else if (typeof value === 'string') appender.appendVarchar(value);
  else if (value instanceof Date) {
    appender.appendTimestamp(new duckdb.DuckDBTimestampValue(BigInt(value.getTime()) * 1000n));
  } else if (type === 'BIGINT') appender.appendBigInt(BigInt(value));
  else appender.appendDouble(value);
}

/** Rows go in one by one; `close` before they are read. */
async function openTable<Row>(duckdb: DuckDB, connection: DuckDBConnection, table: Table<Row>) {
  const appender = await connection.createAppender(table.name);
  return {
    add: (row: Row) => {
      for (const column of table.columns) appendCell(duckdb, appender, column, column.value(row));
      appender.endRow();
    },
    close: () => appender.closeSync(),
  };
}

async function createTables(connection: DuckDBConnection): Promise<void> {
  for (const { name, meaning, columns } of TABLES) {
    const list = columns.map((column) => `${quoted(column.name)} ${column.type}`);
    await connection.run(`CREATE TABLE ${name} (${list.join(', ')})`);
    const text = (value: string) => `'${value.replaceAll("'", "''")}'`;
    await connection.run(`COMMENT ON TABLE ${name} IS ${text(meaning)}`);
  }
}

async function fill(
  duckdb: DuckDB,
  connection: DuckDBConnection,
  store: TrialStore,
  onTrial: (done: number) => void,
): Promise<void> {
  const open = <Row>(table: Table<Row>) => openTable(duckdb, connection, table);
  const [trials, layers, devices] = [await open(TRIALS), await open(LAYERS), await open(DEVICES_TABLE)];
  const keys = new Set<string>();
  for await (const trial of store.trials()) {
    trials.add(trial);
    const errors = new Map(trial.layerErrors.map((error) => [error.name, error]));
    trial.result.layers.forEach((layer, index) => {
      layers.add({ trial, index, layer, error: errors.get(layer.name) });
    });
    for (const [device, energy_J] of Object.entries(trial.result.cost?.devices ?? {})) {
      devices.add({ trial, device, energy_J });
    }
    keys.add(trial.key);
    onTrial(keys.size);
  }
  const [sweeps, points] = [await open(SWEEPS), await open(SWEEP_POINTS)];
  for (const sweep of await store.sweeps()) {
    sweeps.add(sweep);
    for (const point of sweep.points) {
      for (const key of point.trials) points.add({ sweep, point, key, finished: keys.has(key) });
    }
  }
  for (const table of [trials, layers, devices, sweeps, points]) table.close();
}

export interface ResultsDatabase {
  readonly connection: DuckDBConnection;
  close(): void;
}

/**
 * Reads a store into tables.
 * @param exportFolder the only folder that SQL may write to; null for none.
 * @throws SonicError where DuckDB is not there.
 */
export async function openResultsDatabase(
  store: TrialStore,
  exportFolder: string | null,
  onTrial: (done: number) => void = () => {},
): Promise<ResultsDatabase> {
  const duckdb = await loadDuckDB();
  const instance: DuckDBInstance = await duckdb.DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await createTables(connection);
  await fill(duckdb, connection, store, onTrial);
  if (exportFolder !== null) {
    await connection.run(`SET allowed_directories = ['${exportFolder.replaceAll("'", "''")}/']`);
  }
  // A query that writes files, or reads others than the store's, would not be one of the store.
  await connection.run('SET enable_external_access = false');
  await connection.run('SET lock_configuration = true');
  return {
    connection,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
