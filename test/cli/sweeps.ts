/** A small sweep, and how it is interrupted. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { openTrialStore } from '../../src/experiments/store/store.js';
import type { Trial } from '../../src/experiments/sweep/types.js';
import { MAIN } from './sonic.js';

export const PLAN = `
name: bits
base: { network: mnist, images: 80, set: { calibration.images: 20 } }
axes: [{ path: adc.bits, values: [3, 16], label: ADC bits }]
`;

/** What must be the same however a store came to be. */
export async function recordsOf(store: string): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const { finishedAt: _, ...trial } of (await openTrialStore(store)).trials()) {
    const { wallTime_s: _w, imagesPerSecond: _i, ...run } = (trial as Trial).result.run;
    records.push({ ...trial, result: { ...trial.result, run } });
  }
  return records;
}

/** Starts a sweep and ends it with a signal once a block of it is in the store. */
export async function interrupted(plan: string, store: string, signal: NodeJS.Signals) {
  const child = spawn(process.execPath, [MAIN, 'sweep', plan, '--store', store, '--threads', '2'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const hasBlock = async () =>
    existsSync(`${store}/blocks`) &&
    (await readdir(`${store}/blocks`, { recursive: true })).some((name) => name.endsWith('.json'));
  while (child.exitCode === null && !(await hasBlock())) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill(signal);
  return { code: await ended, stderr };
}
