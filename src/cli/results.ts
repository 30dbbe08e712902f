/** `sonic results`: the trials of a store as a table, by SQL, and as files; and what keeps a store. */
import { Command } from 'commander';
import { jsonOption, storeOption, wholeNumber } from './options.js';
import { createProgress } from './progress.js';
import { addKeepingCommands, damageWarner } from './resultsKeep.js';

interface ResultsFlags {
  readonly store: string;
  readonly sql?: string;
  readonly csv?: string;
  readonly json?: string;
  readonly parquet?: string;
  readonly schema?: boolean;
  readonly limit?: number;
}

/** Rows that a table shows unless --limit says otherwise: of trials, and of a query. */
const [SHOWN_TRIALS, SHOWN_ROWS] = [20, 1000];

const EVERYTHING = 'SELECT * FROM trials ORDER BY finished_at DESC, key';

async function printSchema(): Promise<void> {
  const [{ TABLES }, { renderTable }] = await Promise.all([
    import('../experiments/results/tables.js'),
    import('../report/kit/table.js'),
  ]);
  const texts = TABLES.map(({ name, meaning, columns }) => {
    const table = renderTable(columns, {
      columns: [
        { title: 'column', value: (column) => (column.name.includes('.') ? `"${column.name}"` : column.name) },
        { title: 'type', value: (column) => column.type },
        { title: 'meaning', value: (column) => column.meaning },
      ],
    });
    return `${name}: ${meaning}\n\n${table}`;
  });
  process.stdout.write(`${texts.join('\n\n')}\n`);
}

/** The newest trials, and what else there is. */
async function printTrials({ store: folder, limit = SHOWN_TRIALS }: ResultsFlags): Promise<void> {
  const [{ openTrialStore }, { renderTrials }, { codeHash }] = await Promise.all([
    import('../experiments/store/store.js'),
    import('../report/results/resultsTable.js'),
    import('../experiments/store/codeHash.js'),
  ]);
  const store = await openTrialStore(folder, { readOnly: true, onDamage: damageWarner() });
  const progress = createProgress('trials read');
  let newest: import('../experiments/sweep/types.js').Trial[] = [];
  let [count, others] = [0, 0];
  const keep = () => {
    newest = newest.sort((a, b) => (a.finishedAt < b.finishedAt ? 1 : -1)).slice(0, limit);
  };
  const code = codeHash();
  for await (const trial of store.trials()) {
    count++;
    if (trial.identity.code !== code) others++;
    newest.push(trial);
    if (newest.length > 2 * limit + 100) keep();
    if (count % 100 === 0) progress.stage(`reading trials: ${count}`);
  }
  keep();
  progress.stop();
  const unfinished = (await store.unfinished()).length;
  const sweeps = (await store.sweeps()).map(({ name }) => name);
  const lines = [
    ...(count > 0 ? [renderTrials(newest), ''] : []),
    `${count} trials in ${folder}` +
      (count > newest.length ? `, the newest ${newest.length} shown (--limit, --csv, --sql for more)` : '') +
      (unfinished > 0 ? `; ${unfinished} unfinished` : '') +
      (others > 0 ? `; ${others} of other versions of the code (sonic results prune)` : ''),
    ...(sweeps.length > 0 ? [`sweeps: ${sweeps.join(', ')}`] : []),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

/** '(3 rows)', or how many of how many are shown and where the others are to be had. */
function rowsNote({ rows, total }: import('../experiments/results/query.js').QueryResult): string {
  if (total === rows.length) return `(${total} ${total === 1 ? 'row' : 'rows'})`;
  const count = (value: number) => value.toLocaleString('en-US');
  const all = total === null ? 'many more' : count(total);
  return `(the first ${count(rows.length)} of ${all} rows; --limit N shows more, --csv, --json or --parquet FILE writes all)`;
}

async function queryResults(flags: ResultsFlags): Promise<void> {
  const { exportQuery, withDatabase } = await import('../experiments/results/databaseSession.js');
  const { csv, json, parquet } = flags;
  const { checkOutputs } = await import('../base/files.js');
  const { UsageError } = await import('../base/errors.js');
  if ([csv, json, parquet].filter((file) => file === '-').length > 1) {
    throw new UsageError("only one of --csv, --json and --parquet can go to standard output ('-')");
  }
  await checkOutputs(csv, json, parquet);
  const progress = createProgress('trials');
  const options = {
    onDamage: damageWarner(),
    onTrial: (done: number) => {
      if (done % 100 === 0) progress.stage(`reading trials: ${done}`);
    },
  };
  await withDatabase(flags.store, options, async (connection, folder) => {
    progress.stop();
    const { checkQuery, runQuery } = await import('../experiments/results/query.js');
    const sql = flags.sql ?? EVERYTHING;
    await checkQuery(connection, sql);
    const outputs = { csv, json, parquet };
    for (const format of ['csv', 'json', 'parquet'] as const) {
      const file = outputs[format];
      if (file !== undefined) await exportQuery(connection, sql, { format, file, folder });
    }
    if (csv !== undefined || json !== undefined || parquet !== undefined) return;
    const { renderQuery } = await import('../report/results/resultsTable.js');
    const result = await runQuery(connection, sql, flags.limit ?? SHOWN_ROWS);
    process.stdout.write(`${renderQuery(result)}\n${rowsNote(result)}\n`);
  }).finally(() => progress.stop());
}

async function results(flags: ResultsFlags): Promise<void> {
  if (flags.schema) return printSchema();
  const { sql, csv, json, parquet } = flags;
  const needsDatabase = [sql, csv, json, parquet].some((flag) => flag !== undefined);
  return needsDatabase ? queryResults(flags) : printTrials(flags);
}

/** The command `sonic results` with `merge`, `verify` and `prune`. */
export async function resultsCommand(): Promise<Command> {
  const { EXAMPLE_QUERIES } = await import('../experiments/results/exampleQueries.js');
  const queries = EXAMPLE_QUERIES.map(({ what, sql }) => `  ${what}:\n    sonic results --sql '${sql}'`);
  const command = new Command('results')
    .description('Show the trials of a store, newest first, query them with SQL, or write them to files')
    .addOption(storeOption())
    .option('--sql <QUERY>', 'run a query on tables trials, layers, devices, sweeps, sweep_points')
    .option('--schema', 'print the tables and columns with their meanings')
    .option('--csv <FILE>', "write the trials, or the query's rows, as CSV; '-' for standard output")
    .addOption(jsonOption("write them as JSON; '-' for standard output"))
    .option('--parquet <FILE>', 'write them as Parquet')
    .option(
      '--limit <N>',
      'rows that the table shows (default: 20 trials, 1,000 rows of a query)',
      wholeNumber(1, 1_000_000),
    )
    .addHelpText(
      'after',
      `
SQL is DuckDB's; names with a dot need quotes: "adc.bits". The store is only read.

Examples:
  sonic results --limit 50
  sonic results --parquet trials.parquet
${queries.join('\n')}
  sonic results merge shard-1 shard-2 --store all`,
    )
    .action(results);
  addKeepingCommands(command);
  return command;
}
