/**
 * The other tools in a Python environment of their own, in a per-user cache: a second call finds everything there.
 * aihwkit is compiled against the torch beside it; the wheel is kept, so that this happens once.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TORCH = 'torch==2.13.0+cpu';
const AIHWKIT = 'aihwkit==1.2.0';
const LIGHTNING = 'aihwkit-lightning==2.1.0';
const BUILD = ['cmake>=4.2.1', 'scikit-build>=0.18.1', 'pybind11>=3.0.1', 'ninja', 'mypy', 'setuptools>=77', 'wheel'];
const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url));
/** What the compilation of aihwkit needs, and Debian's packages that bring it. */
const DEBIAN = 'g++ make libopenblas-dev python3-dev';

export class SetupError extends Error {}

/** Where the environment lies unless the caller says otherwise. */
export function defaultEnvironment() {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sonic-photonics', 'bench-peers');
}

/** Runs a program; the end of its output where it fails. */
function tryRun(program, args, options = {}) {
  const result = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.status === 0) return { ok: true, output: result.stdout };
  const text = result.error ? result.error.message : `${result.stderr}\n${result.stdout}`;
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('WARNING'));
  const error = lines.find((line) => /^ERROR|error:/i.test(line)) ?? lines.at(-1) ?? `signal ${result.signal}`;
  return { ok: false, output: text, reason: error.trim().slice(0, 200) };
}

/** Which of `specs` (name==version) the environment lacks. */
function missing(python, specs) {
  const code =
    'import sys, importlib.metadata as m\nfor s in sys.argv[1:]:\n n, v = s.split("==")\n' +
    ' try: ok = m.version(n) == v\n except m.PackageNotFoundError: ok = False\n if not ok: print(s)';
  const { output } = tryRun(python, ['-c', code, ...specs]);
  return output.split('\n').filter((line) => line !== '');
}

function requirements() {
  return readFileSync(REQUIREMENTS, 'utf8')
    .split('\n')
    .filter((line) => line.includes('=='));
}

/** The pin without what makes it a certain build. */
const releaseOf = (spec) => spec.replace(/\+.*/, '');

function createEnvironment(folder) {
  const python = join(folder, 'venv', 'bin', 'python');
  if (existsSync(python)) return python;
  mkdirSync(folder, { recursive: true });
  const made = tryRun('python3', ['-m', 'venv', join(folder, 'venv')]);
  if (!made.ok)
    throw new SetupError(
      `no Python environment: ${made.reason}; it needs python3 3.10 or newer (Debian: apt install python3-venv)`,
    );
  return python;
}

function installTorch(pip, python, { torch, torchIndex }) {
  if (missing(python, [torch]).length === 0) return;
  const index = torchIndex ? ['--extra-index-url', torchIndex] : [];
  const done = pip([...index, torch]);
  if (done.ok) return;
  throw new SetupError(
    `${torch}: ${done.reason}. Where pip finds no CPU build, give --torch-index https://download.pytorch.org/whl/cpu, ` +
      `or --torch ${releaseOf(torch)}, which on Linux brings CUDA libraries of several gigabytes`,
  );
}

/** Compiles aihwkit's source package into a wheel, eight minutes on two cores; null or why not. */
function buildAihwkit(folder, python, pip, torch) {
  // Another torch needs another build.
  const wheels = join(folder, 'wheels', createHash('sha256').update(torch).digest('hex').slice(0, 8));
  const built = () =>
    existsSync(wheels) ? readdirSync(wheels).find((name) => name.startsWith('aihwkit-')) : undefined;
  if (!built()) {
    const tools = pip(BUILD);
    if (!tools.ok) return `its build tools: ${tools.reason}`;
    const venv = join(folder, 'venv');
    const environment = { ...process.env, VIRTUAL_ENV: venv, PATH: `${join(venv, 'bin')}:${process.env.PATH}` };
    const args = [
      '-m',
      'pip',
      'wheel',
      '--quiet',
      '--no-deps',
      '--no-build-isolation',
      '--no-binary',
      'aihwkit',
      '-w',
      wheels,
    ];
    const wheel = tryRun(python, [...args, AIHWKIT], { env: environment });
    if (!wheel.ok) return `it does not compile: ${wheel.reason} (Debian: apt install ${DEBIAN})`;
  }
  const done = pip(['--no-deps', join(wheels, built())]);
  return done.ok ? null : done.reason;
}

/**
 * Makes the environment whole.
 * @param options folder; torch: what pip installs; torchIndex: one more index for it; tools: those that will run, whose own
 *   packages are installed; say: told of slow steps.
 * @returns the environment's Python, and why a tool is not there, by name.
 * @throws SetupError where there is no Python or no torch: nothing can be compared.
 */
export function setUp({ folder, torch = TORCH, torchIndex, tools, say }) {
  const python = createEnvironment(folder);
  const pip = (args) => tryRun(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...args]);
  if (missing(python, [torch]).length > 0) say(`installing ${torch}`);
  installTorch(pip, python, { torch, torchIndex });
  const absent = {};
  const wanted = missing(python, requirements());
  if (wanted.length > 0) {
    say(`installing ${wanted.join(', ')}`);
    const done = pip(wanted);
    if (!done.ok) throw new SetupError(`${done.reason}: see ${REQUIREMENTS}`);
  }
  if (tools.includes('lightning') && missing(python, [LIGHTNING]).length > 0) {
    say(`installing ${LIGHTNING}`);
    const done = pip(['--no-deps', LIGHTNING]);
    if (!done.ok) absent.lightning = done.reason;
  }
  if (tools.some((tool) => tool.startsWith('aihwkit')) && missing(python, [AIHWKIT]).length > 0) {
    say(`compiling ${AIHWKIT} (eight minutes on two cores, once)`);
    const reason = buildAihwkit(folder, python, pip, torch);
    if (reason !== null) absent.aihwkit = reason;
  }
  return { python, absent };
}
