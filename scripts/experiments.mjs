#!/usr/bin/env node
/**
 * Runs the ready experiments and writes docs/experiments/: a page each with its CIFAR-10 part, figures as SVG, and an index.
 * Each is refined (docs/sweeps.md, Findings): a coarse grid, then 4 chips and 2,000 images around the thresholds. Trials are
 * kept in a store, so an interrupted run goes on, and pages are drawn again in seconds.
 *
 *     node scripts/experiments.mjs [--store DIR] [--out DIR] [--threads N] [--backend NAME] [--cifar10 FOLDER]
 *         [--cifar10-backend NAME] [--coarse-images N] [--images N] [--chips N] [--rounds N] [NAME...]
 *
 * With NAMEs only those pages are written, and the index not. Of CIFAR-10 1,000 images come with the project, too few for a
 * claim: --cifar10 takes the folder of the whole set.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments, wholeArgument } from './arguments.mjs';

const scripts = dirname(fileURLToPath(import.meta.url));
const root = dirname(scripts);
const { values: flags, positionals } = readArguments({
  most: Number.POSITIVE_INFINITY,
  options: {
    store: { type: 'string', default: join(root, '.cache', 'experiments') },
    out: { type: 'string', default: join(root, 'docs', 'experiments') },
    threads: { type: 'string' },
    backend: { type: 'string' },
    cifar10: { type: 'string' },
    'cifar10-backend': { type: 'string' },
    'coarse-images': { type: 'string' },
    images: { type: 'string' },
    chips: { type: 'string' },
    rounds: { type: 'string' },
  },
});
const numbers = Object.fromEntries(
  ['threads', 'coarse-images', 'images', 'chips', 'rounds'].map((flag) => [
    flag,
    wholeArgument(flag, flags[flag], flag === 'rounds' ? 0 : 1),
  ]),
);
const built = spawnSync(process.execPath, [join(scripts, 'build.mjs')], { stdio: 'inherit' });
if (built.status !== 0) process.exit(built.status ?? 1);

const { SonicError } = await import('../dist/base/errors.js');
const { experimentIndex, experimentPage } = await import('../dist/report/experiments/pages.js');
const { runRefined } = await import('../dist/experiments/ready/refine/executeRefined.js');
const { findReadyExperiment, readyExperiments } = await import('../dist/experiments/ready/ready.js');
const { openTrialStore } = await import('../dist/experiments/store/store.js');
const { loadPlan, withChanges } = await import('../dist/experiments/sweep/planFile.js');
const { writeFileAtomic } = await import('../dist/base/files.js');

const CIFAR10 = 'cifar10-';
const SIZES = ['coarse-images', 'images', 'chips', 'rounds'].flatMap((flag) =>
  flags[flag] === undefined ? [] : [`--${flag} ${flags[flag]}`],
);

async function evidenceOf(name, store) {
  const started = performance.now();
  const isCifar10 = name.startsWith(CIFAR10);
  const chosen = (isCifar10 ? flags['cifar10-backend'] : undefined) ?? flags.backend;
  const backend = chosen === undefined ? [] : [`backend=${chosen}`];
  const isWhole = isCifar10 && flags.cifar10 !== undefined;
  const set = [...backend, ...(isWhole ? [`data=${resolve(flags.cifar10)}`] : [])];
  const said = [...backend.map((change) => `--set ${change}`), ...(isWhole ? ['--data cifar-10-binary.tar.gz'] : [])];
  const { evidence, execution } = await runRefined(
    withChanges(await loadPlan(findReadyExperiment(name)), { set }),
    store,
    {
      command: ['sonic experiment run', name, '--refine', ...SIZES, ...said].join(' '),
      threads: numbers.threads,
      coarseImages: numbers['coarse-images'],
      images: numbers.images,
      chips: numbers.chips,
      rounds: numbers.rounds,
      onStage: (text) => console.error(`${name}: ${text}`),
    },
  );
  const { ran, reused, failed } = execution;
  console.error(`${name}: ${ran} trials run, ${reused} found, ${((performance.now() - started) / 1000).toFixed(0)} s`);
  if (failed.length > 0) throw new SonicError(`${failed[0].task.label}: ${failed[0].message}`);
  return evidence;
}

/** Figures of an earlier run that are drawn no more must not stay behind. */
async function clearFigures(folder, prefixes) {
  for (const file of await readdir(folder)) {
    if (prefixes.some((prefix) => file.startsWith(`${prefix}_`))) await rm(join(folder, file));
  }
}

async function main() {
  const all = readyExperiments();
  const names = positionals.length > 0 ? positionals : all.filter((name) => !name.startsWith(CIFAR10));
  for (const name of names) findReadyExperiment(name);
  const figures = join(flags.out, 'figures');
  await mkdir(figures, { recursive: true });
  const store = await openTrialStore(flags.store);
  const pages = [];
  for (const name of names) {
    const cifar10 = `${CIFAR10}${name}`;
    const page = {
      name,
      mnist: await evidenceOf(name, store),
      cifar10: all.includes(cifar10) ? await evidenceOf(cifar10, store) : null,
    };
    const drawn = experimentPage(page);
    await clearFigures(figures, [name, cifar10]);
    for (const { file, svg } of drawn.figures) await writeFileAtomic(join(figures, file), svg);
    await writeFileAtomic(join(flags.out, `${name}.md`), drawn.markdown);
    pages.push(page);
  }
  if (positionals.length === 0) await writeFileAtomic(join(flags.out, 'README.md'), experimentIndex(pages));
}

try {
  await main();
} catch (error) {
  if (!(error instanceof SonicError)) throw error;
  console.error(`experiments: ${error.message}`);
  process.exitCode = error.exitCode;
}
