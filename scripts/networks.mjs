#!/usr/bin/env node
/**
 * Runs networks that were trained elsewhere and writes docs/networks.md: how accurate each is known to be, computes
 * digitally, and is on emulated hardware; and how ResNet-8's loss comes about and is won back.
 *
 *     node scripts/networks.mjs --checkpoints DIR --cifar10 cifar-10-binary.tar.gz
 *         [--runs DIR] [--backend NAME] [--batch N] [--jobs N] [--out FILE] [RUN...]
 *
 * Each run leaves a JSON in --runs (default: .cache/networks), and is not done again while it is there; so is each
 * checkpoint that is made on the way. With RUNs only those are done, and no page is written.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, wholeArgument } from './arguments.mjs';
import { MADE, RUNS } from './networks/cases.mjs';
import { networksPage } from './networks/page.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: flags, positionals } = readArguments({
  most: Number.POSITIVE_INFINITY,
  options: {
    checkpoints: { type: 'string' },
    cifar10: { type: 'string' },
    runs: { type: 'string', default: join(root, '.cache', 'networks') },
    backend: { type: 'string' },
    batch: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    out: { type: 'string', default: join(root, 'docs', 'networks.md') },
  },
});

class Problem extends Error {}

function checkFlags() {
  for (const name of ['checkpoints', 'cifar10']) {
    if (flags[name] === undefined) throw new Problem(`--${name} is missing: it names what is not part of the project`);
    if (!existsSync(flags[name])) throw new Problem(`--${name}: '${flags[name]}' is not there`);
  }
  for (const name of ['jobs', 'batch']) wholeArgument(name, flags[name]);
  const unknown = positionals.find((name) => !RUNS.some(({ id }) => id === name));
  if (unknown) throw new Problem(`no run '${unknown}'; there are ${RUNS.map(({ id }) => id).join(', ')}`);
}

const places = { checkpoints: flags.checkpoints, cifar10: flags.cifar10, made: flags.runs };
const placed = (args) => args.map((arg) => arg.replace(/^\{(\w+)\}/, (_, name) => places[name]));

/** The command as a reader would give it: files by their own names. */
const shown = (args) =>
  [
    'sonic',
    ...placed(args).map((arg) => (arg.startsWith('/') ? basename(arg) : arg.includes(' ') ? `"${arg}"` : arg)),
  ].join(' ');

function sonic(args) {
  const child = spawn(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...placed(args)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Problem(`${shown(args)}: ${said.trim().split('\n').at(-1)}`)),
    );
  });
}

const jsonOf = (id) => join(flags.runs, `${id}.json`);

async function run({ id, args, emulated }) {
  if (existsSync(jsonOf(id))) return;
  const started = performance.now();
  const partial = `${jsonOf(id)}.partial`;
  const how = emulated && flags.backend ? ['--backend', flags.backend] : [];
  const batch = emulated && flags.batch ? ['--batch', flags.batch] : [];
  await sonic([...args, ...how, ...batch, '--json', partial]);
  renameSync(partial, jsonOf(id));
  console.error(`${id}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

async function make({ file, args }) {
  if (existsSync(join(flags.runs, file))) return;
  const started = performance.now();
  await sonic(args);
  console.error(`${file}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

async function main() {
  checkFlags();
  mkdirSync(flags.runs, { recursive: true });
  const wanted = positionals.length > 0 ? RUNS.filter(({ id }) => positionals.includes(id)) : RUNS;
  const needs = (file) => wanted.some(({ args }) => args.includes(`{made}/${file}`));
  for (const each of MADE) if (positionals.length === 0 || needs(each.file)) await make(each);
  const queue = [...wanted];
  const worker = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: Number(flags.jobs) }, worker));
  if (positionals.length > 0) return;
  const results = new Map(RUNS.map(({ id }) => [id, JSON.parse(readFileSync(jsonOf(id), 'utf8'))]));
  writeFileSync(flags.out, networksPage(results, shown));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`networks: ${error.message}`);
  process.exitCode = 1;
}
