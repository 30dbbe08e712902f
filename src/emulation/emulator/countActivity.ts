/** From what each image did to the counts of a run. Sums are taken in the order of the images, so that they do not depend on batches or threads. */
import { type LayerRun, passesOf } from '../kernels/batchLayer.js';
import type { PassSchedule } from '../kernels/contract.js';
import type { Activity, LayerActivity, Schedule } from '../program/activity.js';
import { type Conv2dProgram, hasOptics, type MacProgram, type Program } from '../program/types.js';

/** How a convolution loads its units: the same for every image and pass. */
function convLoad(program: Conv2dProgram, units: number): PassSchedule {
  const slow = new Array<number>(units).fill(0);
  const eo: [number, number] = [0, 0];
  const to: [number, number] = [0, 0];
  program.rowSlow.forEach((isSlow, r) => {
    slow[r % units]! += isSlow;
    eo[isSlow as 0 | 1] += program.rowEoShift_nm[r]!;
    to[isSlow as 0 | 1] += program.rowToShift_nm[r]!;
  });
  return {
    rows: program.rowFilter.length,
    slowRowsByUnit: slow.some((n) => n > 0) ? slow : [],
    eoShift_nm: eo,
    toShift_nm: to,
  };
}

function passLoadsOf(program: MacProgram, run: LayerRun, units: number): readonly PassSchedule[] {
  if (!hasOptics(program)) return [];
  return program.kind === 'conv2d' ? new Array(program.passes).fill(convLoad(program, units)) : (passesOf(run) ?? []);
}

const scheduleKey = (load: PassSchedule) => `${load.rows}:${load.slowRowsByUnit.join(',')}`;

const inOrder = (schedules: ReadonlyMap<string, Schedule>) =>
  [...schedules.values()].sort((a, b) => (scheduleKey(a) < scheduleKey(b) ? -1 : 1));

/** Adds what `images` passes of one load did; its shifts are those of all of them. */
function addSchedule(schedules: Map<string, Schedule>, load: PassSchedule, images = 1): void {
  const key = scheduleKey(load);
  const schedule = schedules.get(key);
  if (!schedule) {
    schedules.set(key, {
      rows: load.rows,
      slowRowsByUnit: load.slowRowsByUnit,
      images,
      eoShift_nm: [...load.eoShift_nm],
      toShift_nm: [...load.toShift_nm],
    });
    return;
  }
  schedule.images += images;
  for (const speed of [0, 1] as const) {
    schedule.eoShift_nm[speed] += load.eoShift_nm[speed];
    schedule.toShift_nm[speed] += load.toShift_nm[speed];
  }
}

/** Elements of a layer's input and samples of one of its rows. */
function sizesOf(program: MacProgram): { elements: number; samplesPerRow: number } {
  if (program.kind === 'dense') return { elements: program.inputs, samplesPerRow: program.filters };
  const { input, output } = program.geometry;
  return { elements: input[0] * input[1] * input[2], samplesPerRow: output[0] * output[1] };
}

function layerActivity(
  program: MacProgram,
  units: number,
  opticalGain: boolean,
  runs: readonly LayerRun[],
): LayerActivity {
  const { elements, samplesPerRow } = sizesOf(program);
  const schedules = new Map<string, Schedule>();
  const total = { rows: 0, lit: 0, clippedConversions: 0, clippedActivations: 0, zeros: 0, held: 0 };
  for (const run of runs) {
    const loads = passLoadsOf(program, run, units);
    for (const load of loads) {
      addSchedule(schedules, load);
      total.rows += load.rows;
      if (program.kind === 'conv2d') total.held += program.entryK.length;
    }
    if (program.kind === 'dense' && hasOptics(program)) total.held += elements - run.zeroActivations;
    total.lit += run.litSamples;
    total.clippedConversions += run.clippedConversions;
    total.clippedActivations += run.clippedActivations;
    total.zeros += run.zeroActivations;
  }
  const gainSettings = program.kind === 'dense' ? total.rows * samplesPerRow : total.rows;
  return {
    name: program.name,
    kind: program.kind,
    samplesPerRow,
    schedules: inOrder(schedules),
    partialSums: total.rows * samplesPerRow,
    litSamples: total.lit,
    streamedConversions: total.lit,
    heldConversions: total.held,
    gainConversions: opticalGain ? gainSettings : 0,
    clippedConversions: total.clippedConversions,
    clippedActivations: total.clippedActivations,
    zeroActivations: total.zeros,
    activations: elements * runs.length,
  };
}

/**
 * The counts of a run.
 * @param runs of every image, in the images' order, one a MAC layer.
 */
export function activityOf(program: Program, runs: readonly (readonly LayerRun[])[]): Activity {
  const { vdu, batchNorm } = program.hardware;
  const layers = program.layers.map((layer, l) =>
    layerActivity(
      layer,
      vdu[layer.kind === 'conv2d' ? 'conv' : 'fc'].units,
      batchNorm === 'optical' && layer.outputName !== layer.name,
      runs.map((ofImage) => ofImage[l]!),
    ),
  );
  return { images: runs.length, layers };
}

const COUNTS = [
  'partialSums',
  'litSamples',
  'streamedConversions',
  'heldConversions',
  'gainConversions',
  'clippedConversions',
  'clippedActivations',
  'zeroActivations',
  'activations',
] as const;

function mergeLayer(first: LayerActivity, others: readonly LayerActivity[]): LayerActivity {
  const merged = { ...first };
  const schedules = new Map<string, Schedule>();
  for (const { schedules: own } of [first, ...others])
    for (const load of own) addSchedule(schedules, load, load.images);
  for (const other of others) for (const count of COUNTS) merged[count] += other[count];
  return { ...merged, schedules: inOrder(schedules) };
}

/**
 * The counts of parts of a run together. Sums are taken in the order given, so that the same parts give the same bits.
 * @param parts at least one, of the same program.
 */
export function mergeActivities(parts: readonly Activity[]): Activity {
  const [first, ...others] = parts as [Activity, ...Activity[]];
  return {
    images: parts.reduce((sum, { images }) => sum + images, 0),
    layers: first.layers.map((layer, l) =>
      mergeLayer(
        layer,
        others.map(({ layers }) => layers[l]!),
      ),
    ),
  };
}
