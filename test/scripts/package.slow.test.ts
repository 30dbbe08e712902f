/**
 * The package as npm would publish it: what is in it, and that it runs where nothing else is installed. The
 * registry is asked only for what npm's cache lacks; where it is needed and not reached, tests are skipped and say so.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** What npm says where the registry is not reached. */
const UNREACHED = /\b(ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[13])\b/;
/** Largest installation of a user, all dependencies counted; 276 MB when this was written. */
const MAXIMUM_INSTALLED_MB = 400;
const { path } = temporaryFolder();

function npm(folder: string, ...args: string[]) {
  const options = { cwd: folder, encoding: 'utf8', maxBuffer: 1 << 26, timeout: 540_000 } as const;
  // An npm that runs this test hands down which package it is in.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(config_local_prefix|package_|lifecycle_|command)/i.test(name),
    ),
  );
  return spawnSync('npm', args, { ...options, env });
}

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

function pack(...options: string[]): Packed {
  // Without scripts: a build would take dist/ from under the tests that run beside this one.
  const { stdout, stderr } = npm(ROOT, 'pack', '--ignore-scripts', '--json', ...options);
  expect(stderr).not.toContain('npm error');
  return (JSON.parse(stdout) as Packed[])[0]!;
}

function megabytes(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0) / 1e6;
}

describe('the package', () => {
  it('has code, types, kernels, data and documents, and nothing that only this checkout needs', () => {
    const { files, size } = pack('--dry-run');
    const paths = files.map((file) => file.path);
    for (const needed of [
      'dist/cli/main.js',
      'dist/index.d.ts',
      'dist/browser.js',
      'dist/code.json',
      'dist/emulation/kernels/wasm/wasm.wasm',
      'checkpoints/mnist.safetensors',
      'docs/backends.md',
      'scripts/install-tensorflow.mjs',
    ]) {
      expect(paths).toContain(needed);
    }
    expect(
      paths.filter((name) =>
        /\.map$|^(test|src|shared)\/|\.test\.|tsbuildinfo|^examples\/browser\/dist|(^|\/)\.built$/.test(name),
      ),
    ).toEqual([]);
    // 20.2 MB when this was written, of which 11.6 are MNIST and 5.6 checkpoints.
    expect(size / 1e6).toBeLessThan(21);
  });
});

describe('the package installed in an empty folder', () => {
  let why: string | null = null;
  const home = () => join(path(), 'home');

  beforeAll(() => {
    mkdirSync(home(), { recursive: true });
    writeFileSync(join(home(), 'package.json'), '{ "private": true, "type": "module" }\n');
    const { filename } = pack('--pack-destination', path());
    const file = join(path(), filename);
    const { status, stderr } = npm(home(), 'install', '--prefer-offline', '--no-audit', '--no-fund', file);
    if (status === 0) return;
    if (!UNREACHED.test(stderr)) throw new Error(`npm install failed:\n${stderr}`);
    why = `the npm registry is not reached (${UNREACHED.exec(stderr)![0]})`;
  }, 600_000);

  it("runs 'npx sonic run mnist --images 20'", (context) => {
    if (why !== null) context.skip(why);
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'sonic', 'run', 'mnist', '--images', '20'], {
      cwd: home(),
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/20 images/);
  });

  it('is imported as a library, and types as one', (context) => {
    if (why !== null) context.skip(why);
    const lines = [
      "import { loadNetworkFile, type Result, runExperiment } from 'sonic-photonics';",
      'export const functions = [loadNetworkFile, runExperiment];',
      'export const images = ({ run }: Result): number => run.threads;',
      '',
    ];
    writeFileSync(join(home(), 'use.ts'), lines.join('\n'));
    writeFileSync(
      join(home(), 'use.mjs'),
      "import * as sonic from 'sonic-photonics';\nconsole.log(Object.keys(sonic).length);\n",
    );
    const imported = spawnSync(process.execPath, ['use.mjs'], { cwd: home(), encoding: 'utf8' });
    expect(Number(imported.stdout), imported.stderr).toBeGreaterThan(10);
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022'];
    const checked = spawnSync(process.execPath, [tsc, ...options, 'use.ts'], { cwd: home(), encoding: 'utf8' });
    expect(checked.stdout).toBe('');
  });

  it(`takes less than ${MAXIMUM_INSTALLED_MB} MB with all that it depends on`, (context) => {
    if (why !== null) context.skip(why);
    expect(megabytes(join(home(), 'node_modules'))).toBeLessThan(MAXIMUM_INSTALLED_MB);
  });
});
