/** The float64 definition under the contract of the host's kernels: slow, for checking the others. */
import { philoxNormals } from '../../base/random/philox.js';
import { checkInput } from '../kernels/checkInput.js';
import {
  type DenseCounts,
  heldPlanes,
  type Kernels,
  type LayerCounts,
  type LoadedLayer,
  type LumpRunOptions,
  type PassSchedule,
  type RunOptions,
  type Tap,
} from '../kernels/contract.js';
import { countMagnitudes } from '../kernels/magnitudes.js';
import { lumpedConv2dReference, photonicConv2dReference } from '../kernels/photonicConv2D/reference.js';
import { rowTuning } from '../kernels/photonicDense/holdRow.js';
import { holdActivations, lumpedDenseReference, photonicDenseReference } from '../kernels/photonicDense/reference.js';
import {
  countActivations,
  type LumpedResult,
  quantiseActivations,
  type ReferenceResult,
} from '../kernels/referenceSteps.js';
import { readerOf } from '../program/coded.js';
import { type Conv2dProgram, type DenseProgram, hasOptics, type MacProgram } from '../program/types.js';

function passSchedules(program: DenseProgram, x: Float32Array): PassSchedule[] {
  if (!hasOptics(program)) return [];
  return Array.from({ length: program.passes }, (_, pass) => {
    const rows = holdActivations(program, quantiseActivations(program, x, pass).value);
    const slow = new Array<number>(program.bank.units).fill(0);
    const eoShift_nm: [number, number] = [0, 0];
    const toShift_nm: [number, number] = [0, 0];
    rows.forEach((row, r) => {
      const tuning = rowTuning(program.bank, row.detuning_nm);
      if (tuning.slow) slow[r % program.bank.units]!++;
      eoShift_nm[tuning.slow ? 1 : 0] += tuning.eo_nm;
      toShift_nm[tuning.slow ? 1 : 0] += tuning.to_nm;
    });
    return { rows: rows.length, slowRowsByUnit: slow.some((n) => n > 0) ? slow : [], eoShift_nm, toShift_nm };
  });
}

function tapOf(program: MacProgram, result: ReferenceResult): Tap[] {
  return result.passes.map(({ activationCode, u, adcCode, clippedConversions, k, hPlus, hMinus }) => ({
    activationCode,
    u,
    adcCode,
    clippedConversions,
    ...(program.kind === 'dense' ? { k: [...k], hPlus: [...hPlus], hMinus: [...hMinus] } : {}),
  }));
}

function finish(
  program: MacProgram,
  result: ReferenceResult,
  y: Float32Array,
  { tap, stats }: RunOptions,
): LayerCounts {
  y.set(result.y);
  tap?.push(...tapOf(program, result));
  let [clippedConversions, litSamples] = [0, 0];
  for (const pass of result.passes) {
    clippedConversions += pass.clippedConversions;
    litSamples += pass.litSamples;
    if (!stats) continue;
    for (const u of pass.u) stats.maximumAbsoluteU = Math.max(stats.maximumAbsoluteU, Math.abs(u));
    if (stats.magnitudes) countMagnitudes(Float32Array.from(pass.u), stats.magnitudes);
    for (const variance of pass.variance) stats.maximumVariance = Math.max(stats.maximumVariance, variance);
  }
  const { clippedActivations, zeroActivations } = result;
  return { clippedConversions, clippedActivations, zeroActivations, litSamples };
}

/** Emitted weights of the active inputs that are not 0. */
function litSamplesOf({ streamed, filters }: DenseProgram, active: readonly number[]): number {
  const valueAt = readerOf(streamed);
  let lit = 0;
  for (const k of active) for (let f = 0; f < filters; f++) if (valueAt(k * filters + f) !== 0) lit++;
  return lit;
}

/** The same of fidelity `lumped`: nothing is converted one by one, so nothing clips. */
function finishLumped(
  program: MacProgram,
  x: Float32Array,
  result: LumpedResult,
  y: Float32Array,
  { tap }: LumpRunOptions,
): LayerCounts {
  y.set(result.y);
  if (tap) Object.assign(tap, { value: result.value, variance: result.variance });
  return { ...countActivations(program, x), clippedConversions: 0, litSamples: result.litSamples };
}

function loadConv(program: Conv2dProgram): LoadedLayer {
  return {
    program,
    run: (x, y, options) => {
      checkInput(program, x);
      return finish(program, photonicConv2dReference(program, x, options), y, options);
    },
    lump: (x, y, options) => {
      checkInput(program, x);
      return finishLumped(program, x, lumpedConv2dReference(program, x, options), y, options);
    },
  };
}

function loadDense(program: DenseProgram): LoadedLayer {
  return {
    program,
    run: (x, y, options): DenseCounts => {
      checkInput(program, x);
      const counts = finish(program, photonicDenseReference(program, x, options), y, options);
      return { ...counts, passes: passSchedules(program, x) };
    },
    lump: (x, y, options): DenseCounts => {
      checkInput(program, x);
      const counts = finishLumped(program, x, lumpedDenseReference(program, x, options), y, options);
      return { ...counts, passes: passSchedules(program, x) };
    },
    hold: (x, held) => {
      checkInput(program, x);
      held.fill(0);
      const { clippedActivations, zeroActivations } = countActivations(program, x);
      const counts = { clippedActivations, zeroActivations, clippedConversions: 0, litSamples: 0 };
      if (!hasOptics(program)) return { ...counts, passes: [] };
      const active: number[] = [];
      for (let pass = 0; pass < program.passes; pass++) {
        for (const row of holdActivations(program, quantiseActivations(program, x, pass).value)) {
          row.k.forEach((k, slot) => {
            const planes = [row.hPlus, row.hMinus, ...(row.dPlus && row.dMinus ? [row.dPlus, row.dMinus] : [])];
            planes.forEach((plane, at) => {
              held[(heldPlanes(program) * pass + at) * program.inputs + k] = plane[slot]!;
            });
            active.push(k);
          });
        }
      }
      return { ...counts, litSamples: litSamplesOf(program, active), passes: passSchedules(program, x) };
    },
  };
}

/** The reference kernels. */
export function createReferenceKernels(): Kernels {
  return {
    load: (program) => program.layers.map((layer) => (layer.kind === 'conv2d' ? loadConv(layer) : loadDense(layer))),
    normals: (seed, count, first = 0) => Float32Array.from(philoxNormals(seed, first, count)),
    free: () => {},
  };
}
