#!/usr/bin/env node
/**
 * Builds dist/ from src/: TypeScript, the AssemblyScript kernels to WebAssembly, and the hash of the code that numbers
 * depend on. Does nothing where dist/ is newer than every source, unless called with --force.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'dist', '.built');

function filesBelow(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  const sources = [
    ...filesBelow(join(root, 'src')),
    join(root, 'tsconfig.json'),
    join(root, 'package.json'),
    fileURLToPath(import.meta.url),
    join(root, 'scripts', 'codeHash.mjs'),
  ];
  return sources.every((file) => statSync(file).mtimeMs <= built);
}

function tool(packageName, bin) {
  const require = createRequire(import.meta.url);
  try {
    return join(dirname(require.resolve(`${packageName}/package.json`)), bin);
  } catch {
    throw new Error(`'${packageName}' is not installed: run 'npm ci' first`);
  }
}

function run(script, args) {
  const result = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (result.status !== 0) throw new Error(`${basename(script)} failed`);
}

async function build() {
  const src = join(root, 'src');
  for (const file of filesBelow(src)) {
    if (basename(dirname(file)) !== 'assembly' || basename(file) !== 'index.ts') continue;
    const folder = dirname(dirname(file));
    const out = join(root, 'dist', relative(src, folder), `${basename(folder)}.wasm`);
    mkdirSync(dirname(out), { recursive: true });
    run(tool('assemblyscript', 'bin/asc.js'), [
      relative(root, file),
      '--outFile',
      relative(root, out),
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--enable',
      'simd',
    ]);
  }
  run(tool('typescript', 'bin/tsc'), ['-p', 'tsconfig.json']);
  // Loaded here: a build that is fresh needs no compiler.
  const { hashOfCode } = await import('./codeHash.mjs');
  writeFileSync(
    join(root, 'dist', 'code.json'),
    `${JSON.stringify({ schema: 'sonic-code/1', hash: hashOfCode(root) })}\n`,
  );
  writeFileSync(stamp, `${new Date().toISOString()}\n`);
}

try {
  if (process.argv.includes('--force')) rmSync(join(root, 'dist'), { recursive: true, force: true });
  if (!isFresh()) await build();
} catch (error) {
  console.error(`build: ${error.message}`);
  process.exit(1);
}
