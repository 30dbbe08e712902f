/** What all benchmarks share: processor time, medians, memory, counts of partial sums. */
import { readFileSync, writeFileSync } from 'node:fs';
import { compileKernels, instantiateKernels, STREAM_BYTES } from '../../dist/emulation/kernels/wasm/instance.js';

/** Normals a call: few, so that they stay in the first-level cache, as a layer's do. */
const NORMALS = 2048;
const NORMAL_CALLS = 200;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Processor time of `work` in ns, not wall time: a busy machine takes the processor away. */
export async function processorTime_ns(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return 1000 * (user + system);
}

/** Wall time of `work` in ns. */
export async function wallTime_ns(work) {
  const started = performance.now();
  await work();
  return 1e6 * (performance.now() - started);
}

/** Peak memory of this process so far, in MiB. */
export function peakMemory_MiB() {
  return process.resourceUsage().maxRSS / 1024;
}

const STATUS = '/proc/self/status';

/** Begins a new peak of this process where the system can (Linux); elsewhere peaks only ever grow. */
function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // The peak since the process began stands for it.
  }
}

/** Peak memory since `resetPeak`, in MiB. */
function peakSinceReset_MiB() {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(STATUS, 'utf8'))[1]) / 1024;
  } catch {
    return peakMemory_MiB();
  }
}

/** Wall time, processor time of all threads and peak memory of the stages of a run, one after the other. */
export function stageMeter() {
  const stages = [];
  return {
    stages,
    async run(name, work) {
      resetPeak();
      const [started, before] = [performance.now(), process.cpuUsage()];
      const result = await work();
      const { user, system } = process.cpuUsage(before);
      const wall_s = (performance.now() - started) / 1000;
      stages.push({ name, wall_s, processor_s: (user + system) / 1e6, peak_MiB: peakSinceReset_MiB() });
      return result;
    },
  };
}

/** The wasm kernel of normals alone, as a convolution calls it: `draw` makes `count` of them. */
export async function normalsAlone() {
  const { kernels, memory } = await instantiateKernels(await compileKernels());
  const stream = memory.allocate(STREAM_BYTES);
  const out = memory.allocate(4 * NORMALS);
  kernels.seedStream(stream, 1, 1);
  const draw = () => {
    for (let call = 0; call < NORMAL_CALLS; call++) kernels.fillNormals(stream, (call * NORMALS) / 4, NORMALS / 4, out);
  };
  return { draw, count: NORMALS * NORMAL_CALLS };
}

export function withoutNoise(program) {
  const noise = { shot: 0, intensity: 0, constant: 0 };
  return { ...program, layers: program.layers.map((layer) => ({ ...layer, noise })) };
}

/** Rows times samples of every layer, per image. */
export function partialSums(program, runs) {
  let sums = 0;
  for (const ofImage of runs) {
    ofImage.forEach((run, l) => {
      const layer = program.layers[l];
      const [rows, columns, filters] = layer.kind === 'conv2d' ? layer.geometry.output : [1, 1, layer.filters];
      sums +=
        layer.kind === 'conv2d'
          ? layer.rowFilter.length * rows * columns
          : filters * run.passes.reduce((n, pass) => n + pass.rows, 0);
    });
  }
  return sums / runs.length;
}

/**
 * Least squares y = slope * x + intercept.
 * @returns also R^2 and the largest distance of a point from the line as a share of the largest y.
 */
export function lineFit(x, y) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(x), mean(y)];
  const covariance = x.reduce((sum, value, i) => sum + (value - meanX) * (y[i] - meanY), 0);
  const spread = (values, centre) => values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const slope = covariance / spread(x, meanX);
  const intercept = meanY - slope * meanX;
  const residuals = y.map((value, i) => value - (slope * x[i] + intercept));
  return {
    slope,
    intercept,
    r2: 1 - spread(residuals, 0) / spread(y, meanY),
    largestResidual: Math.max(...residuals.map(Math.abs)) / Math.max(...y),
  };
}
