#!/usr/bin/env node
/**
 * Prints the table of docs/validation.md that puts `photon-budget` beside the published simulation and numpy, from what is
 * committed: the page of the experiment, the published points, and what test/independent/photonBudget.py wrote.
 *
 *     node scripts/validation.mjs
 */
import { readFileSync } from 'node:fs';
import { readArguments } from './arguments.mjs';

readArguments();

const read = (path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const published = JSON.parse(read('src/experiments/ready/findings/wang2022.json'));
const numpy = JSON.parse(read('test/independent/photonBudget.json'));
const ROW = /^\| ([\d.]+) \| (offset|rails) \| false \| \d+ \| ([\d.]+) %/gm;
const page = [...read('docs/experiments/photon-budget.md').matchAll(ROW)];

function own(photons, signs) {
  const row = page.find(([, n, of]) => Number(n) === photons && of === signs);
  if (!row) throw new Error(`docs/experiments/photon-budget.md has no ${signs} at ${photons} photons`);
  return Number(row[3]);
}

const rows = published.simulation.map(([photons, accuracy], i) => {
  const drawn = numpy.rows[i];
  return [
    String(photons),
    ...[100 * accuracy, drawn['offset perImage'], drawn['offset perImageGaussian'], own(photons, 'offset')],
    ...[drawn['rails perImage'], drawn['rails perImageGaussian'], own(photons, 'rails')],
  ].map((value) => (typeof value === 'number' ? value.toFixed(2) : value));
});
const head = ['photons', 'published', 'Poisson', 'Gaussian', 'sonic', 'rails: Poisson', 'Gaussian', 'sonic'];
const widths = head.map((title, c) => Math.max(title.length, ...rows.map((row) => row[c].length)));
const line = (cells) => cells.map((cell, c) => cell.padStart(widths[c])).join('  ');
console.log([line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n'));
