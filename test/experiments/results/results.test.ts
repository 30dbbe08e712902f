import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, describe, expect, it } from 'vitest';
import { openResultsDatabase, type ResultsDatabase } from '../../../src/experiments/results/database.js';
import { EXAMPLE_QUERIES } from '../../../src/experiments/results/exampleQueries.js';
import { checkQuery, runQuery } from '../../../src/experiments/results/query.js';
import { TABLES } from '../../../src/experiments/results/tables.js';
import { codeHash } from '../../../src/experiments/store/codeHash.js';
import { openTrialStore } from '../../../src/experiments/store/store.js';
import type { SweepManifest, Trial } from '../../../src/experiments/sweep/types.js';
import { valueAtPath } from '../../../src/hardware/descriptionFiles.js';
import { hardwareFields } from '../../../src/hardware/descriptionPaths.js';
import { buildIfStale, MAIN, runProcess, sonic } from '../../cli/sonic.js';
import { temporaryFolder } from '../../helpers/folder.js';
import { exampleBlock, exampleTrial } from '../store/trials.js';

const folder = temporaryFolder();
const BITS = [6, 8, 10];
const CHIPS = [1, 2, 3, 4];
let trials: Trial[] = [];

function sweepOf(points: Trial[][]): SweepManifest {
  return {
    schema: 'sonic-sweep/1',
    name: "bits of the 'ADC'",
    title: 'Bits',
    description: '',
    source: 'axes:\n  adc.bits: [6, 8, 10]\n',
    command: 'sonic sweep bits.yaml',
    axes: [{ name: 'adc.bits', label: 'bits', paths: ['adc.bits'], values: BITS, scale: 'linear' }],
    points: points.map((ofPoint, index) => ({
      index,
      values: { 'adc.bits': BITS[index]!, word: "it's" },
      trials: [...ofPoint.map(({ key }) => key), 'f'.repeat(64)],
    })),
    figures: [],
    createdAt: '2026-02-03T04:05:06.000Z',
  };
}

beforeAll(async () => {
  buildIfStale();
  const points = BITS.map((bits, b) =>
    CHIPS.map((chipSeed) =>
      exampleTrial({
        code: codeHash(),
        chipSeed,
        images: 64,
        emulated: 0.5 + b / 8 + chipSeed / 64,
        hardware: { adc: { bits }, ...(b === 1 ? { adc: { bits, range: 3.5, effectiveBits: 7.25 } } : {}) },
        finishedAt: `2026-03-0${b + 1}T00:00:0${chipSeed}.000Z`,
      }),
    ),
  );
  trials = [
    ...points.flat(),
    exampleTrial({ code: 'e'.repeat(64), digital: true, finishedAt: '2025-01-01T00:00:00.000Z' }),
  ];
  const store = await openTrialStore(folder.path('store'));
  for (const trial of trials) await store.put(trial);
  await store.putSweep(sweepOf(points));
  await store.putBlock('9'.repeat(64), exampleBlock(0));
}, 300_000);

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const emulatedTrials = () => trials.filter(({ result }) => result.cost !== null);
const cli = (...args: string[]) => sonic('results', ...args, '--store', folder.path('store'));
const query = async (sql: string) => JSON.parse((await cli('--sql', sql, '--json', '-')).stdout);

describe('the tables', () => {
  let database: ResultsDatabase;
  beforeAll(async () => {
    database = await openResultsDatabase(await openTrialStore(folder.path('store'), { readOnly: true }), null);
    return () => database.close();
  });
  const ask = async (sql: string) => (await runQuery(database.connection, sql, 1000)).rows;

  it('hold every field of the hardware under its path, with its value', async () => {
    const paths = hardwareFields()
      .map(({ path }) => path)
      .filter((path) => path !== 'name');
    const columns = paths.map((path) => `"${path}"`).join(', ');
    for (const { key, identity } of trials) {
      const [row] = await ask(`SELECT ${columns} FROM trials WHERE key = '${key}'`);
      paths.forEach((path, i) => {
        const wanted = valueAtPath(identity.hardware, path);
        const value = typeof row![i] === 'bigint' ? Number(row![i]) : row![i];
        expect(value, path).toEqual(typeof value === 'string' ? String(wanted) : wanted);
      });
    }
  });

  it('agree with the trials', async () => {
    const rows = await ask(
      `SELECT key, code, images::INT, fidelity, backend, chip_seed::INT, digital, emulated, interval_low, interval_high,
         changed::INT, latency_s, energy_J, power_W, fps, fps_per_W, wall_time_s, epoch_ms(finished_at)::DOUBLE FROM trials ORDER BY key`,
    );
    const wanted = [...trials]
      .sort((a, b) => (a.key < b.key ? -1 : 1))
      .map(({ key, identity, result: { accuracy, cost, run }, finishedAt }) => [
        key,
        identity.code,
        identity.dataset.images,
        identity.fidelity,
        identity.backend,
        identity.chipSeed,
        accuracy.digital,
        accuracy.emulated,
        accuracy.interval95?.[0] ?? null,
        accuracy.interval95?.[1] ?? null,
        accuracy.changed,
        cost?.latency_s ?? null,
        cost?.energy_J ?? null,
        cost?.power_W ?? null,
        cost?.framesPerSecond ?? null,
        cost?.framesPerSecondPerWatt ?? null,
        run.wallTime_s,
        Date.parse(finishedAt),
      ]);
    expect(rows).toEqual(wanted);
    expect(
      await ask('SELECT DISTINCT name, effective_bits, kernel, peak_over_range FROM layers ORDER BY name'),
    ).toEqual([
      ['conv1', 4.85, '3x3', Number.POSITIVE_INFINITY],
      ['dense1', Number.POSITIVE_INFINITY, null, Number.POSITIVE_INFINITY],
    ]);
  });

  it('join: energies of devices by trial, points of sweeps with their trials', async () => {
    for (const [key, energy] of await ask('SELECT key, sum(energy_J) FROM devices GROUP BY key')) {
      const { cost } = trials.find((trial) => trial.key === key)!.result;
      expect(energy).toBeCloseTo(
        Object.values(cost!.devices).reduce((sum, value) => sum + value, 0),
        15,
      );
    }
    const points = await ask(
      `SELECT (axis_values->>'adc.bits')::INT AS bits, axis_values->>'word', avg(emulated), count(*) FILTER (NOT finished)::INT
         FROM sweep_points LEFT JOIN trials USING (key) GROUP BY ALL ORDER BY bits`,
    );
    expect(points.map(([bits, word, , missing]) => [bits, word, missing])).toEqual(
      BITS.map((bits) => [bits, "it's", 1]),
    );
    BITS.forEach((bits, i) => {
      const own = emulatedTrials().filter(({ identity }) => identity.hardware.adc.bits === bits);
      expect(points[i]![2]).toBeCloseTo(mean(own.map(({ result }) => result.accuracy.emulated!)), 12);
    });
    expect(await ask('SELECT sweep, points::INT, trials::INT FROM sweeps')).toEqual([["bits of the 'ADC'", 3, 15]]);
  });

  it('cannot be left: no file is read or written by SQL', async () => {
    for (const sql of [
      `COPY trials TO '${folder.path('out.csv')}'`,
      `SELECT * FROM read_text('${folder.path('store/sonic-store.json')}')`,
      `ATTACH '${folder.path('x.db')}'`,
      'SET enable_external_access = true',
    ]) {
      await expect(runQuery(database.connection, sql, 10)).rejects.toThrow(/^--sql: /);
    }
    expect(await readdir(folder.path())).toEqual(['store']);
  });

  it('keep the first rows only and count the others as they pass', async () => {
    const before = process.memoryUsage().rss;
    const { rows, total } = await runQuery(database.connection, 'SELECT i, i / 7 AS x FROM range(20000000) t(i)', 5);
    expect([rows.map(([i]) => Number(i)), total]).toEqual([[0, 1, 2, 3, 4], 20_000_000]);
    // All of them as JavaScript's values took 4.9 GB.
    expect(process.memoryUsage().rss - before).toBeLessThan(1e9);
    expect(await runQuery(database.connection, 'SELECT 1 AS one', 5)).toMatchObject({ rows: [[1]], total: 1 });
    expect(await runQuery(database.connection, 'SELECT 1 WHERE false', 5)).toMatchObject({ rows: [], total: 0 });
    expect((await runQuery(database.connection, 'SELECT * FROM range(5000)', 5000)).rows).toHaveLength(5000);
    const endless = await runQuery(database.connection, 'SELECT * FROM range(100000000000)', 5, 50);
    expect([endless.rows.length, endless.total]).toEqual([5, null]);
  }, 60_000);

  it.each([
    ['SELECT foo FROM trials', /^--sql: Binder Error: .*"foo" not found.* \(line 1, column 8: 'foo FROM trials'\)$/],
    [
      'SELECT 1\n  FROM nowhere',
      /^--sql: Catalog Error: Table with name nowhere does not exist.* \(line 2, column 8: 'nowhere'\)$/,
    ],
    ['SELEC 1', /^--sql: Parser Error: syntax error at or near "SELEC" \(line 1, column 1: 'SELEC 1'\)$/],
    ['SELECT 1; SELECT 2', /^--sql: one query at a time; there are 2$/],
    ['-- nothing\n', /^--sql: the query is empty$/],
    [`SELECT ${'1 + '.repeat(80)}foo`, /^--sql: Binder Error: .*"foo".*\(line 1.*'foo'\)$/],
  ])('say on one line what is wrong with %j', async (sql, message) => {
    await expect(checkQuery(database.connection, sql)).rejects.toThrow(message);
  });
});

describe('docs/store.md', () => {
  it('shows queries that run, with the columns that they give', async () => {
    const page = await readFile(new URL('../../../docs/store.md', import.meta.url), 'utf8');
    const shown = [...page.matchAll(/^ {4}sonic results --sql (['"])(.*)\1$\n\n {4}(.*)$/gm)];
    expect(shown).toHaveLength(3);
    for (const [, , sql, titles] of shown) {
      const [row] = await query(sql!.replace("'adc-bits'", "'bits of the ''ADC'''"));
      expect(Object.keys(row)).toEqual(titles!.trim().split(/ +/));
    }
    for (const { name } of TABLES) expect(page).toContain(`| \`${name}\` |`);
  });
});

describe('sonic results', () => {
  it('prints the newest trials with the fields in which they differ', async () => {
    const { code, stdout, stderr } = await cli('--limit', '5');
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      /^finished \(UTC\) +key +network +images .* adc\.bits +adc\.power_mW +adc\.range +adc\.effectiveBits .*emulated/,
    );
    expect(lines.slice(2, 7).map((line) => line.slice(0, 16))).toEqual([
      ...new Array(4).fill('2026-03-03 00:00'),
      '2026-03-02 00:00',
    ]);
    expect(lines[8]).toContain('13 trials in');
    expect(lines[8]).toContain('the newest 5 shown');
    expect(lines[8]).toContain('; 1 unfinished; 1 of other versions of the code');
    expect(lines[9]).toBe("sweeps: bits of the 'ADC'");
  });

  it.skipIf(!existsSync('/dev/full'))('is told where standard output is a full disk', async () => {
    for (const form of [[], ['--csv', '-'], ['--json', '-']]) {
      const words = [process.execPath, MAIN, 'results', '--store', folder.path('store'), ...form];
      const script = `${words.map((word) => `'${word}'`).join(' ')} > /dev/full`;
      const { code, stderr } = await runProcess('bash', ['-c', script]);
      expect([code, stderr]).toEqual([1, 'sonic: cannot write to standard output: no space is left; make room\n']);
    }
  });

  it('--schema names every table and column with its meaning', async () => {
    const { code, stdout } = await sonic('results', '--schema');
    expect(code).toBe(0);
    for (const { name, columns } of TABLES) {
      expect(stdout).toContain(`${name}: `);
      for (const column of columns) {
        expect(column.meaning).not.toBe('');
        expect(stdout).toContain(column.name);
      }
    }
  });

  it('the queries of its help run, and agree with sums of our own', async () => {
    const { stdout: help } = await sonic('results', '--help');
    for (const { sql } of EXAMPLE_QUERIES) expect(help).toContain(sql);
    const [byBits, byLayer, byPoint] = await Promise.all(EXAMPLE_QUERIES.map(({ sql }) => query(sql)));
    expect(byBits.map(({ bits }: { bits: number }) => bits)).toEqual([6, 8, 10, 16]);
    BITS.forEach((bits, i) => {
      const own = emulatedTrials().filter(({ identity }) => identity.hardware.adc.bits === bits);
      expect(byBits[i].trials).toBe(own.length);
      expect(byBits[i].accuracy).toBeCloseTo(mean(own.map(({ result }) => result.accuracy.emulated!)), 12);
      expect(byBits[i].energy_J).toBeCloseTo(mean(own.map(({ result }) => result.cost!.energy_J)), 15);
    });
    expect(byLayer.map(({ name, clipped }: { name: string; clipped: number }) => [name, clipped])).toEqual([
      ['conv1', 0.05],
      ['dense1', 0.05],
    ]);
    // At each of three points the devices that use energy.
    const using = Object.entries(emulatedTrials()[0]!.result.cost!.devices).filter(([, energy_J]) => energy_J > 0);
    expect(byPoint).toHaveLength(3 * using.length);
  });

  it('writes CSV, JSON and Parquet with the same rows', async () => {
    const [csv, json, parquet] = ['rows.csv', 'rows.json', 'rows.parquet'].map((name) => folder.path(name)) as [
      string,
      string,
      string,
    ];
    const { code, stdout, stderr } = await cli('--csv', csv, '--json', json, '--parquet', parquet);
    expect([code, stdout, stderr]).toEqual([0, '', '']);
    const rows = JSON.parse(await readFile(json, 'utf8'));
    expect(rows).toHaveLength(trials.length);
    expect(rows[0]).toMatchObject({ key: trials[11]!.key, 'adc.bits': 10, finished_at: '2026-03-03T00:00:04.000Z' });
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    const keys = async (from: string) =>
      (await connection.runAndReadAll(`SELECT key, emulated, "adc.bits"::INT FROM ${from}`)).getRowsJS();
    const wanted = rows.map((row: Record<string, unknown>) => [row['key'], row['emulated'], row['adc.bits']]);
    expect(await keys(`read_csv('${csv}')`)).toEqual(wanted);
    expect(await keys(`'${parquet}'`)).toEqual(wanted);
  });

  it('standard output takes CSV and JSON of a query', async () => {
    const sql =
      'SELECT "adc.bits" AS bits, count(*) AS n, max(interval_low) FROM trials GROUP BY 1 ORDER BY 1;  -- by bits';
    const { stdout } = await cli('--sql', sql, '--csv', '-');
    expect(stdout.split('\n').slice(0, 2)[0]).toBe('bits,n,max(interval_low)');
    expect(stdout.split('\n')[1]).toMatch(/^6,4,0\.\d+$/);
    expect((await query(sql)).map(({ bits, n }: { bits: number; n: number }) => [bits, n])).toEqual([
      [6, 4],
      [8, 4],
      [10, 4],
      [16, 1],
    ]);
    expect(await query('SELECT 1 AS one WHERE false')).toEqual([]);
    expect((await cli('--sql', 'DESCRIBE trials', '--csv', '-')).stdout).toContain('adc.bits,BIGINT');
    expect((await cli('--sql', 'SELECT 0.1 + 0.2 AS x, NULL AS y')).stdout).toBe('  x  y\n---  -\n0.3\n(1 row)\n');
  });

  it.each([
    [['--sql', 'SELECT foo FROM trials'], 2, 'column 8'],
    [['--csv', '-', '--json', '-'], 2, 'only one of'],
    [['--csv', '/nowhere/x.csv'], 1, "there is no folder '/nowhere'"],
    [['--limit', 'x'], 2, 'whole number'],
  ])('%j: one line, exit %d', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it('leaves the store as it is', async () => {
    const times = async () => {
      const files = (await readdir(folder.path('store'), { recursive: true })).sort();
      return Promise.all(files.map(async (name) => [name, (await stat(join(folder.path('store'), name))).mtimeMs]));
    };
    const before = await times();
    await cli();
    await cli('--sql', 'DELETE FROM trials WHERE digital > 0');
    await sonic('results', 'verify', '--store', folder.path('store'));
    expect(await times()).toEqual(before);
    const { code, stderr } = await sonic('results', '--store', folder.path('none'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('there is none in')]);
  });
});

describe('keeping a store', () => {
  const keep = (...args: string[]) => sonic('results', ...args);
  const filled = async (name: string, ...ofStore: Trial[]) => {
    const store = await openTrialStore(folder.path(name));
    for (const trial of ofStore) await store.put(trial);
    return store;
  };

  it('merge copies each trial once and leaves differing ones out, by name', async () => {
    const [a, b, c] = [1, 2, 3].map((chipSeed) => exampleTrial({ chipSeed })) as [Trial, Trial, Trial];
    const wrong = { ...b, layerErrors: [{ name: 'conv1', rms: 0.02, effectiveBits: 3.85 }] };
    const one = await filled('one', a, b);
    await one.putBlock(c.key, exampleBlock(0));
    await filled('two', wrong, c);
    const into = ['--store', folder.path('all')];
    expect((await keep('merge', folder.path('one'), ...into)).stdout).toMatch(
      /^2 trials copied .*, 0 there already, 1 block/,
    );
    expect((await keep('merge', folder.path('one'), ...into)).stdout).toMatch(
      /^0 trials copied .*, 2 there already, 0 blocks/,
    );
    const { code, stdout, stderr } = await keep('merge', folder.path('one'), folder.path('two'), ...into);
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^1 trial copied .*, 2 there already/)]);
    expect(stderr).toContain(`trial ${b.key} of ${folder.path('two')} is left out`);
    expect(stderr).toContain('layerErrors.0.rms is 0.01 in one and 0.02 in the other');
    const all = await openTrialStore(folder.path('all'));
    for (const trial of [a, b, c]) expect(await all.get(trial.key)).toEqual(trial);
    expect(await all.unfinished()).toEqual([]);
    const self = await keep('merge', folder.path('all'), ...into);
    expect([self.code, self.stderr]).toEqual([2, expect.stringContaining('is the store to merge into')]);
  });

  it('verify names what is damaged, and exits 1', async () => {
    const [a, b] = [exampleTrial(), exampleTrial({ chipSeed: 2 })];
    await filled('verified', a, b);
    const path = folder.path('verified');
    const whole = await keep('verify', '--store', path);
    expect([whole.code, whole.stdout]).toEqual([0, expect.stringContaining('2 whole trials')]);
    const file = join(path, 'trials', a.key.slice(0, 2), `${a.key}.json`);
    await writeFile(file, (await readFile(file, 'utf8')).replace('0.75', '0.85'));
    await writeFile(join(path, 'trials', 'notes.txt'), 'x');
    const { code, stdout, stderr } = await keep('verify', '--store', path);
    expect(code).toBe(1);
    expect(stdout).toContain(`damaged: ${file}: its content does not match its checksum\n`);
    expect(stdout).toContain('notes.txt: it has not the name of a record');
    expect(stdout).toContain('1 whole trial,');
    expect(stderr).toMatch(/^sonic: 2 files of .* cannot be used/);
  });

  it('prune lists other versions of the code, and removes them with --yes', async () => {
    const [own, old] = [exampleTrial({ code: codeHash() }), exampleTrial({ code: 'd'.repeat(64) })];
    const store = await filled('pruned', own, old);
    await store.putBlock('8'.repeat(64), exampleBlock(0));
    const at = ['--store', folder.path('pruned')];
    const listed = await keep('prune', ...at);
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining('1 trial would be removed')]);
    expect(listed.stdout).toMatch(/dddddddddddddddd +1 +2026-03-04 05:06 +goes/);
    expect(await store.get(old.key)).toBeDefined();
    expect((await keep('prune', '--unfinished', '--yes', ...at)).stdout).toContain('2 trials removed');
    expect([await store.get(old.key), await store.get(own.key)]).toEqual([undefined, own]);
    expect(await store.unfinished()).toEqual([]);
    expect((await keep('prune', ...at)).stdout).toContain('nothing to remove');
  });
});
