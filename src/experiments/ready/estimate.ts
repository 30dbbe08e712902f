/** How long a plan would take on this machine: partial sums predicted from its points, nanoseconds a sum measured. */

import { resolve } from 'node:path';
import { sizeOf } from '../../base/batch.js';
import { type NetworkStatistics, weightStatistics } from '../../cost/layerStatistics.js';
import { predictActivity } from '../../cost/predict.js';
import { createKernels } from '../../emulation/backends/index.js';
import { compileForChip } from '../../emulation/calibration/calibrate.js';
import { nestedSettings } from '../../hardware/descriptionPaths.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import { loadNetworkFile } from '../../networks/formats/index.js';
import { BUNDLED_NETWORKS, findNetwork } from '../run/bundled.js';
import { loadExperiment } from '../run/loadExperiment.js';
import { calibrateOn } from '../run/runExperiment.js';
import type { SweepSource } from '../sweep/planFile.js';
import { planPoints } from '../sweep/points.js';
import type { AxisValue } from '../sweep/types.js';

/** Compiling and calibrating of a trial, over the time of a partial sum: 0.9 s where a sum takes 3.5 ns. */
const OVERHEAD_SUMS = 2.6e8;
/** Runs of a layer that are timed. */
const TIMED_RUNS = 50;

/** Seconds of one partial sum with all noise, on one thread of this machine. */
export async function measureSum_s(): Promise<number> {
  const set = ['calibration.images=2'];
  const { network, hardware, calibrationSet } = await loadExperiment({ network: 'mnist', hardware: 'sonic', set });
  const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet), {
    withSnr: false,
  });
  const kernels = await createKernels('wasm');
  const layer = kernels.load(program).find(({ program: { name } }) => name === 'conv2')!;
  const { program: conv } = layer;
  if (conv.kind !== 'conv2d') throw new Error('conv2 of the bundled MNIST network is a convolution');
  const x = new Float32Array(sizeOf(conv.geometry.input)).fill(conv.activationScale / 2);
  const y = new Float32Array(sizeOf(conv.geometry.output));
  const sums = conv.rowFilter.length * conv.geometry.output[0] * conv.geometry.output[1];
  const run = (image: number) => layer.run(x, y, { runSeed: 1, image, noise: true, adc: true });
  run(0);
  // Processor time: the wall clock also counts what else the machine does.
  const before = process.cpuUsage();
  for (let image = 1; image <= TIMED_RUNS; image++) run(image);
  const { user, system } = process.cpuUsage(before);
  kernels.free();
  return ((user + system) * 1e-6) / (TIMED_RUNS * sums);
}

export interface PlanSize {
  readonly points: number;
  /** Least and most: chips and seeds may be added until an interval is narrow enough. */
  readonly trials: readonly [number, number];
  /** Partial sums, compiling included, of the least number of trials. */
  readonly sums: number;
}

/** A reader of how much a plan asks for; networks are loaded once, compression is not applied. */
export function planSizer(): (source: SweepSource) => Promise<PlanSize> {
  const loaded = new Map<string, Promise<NetworkStatistics>>();
  const statisticsOf = (folder: string, name: string) => {
    const file = Object.hasOwn(BUNDLED_NETWORKS, name) ? findNetwork(name).checkpoint : resolve(folder, name);
    const found =
      loaded.get(file) ?? loadNetworkFile(file, {}).then(({ network }) => weightStatistics(network, parseHardware({})));
    loaded.set(file, found);
    return found;
  };
  return async ({ plan, origin, folder }) => {
    const { base, monteCarlo } = plan;
    const { points } = planPoints(plan, origin);
    const repeats = monteCarlo.chips * monteCarlo.seeds;
    let sums = 0;
    for (const { settings } of points) {
      const all = new Map<string, AxisValue>([...Object.entries(base.set), ...settings]);
      const network = String(all.get('network') ?? base.network);
      const sizes = nestedSettings([...all].filter(([path]) => path.startsWith('vdu.')));
      const images = Number(all.get('images') ?? base.images);
      const { layers } = predictActivity(await statisticsOf(folder, network), parseHardware(sizes));
      const perImage = layers.reduce((sum, { partialSums }) => sum + partialSums, 0);
      sums += repeats * (images * perImage + OVERHEAD_SUMS);
    }
    const most = monteCarlo.until === undefined ? repeats : Math.max(repeats, monteCarlo.most);
    return { points: points.length, trials: [points.length * repeats, points.length * most], sums };
  };
}
