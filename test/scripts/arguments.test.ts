/** Wrong arguments of scripts: one line that names them, before anything is built, run or written. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** `sonic.mjs` hands its arguments on; the others are called by scripts, not by people. */
const INNER = ['sonic.mjs', 'build.mjs', 'codeHash.mjs', 'arguments.mjs', 'install-tensorflow.mjs'];
const OWN = readdirSync(`${ROOT}scripts`).filter((name) => name.endsWith('.mjs') && !INNER.includes(name));
const SCRIPTS = [
  ...OWN,
  ...['bench-peers', 'bundle', 'docs', 'gpu-check', 'site'].map((name) =>
    name === 'docs' ? 'docs/check.mjs' : `${name}/main.mjs`,
  ),
  '../test/bench/bench.mjs',
];

const run = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [`${ROOT}scripts/${script}`, ...args], { encoding: 'utf8', timeout: 60_000 });

it.each(SCRIPTS)('%s', { timeout: 60_000 }, (script) => {
  const { status, stdout, stderr } = run(script, '--no-such-option');
  expect([1, 2]).toContain(status);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^[\w:-]+: .*'--no-such-option'.*\n$/);
});

it.each<[string, string[], RegExp]>([
  ['browser-example.mjs', ['--images', 'x'], /^browser-example: --images x: a whole number from 1 on is needed\n$/],
  ['browser-example.mjs', ['--port', '1e9'], /^browser-example: --port 1e9: not a port; /],
  ['experiments.mjs', ['--chips', '0'], /^experiments: --chips 0: a whole number from 1 on is needed\n$/],
  ['networks.mjs', ['--checkpoints', '/', '--cifar10', '/', '--batch', 'x'], /^networks: --batch x: a whole number/],
  ['train-mnist.mjs', ['a.safetensors', 'b'], /^train-mnist: 'b' is one argument too many\n$/],
  ['bundle-cifar10.mjs', [], /^bundle-cifar10: name the official archive: .*\n$/],
  ['../test/bench/bench.mjs', ['--backend', 'nope'], /^bench: --backend nope: unknown; one of wasm, .*\n$/],
])('%s %j', (script, args, message) => {
  const { status, stderr } = run(script, ...args);
  expect([1, 2]).toContain(status);
  expect(stderr).toMatch(message);
});
