/**
 * examples/python with pandas and polars, installed into a folder of the test's own, against means that are taken here;
 * skipped without Python, pip or a package index.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const EXAMPLES = fileURLToPath(new URL('../../examples/python/', import.meta.url));
const CLI = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'sonic-python-'));
const store = join(folder, 'store');
const PYTHON = join(folder, 'venv', 'bin', 'python');
const call = (program: string, ...args: string[]) =>
  spawnSync(program, args, {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...{
        PYTHONPATH: EXAMPLES,
        PYTHONDONTWRITEBYTECODE: '1',
        SONIC: `${process.execPath} ${CLI}`,
        SONIC_STORE: store,
      },
    },
  });

interface Row {
  readonly 'adc.bits': number;
  readonly emulated: number;
  readonly energy_J: number;
}

/** Of each value of adc.bits, in plain loops. */
function means(rows: readonly Row[]) {
  const bits = [...new Set(rows.map((row) => row['adc.bits']))].sort((a, b) => a - b);
  return bits.map((value) => {
    const own = rows.filter((row) => row['adc.bits'] === value);
    const mean = (of: (row: Row) => number) => own.reduce((sum, row) => sum + of(row), 0) / own.length;
    const accuracy = mean((row) => row.emulated);
    const squares = own.reduce((sum, row) => sum + (row.emulated - accuracy) ** 2, 0);
    return [value, own.length, accuracy, Math.sqrt(squares / (own.length - 1)), mean((row) => row.energy_J)];
  });
}

function expectMeans(printed: string, rows: readonly Row[]): void {
  const table = JSON.parse(printed) as number[][];
  const expected = means(rows);
  expect(table).toHaveLength(expected.length);
  for (const [i, row] of expected.entries()) {
    for (const [j, value] of row.entries()) expect(table[i]![j]).toBeCloseTo(value, 12);
  }
}

describe('examples/python', () => {
  let missing = '';
  let trials: Row[] = [];

  beforeAll(() => {
    const steps: [string, ...string[]][] = [
      ['python3', '-m', 'venv', join(folder, 'venv')],
      [
        PYTHON,
        '-m',
        'pip',
        'install',
        '--quiet',
        '--retries',
        '0',
        '--timeout',
        '20',
        '-r',
        `${EXAMPLES}requirements.txt`,
      ],
    ];
    for (const step of steps) {
      missing ||= call(...step).status === 0 ? '' : step.join(' ');
    }
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('the notebook runs, sweeps and reads its store, cell by cell', ({ skip }) => {
    if (missing) skip(`fails here: ${missing}`);
    const cells = join(folder, 'cells.py');
    const show = 'import json; print(json.dumps([result, table.reset_index().values.tolist(), len(layers)]))';
    const { cells: all } = JSON.parse(readFileSync(`${EXAMPLES}sonic.ipynb`, 'utf8')) as {
      cells: { cell_type: string; source: string[] }[];
    };
    const code = all.filter(({ cell_type }) => cell_type === 'code').map(({ source }) => source.join(''));
    writeFileSync(cells, [...code, show].join('\n\n'));
    const { status, stdout, stderr } = call(PYTHON, cells);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const [result, table, layers] = JSON.parse(stdout.trim().split('\n').at(-1)!);
    const sonic = (...args: string[]) => JSON.parse(call(process.execPath, CLI, ...args, '--json', '-').stdout);
    trials = sonic('results', '--store', store);
    expect(trials).toHaveLength(4);
    expectMeans(JSON.stringify(table), trials);
    expect(layers).toBe(2 * 4);
    const again = sonic('run', 'mnist', '--images', '16', '--set', 'adc.bits=6');
    expect([result.accuracy, result.cost]).toEqual([again.accuracy, again.cost]);
  });

  it('trials.py has means and deviations of a store, in pandas and in polars', ({ skip }) => {
    if (missing) skip(`fails here: ${missing}`);
    const file = join(folder, 'trials.parquet');
    expect(call(process.execPath, CLI, 'results', '--store', store, '--parquet', file).status).toBe(0);
    const polars = `import json, trials; print(json.dumps(trials.over_chips_polars('${file}', 'adc.bits').rows()))`;
    expectMeans(call(PYTHON, '-c', polars).stdout, trials);
    const { stdout, status } = call(PYTHON, `${EXAMPLES}trials.py`, '--store', store, process.execPath, CLI);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toMatch(/^8 +2 /);
  });

  it('trials.py says what sonic says where there is no store', ({ skip }) => {
    if (missing) skip(`fails here: ${missing}`);
    const { status, stderr } = call(
      PYTHON,
      `${EXAMPLES}trials.py`,
      '--store',
      join(folder, 'gone'),
      process.execPath,
      CLI,
    );
    expect(status).not.toBe(0);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/RuntimeError: .*gone/);
  });
});
