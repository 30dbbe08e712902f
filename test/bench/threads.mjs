/**
 * Whole runs on one thread and on two in turn, threads started and all, wall time: needs two idle cores. Prints one JSON
 * object. Usage: node threads.mjs NETWORK IMAGES ROUNDS
 */
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { emulate } from '../../dist/emulation/emulator/emulate.js';
import { loadExperiment } from '../../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { median } from './measure.mjs';

const [name, imagesText, roundsText] = process.argv.slice(2);
const experiment = await loadExperiment({ network: name, hardware: 'sonic', set: [], images: Number(imagesText) });
const { network, hardware, dataset, calibrationSet } = experiment;
const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
const { images, indices, count } = dataset;

async function imagesPerSecond(threads) {
  const started = performance.now();
  await emulate({ network, program, digital: false, backend: 'wasm', runSeed: 1, images, indices, count, threads });
  return count / ((performance.now() - started) / 1000);
}

const [one, two] = [[], []];
for (let round = 0; round < Number(roundsText); round++) {
  one.push(await imagesPerSecond(1));
  two.push(await imagesPerSecond(2));
}
const speedUp = median(two.map((rate, i) => rate / one[i]));
console.log(JSON.stringify({ images: count, one: median(one), two: median(two), speedUp }));
