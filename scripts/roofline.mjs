#!/usr/bin/env node
/**
 * What bounds the WebAssembly kernels on this machine: `node scripts/roofline.mjs` measures the most multiply-adds and bytes a
 * second that WebAssembly SIMD gives on one thread, counts what each layer of SONIC's networks asks for an image, and sets
 * measured times beside the bound (Williams, Waterman, Patterson, Commun. ACM 52, 65 (2009)); then dense rows by SIMD against
 * scatter of non-zero weights. Prints Markdown. Processor time, least of the rounds; all in one run, so that a busy machine slows
 * bounds and measurements alike.
 * `node scripts/roofline.mjs --gpu` says what an H100-class card should reach with the WGSL kernels, layer by layer and by batch;
 * nothing is measured but what `--launch-us` and `--round-trip-us` are given (`scripts/gpu-check.sh` prints them).
 */
import { parseArgs } from 'node:util';
import { createKernels } from '../dist/emulation/backends/index.js';
import { compileForChip } from '../dist/emulation/calibration/calibrate.js';
import { probeDigital } from '../dist/experiments/attribution/layerErrors.js';
import { loadExperiment } from '../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../dist/experiments/run/runExperiment.js';
import { preprocess } from '../dist/networks/preprocess.js';
import { normalsAlone, processorTime_ns, withoutNoise } from '../test/bench/measure.mjs';
import { CARD, expectedRate, gpuBound, gpuDemand, programsOf } from './roofline/gpu.mjs';
import { compileMicroKernels } from './roofline/microKernels.mjs';
import { layerWork } from './roofline/work.mjs';

const IMAGES = 4;

/** Ceilings of one thread of this machine: `measure` lowers the times, `least` has them, ns each. */
async function ceilings(micro) {
  const [STEPS, BYTES, SMALL] = [2 ** 20, 2 ** 26, 2 ** 14];
  const address = micro.allocate(BYTES);
  // Pages that nobody has written are one page.
  micro.bytes(address, BYTES).fill(1);
  const { draw, count } = await normalsAlone();
  const { exports, LANES } = micro;
  const works = {
    multiplyAdd: [() => exports.multiplyAdds(STEPS), STEPS * LANES],
    root: [() => exports.roots(STEPS / 8), (STEPS / 8) * LANES],
    memoryByte: [() => exports.read(address, BYTES, 1), BYTES],
    cacheByte: [() => exports.read(address, SMALL, BYTES / SMALL), BYTES],
    normal: [draw, count],
  };
  const least = Object.fromEntries(Object.keys(works).map((name) => [name, Number.POSITIVE_INFINITY]));
  return {
    least,
    async measure() {
      for (const [name, [work, amount]] of Object.entries(works))
        least[name] = Math.min(least[name], (await processorTime_ns(work)) / amount);
    },
  };
}

/** A network compiled for chip 1, a few images through its layers, and what each layer asks for. */
async function probeNetwork(name) {
  const experiment = await loadExperiment({ network: name, hardware: 'sonic', set: [], images: IMAGES });
  const { network, hardware, dataset, calibrationSet } = experiment;
  const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
  const probes = await probeDigital(network, preprocess(network, dataset.images));
  const noisy = (await createKernels('wasm')).load(program);
  const work = program.layers.map((layer, l) => layerWork(layer, runLayer(noisy[l], probes[l]), probes[l].inputs));
  return { network, program, probes, noisy, work };
}

function runLayer(layer, { inputs, outputs }) {
  const y = new Float32Array(outputs[0].length);
  return inputs.map((x, image) => layer.run(x, y, { runSeed: 1, image, noise: true, adc: true }));
}

/** Every layer of a network: what it asks for, its bounds, and its times; us an image. */
async function measureNetwork(name, machine, rounds) {
  const { program, probes, noisy, work } = await probeNetwork(name);
  const loaded = { quiet: (await createKernels('wasm')).load(withoutNoise(program)), noisy };
  const times = program.layers.map(() => ({ quiet: Number.POSITIVE_INFINITY, noisy: Number.POSITIVE_INFINITY }));
  for (let round = 0; round < rounds; round++) {
    await machine.measure();
    for (const kind of ['quiet', 'noisy']) {
      // All layers in turn, so that each finds the caches as the others left them.
      for (const [l, probe] of probes.entries()) {
        const time = (await processorTime_ns(() => runLayer(loaded[kind][l], probe))) / IMAGES;
        times[l][kind] = Math.min(times[l][kind], time);
      }
    }
  }
  return program.layers.map((layer, l) => ({
    network: name,
    name: layer.name,
    work: work[l],
    ...times[l],
  }));
}

/** Vector instructions of a conversion, a pair of which takes what a multiply-add takes: scale, count, clip, round, add. */
const CONVERSION_MULTIPLY_ADDS = 4;

/** Bounds in ns: arithmetic or bytes, whichever is more; with noise variances, roots and normals besides. */
function bounds({ work, ...measured }, { multiplyAdd, root, memoryByte, cacheByte, normal }) {
  const { multiplyAdds, varianceMultiplyAdds, partialSums, coldBytes, warmBytes } = work;
  const conversions = partialSums * CONVERSION_MULTIPLY_ADDS;
  const arithmetic = (multiplyAdds + conversions) * multiplyAdd;
  const bytes = coldBytes * memoryByte + warmBytes * cacheByte;
  const noise = varianceMultiplyAdds * multiplyAdd + partialSums * root;
  return {
    ...work,
    ...measured,
    boundBy: arithmetic > bytes ? 'arithmetic' : coldBytes > 0 ? 'memory' : 'cache',
    quietBound: Math.max(arithmetic, bytes),
    noisyBound: Math.max(arithmetic + noise, bytes) + partialSums * normal,
  };
}

/** ns a weight, zeros counted, of a dense row of 640 filters in either order of work, at shares of non-zero weights. */
async function measureScatter(micro, rounds) {
  const [inputs, filters] = [2304, 640];
  const layout = micro.denseLayout(inputs, filters);
  const rows = [];
  for (const share of [1, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02]) {
    layout.fill(share);
    const time = { simd: Number.POSITIVE_INFINITY, scatter: Number.POSITIVE_INFINITY };
    for (let round = 0; round < rounds; round++)
      for (const kind of ['simd', 'scatter'])
        time[kind] = Math.min(time[kind], (await processorTime_ns(() => layout.run(kind))) / (inputs * filters));
    rows.push({ share, ...time });
  }
  return rows;
}

const table = (head, rows) =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
const figure = (value, digits = 3) => Number(value.toPrecision(digits)).toLocaleString('en-US');

function report({ machine, layers, scatter }) {
  const { multiplyAdd, root, memoryByte, cacheByte, normal } = machine;
  return [
    `One thread: ${figure(1 / multiplyAdd)} billion multiply-adds a second, ${figure(1 / memoryByte)} GB/s from memory, ` +
      `${figure(1 / cacheByte)} GB/s from the first cache, a root in ${figure(root)} ns, a normal in ${figure(normal)} ns.`,
    table(
      [
        'layer',
        'multiply-adds',
        'partial sums',
        'bytes',
        'bound by',
        'no noise: bound, us',
        'measured, us',
        'times bound',
        'all noise: bound, us',
        'measured, us',
        'times bound',
      ],
      layers.map((layer) => [
        `${layer.network} ${layer.name}`,
        figure(layer.multiplyAdds),
        figure(layer.partialSums),
        figure(layer.coldBytes + layer.warmBytes),
        layer.boundBy,
        figure(layer.quietBound / 1e3),
        figure(layer.quiet / 1e3),
        figure(layer.quiet / layer.quietBound, 2),
        figure(layer.noisyBound / 1e3),
        figure(layer.noisy / 1e3),
        figure(layer.noisy / layer.noisyBound, 2),
      ]),
    ),
    table(
      ['non-zero weights', 'SIMD over all, ns a weight', 'scatter of the non-zero, ns a weight', 'faster'],
      scatter.map(({ share, simd, scatter: own }) => [
        `${100 * share} %`,
        figure(simd),
        figure(own),
        own < simd ? 'scatter' : 'SIMD',
      ]),
    ),
  ].join('\n\n');
}

const BATCHES = [1, 16, 64, 256, 1024, 2048];

/** What a GPU of the class of `CARD` should reach: a table of layers, one of batches. */
async function reportGpu(costs) {
  const [ofLayers, ofBatches] = [[], []];
  for (const name of ['mnist', 'cifar10']) {
    const { network, program, work } = await probeNetwork(name);
    const layers = program.layers.map((layer, l) => ({ name: layer.name, ...gpuDemand(layer, work[l]) }));
    for (const layer of layers) {
      const { quiet, noisy, boundBy } = gpuBound(layer);
      ofLayers.push([
        `${name} ${layer.name}`,
        figure(layer.noisy / 1e6),
        figure(layer.bytes / 1e3),
        figure(Math.ceil(CARD.residentThreads / layer.threads)),
        boundBy,
        figure(1e6 * quiet),
        figure(1e6 * noisy),
      ]);
    }
    const image_s = (kind) => layers.reduce((sum, layer) => sum + gpuBound(layer)[kind], 0);
    const pools = network.layers.filter(({ kind }) => /pool2d/i.test(kind)).length;
    const common = {
      programs: programsOf(layers.length, pools),
      weightBytes: layers.reduce((sum, { weightBytes }) => sum + weightBytes, 0),
    };
    for (const batch of BATCHES)
      ofBatches.push([
        `${name}, ${batch}`,
        common.programs,
        ...['noisy', 'quiet'].map((kind) => figure(expectedRate(batch, { ...common, image_s: image_s(kind) }, costs))),
      ]);
  }
  return [
    `${CARD.name}: ${figure(2 * CARD.instructions)} FLOP/s of float32, ${figure(CARD.bytes)} byte/s; ` +
      `${figure(1e6 * costs.launch_s)} us a program, ${figure(1e6 * costs.perBatch_s)} us a round trip.`,
    table(
      [
        'layer',
        'million instructions of a thread',
        'kB',
        'images that fill the card',
        'bound by',
        'no noise, us an image',
        'all noise, us an image',
      ],
      ofLayers,
    ),
    table(['network, batch', 'programs', 'exact, images a second', 'exact, no noise'], ofBatches),
  ].join('\n\n');
}

function number(flag, text) {
  const value = Number(text);
  if (!(value >= 0 && Number.isFinite(value))) throw new Error(`--${flag} ${text}: a number from 0`);
  return value;
}

async function main() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '20' },
      gpu: { type: 'boolean', default: false },
      'launch-us': { type: 'string', default: '0' },
      'round-trip-us': { type: 'string', default: '0' },
    },
  });
  if (values.gpu) {
    const seconds = (flag) => number(flag, values[flag]) / 1e6;
    const costs = { launch_s: seconds('launch-us'), perBatch_s: seconds('round-trip-us') };
    return process.stdout.write(`${await reportGpu(costs)}\n`);
  }
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${values.rounds}: a whole number from 1`);
  const micro = await compileMicroKernels();
  const machine = await ceilings(micro);
  const layers = [];
  for (const name of ['mnist', 'cifar10']) layers.push(...(await measureNetwork(name, machine, rounds)));
  const scatter = await measureScatter(micro, rounds);
  const bounded = layers.map((layer) => bounds(layer, machine.least));
  process.stdout.write(`${report({ machine: machine.least, layers: bounded, scatter })}\n`);
}

main().catch((error) => {
  process.stderr.write(`roofline: ${error.message}\n`);
  process.exitCode = 1;
});
