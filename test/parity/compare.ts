/** One layer on one batch, a backend against the float64 reference: the rule of section 9 of the contract. */
import { expect } from 'vitest';
import type { PhotonicBackend } from '../../src/backends/types.js';
import { presetHardware } from '../../src/hardware/presets/index.js';
import { type LayerRun, passesOf } from '../../src/kernels/batch.js';
import type { Tap } from '../../src/kernels/contract.js';
import { loadLumped } from '../../src/kernels/lumpedLayer.js';
import { lumpedConv2dReference } from '../../src/kernels/photonicConv2D/reference.js';
import { lumpedDenseReference } from '../../src/kernels/photonicDense/reference.js';
import type { ReferenceResult } from '../../src/kernels/reference.js';
import { createReferenceKernels } from '../../src/kernels/referenceKernels.js';
import { hasOptics, type MacProgram, type Program } from '../../src/program/types.js';
import { runReference } from '../helpers/layers.js';

export interface Batch {
  readonly program: MacProgram;
  /** [images][elements]. */
  readonly x: Float32Array;
  readonly images: Int32Array;
  readonly runSeed?: number;
  readonly noise?: boolean;
  readonly adc?: boolean;
}

/** u's tolerance over the ADC's range, or over the largest |u| where noise exceeds that. */
const U_TOLERANCE = 1e-6;
/** Share of conversions that may be one step off. */
const CODES_OFF = 1e-3;

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

interface Off {
  /** Codes that are one step off, and all codes. */
  codes: number;
  conversions: number;
}

function comparePass(program: MacProgram, own: Tap, pass: ReferenceResult['passes'][number], off: Off): void {
  if (pass.activationCode) expect(own.activationCode).toEqual(pass.activationCode);
  else expect(own.activationCode).toBeNull();
  expect(own.u).toBeAllclose(pass.u, { atol: U_TOLERANCE * largest(pass.u, program.adc.range), rtol: 0 });
  if (program.kind === 'dense') {
    expect(own.k).toEqual(pass.k);
    for (const [r, k] of pass.k.entries()) {
      expect(own.hPlus![r]!.length).toBe(k.length);
      expect(own.hPlus![r]).toBeAllclose(pass.hPlus[r]!, { atol: 1e-7, rtol: 1e-7 });
      expect(own.hMinus![r]).toBeAllclose(pass.hMinus[r]!, { atol: 1e-7, rtol: 1e-7 });
    }
  }
  if (!pass.adcCode) {
    expect(own.adcCode).toBeNull();
    return;
  }
  expect(own.adcCode!.length).toBe(pass.adcCode.length);
  pass.adcCode.forEach((code, i) => {
    const step = Math.abs(own.adcCode![i]! - code);
    expect(step).toBeLessThanOrEqual(1);
    off.codes += step;
    off.conversions++;
  });
}

/** Counts of one image, all equal; clipped conversions but for codes that are off. */
function compareCounts(program: MacProgram, own: LayerRun, wanted: ReferenceResult, x: Float32Array, codesOff: number) {
  const sum = (of: (pass: ReferenceResult['passes'][number]) => number) =>
    wanted.passes.reduce((total, pass) => total + of(pass), 0);
  expect(own.clippedActivations).toBe(wanted.clippedActivations);
  expect(own.zeroActivations).toBe(wanted.zeroActivations);
  expect(own.litSamples).toBe(sum((pass) => pass.litSamples));
  const clipped = sum((pass) => pass.clippedConversions);
  expect(Math.abs(own.clippedConversions - clipped)).toBeLessThanOrEqual(codesOff);
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

/** Outputs: equal but for rounding, and for a step of the converter in a few. */
function compareOutputs(program: MacProgram, y: Float32Array, wanted: ReferenceResult, isConverted: boolean): number {
  const { activationScale, weightScale, gainScale, adc } = program;
  const scale = hasOptics(program) ? activationScale * weightScale * gainScale : 0;
  const rows = wanted.passes.reduce((sum, { u }) => sum + u.length, 0) / Math.max(1, wanted.y.length);
  const rounding = 2e-6 * (largest(wanted.y, 0) + scale * adc.range) + 1e-30;
  const sums = isConverted ? 0 : scale * U_TOLERANCE * adc.range * (1 + rows);
  let off = 0;
  expect(y.length).toBe(wanted.y.length);
  wanted.y.forEach((value, at) => {
    const error = Math.abs(y[at]! - value);
    if (error <= rounding + sums) return;
    expect(error).toBeLessThanOrEqual(rounding + 2.001 * scale * adc.step);
    off++;
  });
  if (!isConverted) expect(off).toBe(0);
  return off;
}

/** Runs a batch on the backend and on the reference, and compares everything that the contract names. */
export async function compareLayer(backend: PhotonicBackend, batch: Batch): Promise<void> {
  const { tf } = backend;
  const { program, x, images, runSeed = 1, noise = true, adc = true } = batch;
  const before = tf.memory().numTensors;
  const [layer] = backend.load(programOf(program));
  const input = tf.tensor(x, [images.length, ...inputShape(program)]);
  const taps: Tap[][] = [];
  const { output, counts } = await layer!.run(input, {
    runSeed,
    images,
    noise,
    adc,
    ...(layer!.hasTap ? { tap: taps } : {}),
  });
  const y = (await output.data()) as Float32Array;
  tf.dispose([input, output]);
  layer!.dispose();
  backend.free();
  expect(tf.memory().numTensors).toBe(before);
  const elements = x.length / images.length;
  const off: Off = { codes: 0, conversions: 0 };
  let outputsOff = 0;
  for (const [i, image] of images.entries()) {
    const own = x.subarray(i * elements, (i + 1) * elements);
    const wanted = runReference(program, own, { runSeed, image, noise, adc });
    const offBefore = off.codes;
    if (layer!.hasTap) {
      expect(taps[i]).toHaveLength(wanted.passes.length);
      for (const [p, pass] of wanted.passes.entries()) comparePass(program, taps[i]![p]!, pass, off);
    }
    const size = y.length / images.length;
    const isConverted = program.adc.quantise && adc;
    const outputs = compareOutputs(program, y.subarray(i * size, (i + 1) * size), wanted, isConverted);
    outputsOff += outputs;
    compareCounts(program, counts[i]!, wanted, own, layer!.hasTap ? off.codes - offBefore : outputs);
  }
  const conversions = layer!.hasTap ? off.conversions : outputsOff;
  expect(off.codes).toBeLessThanOrEqual(3 + CODES_OFF * conversions);
}

/** Fidelity `lumped` of one image: sums and variances, before the draw. */
export async function compareLumped(backend: PhotonicBackend, { program, x, images }: Batch): Promise<void> {
  const elements = x.length / images.length;
  const lumped = loadLumped(backend.tf, backend.host, programOf(program), program);
  const { value, variance } = await lumped.sum(x, images.length);
  lumped.dispose();
  backend.free();
  for (const [i, image] of images.entries()) {
    const own = x.subarray(i * elements, (i + 1) * elements);
    const wanted =
      program.kind === 'conv2d'
        ? lumpedConv2dReference(program, own, { runSeed: 1, image })
        : lumpedDenseReference(program, own, { runSeed: 1, image });
    const part = (values: Float32Array) => values.subarray(i * wanted.value.length, (i + 1) * wanted.value.length);
    // Sums over all rows of both rails, which may cancel: the tolerance of u, of their range.
    const range = largest(wanted.value, program.adc.range);
    expect(part(value)).toBeAllclose(wanted.value, { atol: U_TOLERANCE * range, rtol: 0 });
    expect(part(variance)).toBeAllclose(wanted.variance, { rtol: 1e-5, atol: 1e-5 * largest(wanted.variance, 1e-30) });
  }
}
