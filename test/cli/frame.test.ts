import { readdirSync, readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { beforeAll, describe, expect, it } from 'vitest';
import { DescriptionError, UsageError } from '../../src/base/errors.js';
import { describeFailure } from '../../src/cli/failure.js';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, MAIN, runProcess, sonic } from './sonic.js';

beforeAll(buildIfStale, 300_000);
const folder = temporaryFolder();

describe('sonic', () => {
  it('--help names every command and exits 0', async () => {
    const { code, stdout, stderr } = await sonic('--help');
    expect([code, stderr]).toEqual([0, '']);
    for (const command of ['run', 'hardware', 'conformance']) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'));
  });

  /** Addresses of all that a command loads, in all its threads. */
  async function loadedBy(...args: string[]): Promise<string[]> {
    const coverage = folder.path(`coverage-${args.join('-')}`);
    const { code } = await runProcess('env', [`NODE_V8_COVERAGE=${coverage}`, process.execPath, MAIN, ...args]);
    expect(code).toBe(0);
    const loaded = readdirSync(coverage).flatMap((name): string[] =>
      JSON.parse(readFileSync(`${coverage}/${name}`, 'utf8')).result.map(({ url }: { url: string }) => url),
    );
    expect(loaded.some((url) => url.endsWith('dist/cli/main.js'))).toBe(true);
    return loaded;
  }

  it.each([
    ['--help', []],
    ['--version', [/dist\/cli\/(?!main|failure|program|commands|quiet)/]],
  ] as const)(
    '%s starts fast: it loads neither TensorFlow.js nor schemas nor rooms but the command line',
    async (flag, more) => {
      const loaded = await loadedBy(flag);
      const rooms =
        /dist\/(emulation\/(?!backends\/types)|networks|cost|datasets|experiments\/(?!results\/exampleQueries|sweep\/share)|report|training|base\/tensorflow)/;
      for (const unwanted of [/node_modules\/(@tensorflow|zod|yaml)/, rooms, ...more])
        expect(loaded.filter((url) => unwanted.test(url))).toEqual([]);
    },
  );

  it('run on a few images loads its packages and rooms only, and starts no thread', async () => {
    const loaded = await loadedBy('run', 'mnist', '--images', '1', '--set', 'calibration.images=1');
    const rooms =
      /dist\/(training|experiments\/(sweep|store|queue|results|exploration|check|doctor|ready|devices)|report\/(?!run|hardware|kit)|networks\/formats\/(onnx|keras|pytorch|tfjs|hdf5|architecture)|emulation\/backends\/(reference|tensorflow|webgpu))/;
    const packages =
      /node_modules\/(?!@tensorflow\/tfjs-(core|layers|backend-(cpu|wasm))\/|seedrandom|long|zod|yaml|commander|cli-progress|string-width|strip-ansi|ansi-regex|emoji-regex|is-fullwidth-code-point|fflate)/;
    for (const unwanted of [rooms, packages]) expect(loaded.filter((url) => unwanted.test(url))).toEqual([]);
  });

  it('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    for (const flag of ['--version', '-V'])
      expect(await sonic(flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each([
    [['hardwear'], "unknown command 'hardwear' (Did you mean hardware?)"],
    [['hardware', 'shwo'], "unknown command 'shwo' (Did you mean show?)"],
    [['--nonsense'], "unknown option '--nonsense'"],
    [['hardware', 'show', '--jsonn'], "unknown option '--jsonn' (Did you mean --json?)"],
    [['hardware', 'show', 'sonic', 'sonic'], "too many arguments for 'show'. Expected 1 argument but got 2."],
    [['conformance'], 'wants FILE or --random'],
    [['hardware', 'diff'], "missing required argument 'A'"],
    [['run', 'mnist', '--images', '-1'], ''],
    [['attribute', 'mnist', '--effects', 'chirp,drfit'], "there is no effect 'drfit'; there are weightQuantisation,"],
  ])('%j is wrong usage: one line, exit 2', async (args, message) => {
    const { code, stdout, stderr } = await sonic(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^sonic: [^\n]+\n$/);
    expect(stderr).toContain(message);
  });

  it.each([[[]], [['hardware']]])('%j without a command prints help and exits 2', async (args) => {
    const { code, stderr } = await sonic(...args);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: sonic');
  });

  it('a user’s mistake is one line, exit 1, and no stack unless asked for', async () => {
    const { code, stdout, stderr } = await sonic('hardware', 'show', 'no-such-file.yaml');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^sonic: [^\n]*no-such-file\.yaml[^\n]*\n$/);
    for (const args of [
      ['--debug', 'hardware', 'show', 'none'],
      ['hardware', 'show', 'none', '--debug'],
    ]) {
      expect((await sonic(...args)).stderr).toMatch(/^sonic: .*\nDescriptionError: [\s\S]*\n {4}at /);
    }
  });

  it('a reader that stops early is no error', async () => {
    const { code, stdout, stderr } = await runProcess('bash', [
      '-c',
      `set -o pipefail; ${process.execPath} ${MAIN} conformance test/conformance/*.json --backend reference --verbose | head -n 1`,
    ]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toHaveLength(2);
  });
});

describe('describeFailure', () => {
  it.each([
    [new DescriptionError('adc.bits is 0'), { text: 'sonic: adc.bits is 0\n', exitCode: 1 }],
    [new UsageError('--backend gpu: unknown'), { text: 'sonic: --backend gpu: unknown\n', exitCode: 2 }],
    [new DescriptionError("file 'a\nb\u001b[31m': bad"), { text: "sonic: file 'a b\\u001b[31m': bad\n", exitCode: 1 }],
    [new CommanderError(0, 'commander.helpDisplayed', ''), { text: '', exitCode: 0 }],
    [new CommanderError(1, 'commander.unknownOption', ''), { text: '', exitCode: 2 }],
  ])('%s', (error, expected) => {
    expect(describeFailure(error, false)).toEqual(expected);
  });

  it.each([new TypeError('x is\nundefined'), 'thrown text', undefined])(
    'anything else (%s) is a defect of ours, in one line',
    (error) => {
      const { text, exitCode } = describeFailure(error, false);
      expect(exitCode).toBe(1);
      expect(text).toMatch(/^sonic: this is a defect of sonic[^\n]*--debug[^\n]*\n$/);
    },
  );

  it('the stack comes with --debug only', () => {
    expect(describeFailure(new TypeError('x'), true).text).toMatch(/\n {4}at /);
    expect(describeFailure(new DescriptionError('x'), true).text).toMatch(/^sonic: x\n[\s\S]*\n {4}at /);
  });
});
