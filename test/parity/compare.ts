/**
 * One layer on one batch, a backend against the float64 reference: the rule of section 9 of the contract, without slack.
 * What is compared is the path that users run, without a tap; the tap, which may be other code, must give the same bits.
 */
import { expect } from 'vitest';
import { lumpedOn, lumpedSums } from '../../src/emulation/backends/lumpedLayer.js';
import { createReferenceKernels } from '../../src/emulation/backends/referenceKernels.js';
import type { BackendName, PhotonicBackend } from '../../src/emulation/backends/types.js';
import { type LayerRun, type PhotonicLayer, passesOf } from '../../src/emulation/kernels/batchLayer.js';
import type { Tap } from '../../src/emulation/kernels/contract.js';
import { offsetShare } from '../../src/emulation/kernels/electronics.js';
import { ofImage } from '../../src/emulation/kernels/imageScale.js';
import { lumpedConv2dReference } from '../../src/emulation/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference } from '../../src/emulation/kernels/photonicDense/reference.js';
import type { ReferenceResult } from '../../src/emulation/kernels/referenceSteps.js';
import { hasOptics, type MacProgram, type Program } from '../../src/emulation/program/types.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { runReference } from '../helpers/layers.js';

export interface Batch {
  readonly program: MacProgram;
  /** [images][elements]. */
  readonly x: Float32Array;
  readonly images: Int32Array;
  readonly runSeed?: number;
  readonly noise?: boolean;
  readonly adc?: boolean;
  /**
   * Noise many times the ADC's range, which no real description has: float32 cannot hold such u to 1e-6 of the range (its steps
   * at u = 7 are 5e-7), so u's tolerance is 1e-6 of what is largest: the range, |u|, or what chirp moves, whose parts cancel.
   */
  readonly loud?: boolean;
}

/** u's tolerance over the ADC's range. */
export const U_TOLERANCE = 1e-6;
/** Share of conversions that may be one step off: of all that a suite makes, and of those of a case that makes many. */
export const CODES_OFF = 1e-3;
/**
 * How far transmissions may be off: rings in float64 by their float32, rings in float32 by half of what u may be. Measured of
 * the latter: 5e-8 in the mean square, 4e-7 at most, signs at random, so that fifty of them move u by less than its sum rounds.
 */
const hTolerance = (name: BackendName) => (name === 'webgpu' ? { atol: 6e-7, rtol: 4e-7 } : { atol: 1e-7, rtol: 1e-7 });
/** Conversions from which on that share means something for a case alone. */
const MANY = 5_000;
/** Of float32 sums that end in one product and one addition. */
const ROUNDING = 4 * 2 ** -24;

/** How many codes were one step off, of how many. */
export interface CodesOff {
  codes: number;
  conversions: number;
}

/** A program of one layer. */
export function programOf(layer: MacProgram): Program {
  return { hardware: presetHardware('sonic'), chipSeed: 1, layers: [layer], warnings: [] };
}

function inputShape(program: MacProgram): readonly number[] {
  return program.kind === 'dense' ? [program.inputs] : program.geometry.input;
}

function largest(values: ArrayLike<number>, least: number): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), least);
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => new Uint32Array(buffer, byteOffset, length);
/** S_x S_w g_max, of the image. */
const scaleOf = (program: MacProgram, x: Float32Array) =>
  hasOptics(program) ? ofImage(program, x).activationScale * program.weightScale * program.gainScale : 0;

/** Largest of what is added electronically to u: y is the difference of the two, each in float32. */
const largestShare = (program: MacProgram, x: Float32Array) =>
  hasOptics(program) ? largest(offsetShare(program)?.(x) ?? [], 0) : 0;

/** How far u may be off. */
function uTolerance(
  { adc, chirp_nm, c }: MacProgram,
  { u, dPlus, dMinus }: Pick<ReferenceResult['passes'][number], 'u' | 'dPlus' | 'dMinus'>,
  loud: boolean,
): number {
  if (!loud) return U_TOLERANCE * adc.range;
  // A row's light, each value moved by the whole chirp.
  const moved = [...(dPlus ?? []), ...(dMinus ?? [])].map(
    (row) => row.reduce((sum, D) => sum + Math.abs(chirp_nm * D), 0) / c,
  );
  return U_TOLERANCE * Math.max(largest(u, adc.range), largest(moved, 0));
}

/** Codes are equal, but where the reference's u lies within the tolerance of the edge between two codes. */
function compareCodes(
  { adc }: MacProgram,
  own: Tap,
  pass: ReferenceResult['passes'][number],
  near: number,
  off: CodesOff,
) {
  expect(own.adcCode!.length).toBe(pass.adcCode!.length);
  pass.adcCode!.forEach((code, i) => {
    const distance = Math.abs(own.adcCode![i]! - code);
    if (distance === 0) return;
    expect(distance).toBe(1);
    const steps = Math.abs(pass.u[i]!) / adc.step;
    expect(Math.abs(steps - Math.floor(steps) - 0.5)).toBeLessThanOrEqual(near / adc.step);
    off.codes++;
  });
  off.conversions += pass.adcCode!.length;
}

/** One pass as the tap saw it. */
function comparePass(
  program: MacProgram,
  own: Tap,
  pass: ReferenceResult['passes'][number],
  off: CodesOff,
  loud: boolean,
  ofH: { readonly atol: number; readonly rtol: number },
): void {
  const near = uTolerance(program, pass, loud);
  if (pass.activationCode) expect(own.activationCode).toEqual(pass.activationCode);
  else expect(own.activationCode).toBeNull();
  expect(own.u).toBeAllclose(pass.u, { atol: near, rtol: 0 });
  if (program.kind === 'dense') {
    expect(own.k).toEqual(pass.k);
    for (const [r, k] of pass.k.entries()) {
      expect(own.hPlus![r]!.length).toBe(k.length);
      expect(own.hPlus![r]).toBeAllclose(pass.hPlus[r]!, ofH);
      expect(own.hMinus![r]).toBeAllclose(pass.hMinus[r]!, ofH);
    }
  }
  if (pass.adcCode) compareCodes(program, own, pass, near, off);
  else expect(own.adcCode).toBeNull();
}

/** Counts of one image, all equal; clipped conversions but for those within the tolerance of the limit. */
function compareCounts(program: MacProgram, own: LayerRun, wanted: ReferenceResult, x: Float32Array, loud: boolean) {
  const sum = (of: (pass: ReferenceResult['passes'][number]) => number) =>
    wanted.passes.reduce((total, pass) => total + of(pass), 0);
  expect(own.clippedActivations).toBe(wanted.clippedActivations);
  expect(own.zeroActivations).toBe(wanted.zeroActivations);
  expect(own.litSamples).toBe(sum((pass) => pass.litSamples));
  const { step, limit } = program.adc;
  const atLimit = sum((pass) => {
    const near = uTolerance(program, pass, loud);
    return pass.u.filter((v) => Math.abs(Math.abs(v) - (limit + 0.5) * step) <= near).length;
  });
  const clipped = sum((pass) => pass.clippedConversions);
  expect(Math.abs(own.clippedConversions - clipped)).toBeLessThanOrEqual(atLimit);
  if (program.kind !== 'dense') return expect(passesOf(own)).toBeNull();
  const [reference] = createReferenceKernels().load(programOf(program));
  const held = new Float32Array(2 * program.passes * program.inputs);
  const schedules = passesOf('hold' in reference! ? reference.hold(x, held) : own)!;
  expect(passesOf(own)!.map(({ rows, slowRowsByUnit }) => ({ rows, slowRowsByUnit }))).toEqual(
    schedules.map(({ rows, slowRowsByUnit }) => ({ rows, slowRowsByUnit })),
  );
  passesOf(own)!.forEach(({ eoShift_nm, toShift_nm }, pass) => {
    expect(eoShift_nm).toBeAllclose(schedules[pass]!.eoShift_nm, { rtol: 1e-6, atol: 1e-9 });
    expect(toShift_nm).toBeAllclose(schedules[pass]!.toShift_nm, { rtol: 1e-6, atol: 1e-9 });
  });
}

/** Sum over rows and passes, signed, of what two sets of codes differ by: [sample][filter]. */
function codeDifferences(program: MacProgram, taps: readonly Tap[], { passes, y }: ReferenceResult): Float64Array {
  const sums = new Float64Array(y.length);
  const { filters } = program;
  passes.forEach(({ adcCode }, pass) => {
    if (!adcCode) return;
    const samples = program.kind === 'dense' ? filters : y.length / filters;
    adcCode.forEach((code, at) => {
      const [row, sample] = [Math.floor(at / samples), at % samples];
      const output = program.kind === 'dense' ? sample : sample * filters + program.rowFilter[row]!;
      sums[output]! += (pass === 0 ? 1 : -1) * (taps[pass]!.adcCode![at]! - code);
    });
  });
  return sums;
}

/** Outputs: those of the reference and of the steps by which codes differ, to the rounding of float32. */
function compareOutputs(
  program: MacProgram,
  x: Float32Array,
  y: Float32Array,
  taps: readonly Tap[],
  wanted: ReferenceResult,
) {
  const scale = scaleOf(program, x);
  const { range, step } = program.adc;
  const isConverted = wanted.passes.some(({ adcCode }) => adcCode !== null);
  const rows = wanted.passes.reduce((sum, { u }) => sum + u.length, 0) / Math.max(1, wanted.y.length);
  const sums = isConverted ? 0 : scale * U_TOLERANCE * range * Math.max(1, rows);
  const share = scale * largestShare(program, x);
  const atol = ROUNDING * (largest(wanted.y, 0) + largest(program.shift, 0) + share) + sums;
  const differences = codeDifferences(program, taps, wanted);
  expect(y).toBeAllclose(
    wanted.y.map((value, at) => value + scale * step * differences[at]!),
    { atol, rtol: 0 },
  );
}

/** Runs a batch on a layer, with or without a tap. */
async function runBatch({ tf }: PhotonicBackend, layer: PhotonicLayer, batch: Batch, tap?: Tap[][]) {
  const { program, x, images, runSeed = 1, noise = true, adc = true } = batch;
  const input = tf.tensor(x, [images.length, ...inputShape(program)]);
  const { output, counts } = await layer.run(input, { runSeed, images, noise, adc, ...(tap ? { tap } : {}) });
  const ofImages = await counts;
  const y = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  return { y, counts: ofImages };
}

/** Runs a batch on the backend and on the reference, and compares everything that the contract names. */
export async function compareLayer(backend: PhotonicBackend, batch: Batch): Promise<CodesOff> {
  const { program, x, images, runSeed = 1, noise = true, adc = true, loud = false } = batch;
  const before = backend.tf.memory().numTensors;
  const [layer] = backend.load(programOf(program));
  expect(layer!.hasTap).toBe(true);
  const taps: Tap[][] = [];
  const { y, counts } = await runBatch(backend, layer!, batch);
  const tapped = await runBatch(backend, layer!, batch, taps);
  layer!.dispose();
  backend.free();
  expect(backend.tf.memory().numTensors).toBe(before);
  expect(bitsOf(tapped.y)).toEqual(bitsOf(y));
  expect(tapped.counts).toEqual(counts);
  expect(taps).toHaveLength(images.length);
  const [elements, outputs] = [x.length / images.length, y.length / images.length];
  const off: CodesOff = { codes: 0, conversions: 0 };
  for (const [i, image] of images.entries()) {
    const own = x.subarray(i * elements, (i + 1) * elements);
    const wanted = runReference(program, own, { runSeed, image, noise, adc });
    expect(taps[i]).toHaveLength(wanted.passes.length);
    for (const [p, pass] of wanted.passes.entries()) {
      comparePass(program, taps[i]![p]!, pass, off, loud, hTolerance(backend.name));
    }
    expect(outputs).toBe(wanted.y.length);
    compareOutputs(program, own, y.subarray(i * outputs, (i + 1) * outputs), taps[i]!, wanted);
    compareCounts(program, counts[i]!, wanted, own, loud);
  }
  if (off.conversions >= MANY) expect(off.codes).toBeLessThanOrEqual(CODES_OFF * off.conversions);
  return off;
}

/**
 * By how much a measured receiver's table may move a variance: it is read at every row's u, which is float32, so by its
 * steepest slope times the tolerance of u, row by row.
 */
function tableTolerance(program: MacProgram): number {
  const { table } = program.noise;
  if (!table) return 0;
  const slopes = Array.from({ length: table.u.length - 1 }, (_, at) =>
    Math.abs((table.sigma[at + 1]! ** 2 - table.sigma[at]! ** 2) / (table.u[at + 1]! - table.u[at]!)),
  );
  const rows = program.kind === 'conv2d' ? program.rowFilter.length : Math.ceil(program.inputs / program.bank.size);
  return Math.max(...slopes) * U_TOLERANCE * program.adc.range * rows * program.passes;
}

/** Fidelity `lumped` on the kernels that users get: outputs of a batch, and each image's sums and variances. */
export async function compareLumped(backend: PhotonicBackend, batch: Batch): Promise<void> {
  const { program, x, images, runSeed = 1 } = batch;
  const elements = x.length / images.length;
  const layer = lumpedOn(backend, programOf(program), program);
  const { y } = await runBatch(backend, layer, batch);
  layer.dispose();
  for (const [i, image] of images.entries()) {
    const own = x.subarray(i * elements, (i + 1) * elements);
    const wanted = (program.kind === 'conv2d' ? lumpedConv2dReference : lumpedDenseReference)(program as never, own, {
      runSeed,
      image,
    });
    // Sums over all rows of both rails, which may cancel: the tolerance of u, of their range.
    const range = largest(wanted.value, program.adc.range);
    const { value, variance } = await lumpedSums(backend, programOf(program), program, own);
    expect(value).toBeAllclose(wanted.value, { atol: U_TOLERANCE * range, rtol: 0 });
    const off = tableTolerance(program);
    expect(variance).toBeAllclose(wanted.variance, { rtol: 1e-5, atol: off });
    const scale = scaleOf(program, own);
    // A root is off by half of what its variance is, a normal by 2e-6.
    const roots = wanted.variance.map(Math.sqrt);
    const noise =
      largest(roots, 0) * (5 * 5e-6 + 2e-6) +
      (off &&
        5 *
          largest(
            roots.map((root) => (root > 0 ? off / (2 * root) : 0)),
            0,
          ));
    const atol =
      scale * (U_TOLERANCE * range + noise) +
      ROUNDING * (largest(wanted.y, 0) + largest(program.shift, 0) + scale * largestShare(program, own));
    const outputs = wanted.y.length;
    expect(y.subarray(i * outputs, (i + 1) * outputs)).toBeAllclose(wanted.y, { atol, rtol: 0 });
  }
  backend.free();
}
