/**
 * Claims keys of a store over and over: `node claimer.mjs STORE KEYS SECONDS`. Prints a line 'enter KEY TIME' after each claim
 * and 'leave KEY TIME' before its release, times in ns of the system's monotonic clock.
 */
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openTrialStore } from '../../../dist/experiments/store/store.js';

const [folder, keys, seconds] = process.argv.slice(2);
const store = await openTrialStore(folder);
const end = Date.now() + 1000 * Number(seconds);
const say = (what, key) => writeSync(1, `${what} ${key} ${process.hrtime.bigint()}\n`);
writeSync(1, 'ready\n');
while (Date.now() < end) {
  for (const key of keys.split(',')) {
    const claim = await store.claim(key);
    if (!claim) continue;
    say('enter', key);
    await sleep(3 * Math.random());
    say('leave', key);
    await claim.release();
  }
}
