/**
 * What is done electronically around a layer's optics (docs/physics.md): an image's own scale before, and the share of offset
 * weights after. Here is what both are; `electronicsOnHost.ts` and `electronicsOnBatch.ts` put it around kernels, which know
 * of neither: they run the `opticalPart` of a program.
 */
import type { Conv2dProgram, DenseProgram, MacProgram } from '../program/types.js';
import { ofImage, scaleOfImage } from './imageScale.js';
import { quantiseActivations, scaleOutputs } from './referenceSteps.js';

/** Whether anything is done electronically besides scale and shift. */
export function hasElectronics({ scaling, minimum }: MacProgram): boolean {
  return scaling !== undefined || minimum !== undefined;
}

/**
 * What the kernels run: no offset, and in place of an image's own scale inputs that are scaled to the largest code, which
 * are codes already but for rounding.
 */
export function opticalPart<P extends MacProgram>(program: P): P {
  const { minimum: _, scaling, ...rest } = program;
  if (scaling === undefined) return rest as P;
  const { maximumCode } = program.activationDac;
  return {
    ...rest,
    activationScale: maximumCode,
    activationDac: { ...program.activationDac, codeScale: 1 },
    shift: new Float64Array(program.filters),
  } as P;
}

/** The input of `opticalPart` of an image: |x| k of section 2, rounded to float32 once as there. */
export function scaledInput(program: MacProgram, x: Float32Array): Float32Array {
  if (program.scaling === undefined) return x;
  const { maximumCode, codeScale } = ofImage(program, x).activationDac;
  return x.map((value) => Math.min(Math.max(Math.fround(value * codeScale), -maximumCode), maximumCode));
}

/** Quantised activations with their sign, float64: what both passes stream or hold, before any floor of VCSELs. */
export function signedActivations(program: MacProgram, x: Float32Array): Float64Array {
  const { value } = quantiseActivations(program, x, 0);
  if (program.passes === 1) return value;
  const negative = quantiseActivations(program, x, 1).value;
  return value.map((v, at) => v - negative[at]!);
}

/** Sums of the quantised activations that each output's entries meet, [positions][filters] or [filters]. */
export type EntrySums = (activations: Float64Array) => Float64Array;

function denseSums({ filters }: DenseProgram): EntrySums {
  return (activations) => new Float64Array(filters).fill(activations.reduce((sum, v) => sum + v, 0));
}

/** Filters of a group that keep the same entries: their sums are the same. */
interface Mask {
  readonly filters: number[];
  /** Of each entry: kernel row and column, and input channel. */
  readonly entries: readonly (readonly [number, number, number])[];
}

function masksOf({ geometry, rowFilter, rowStart, entryK, filters }: Conv2dProgram): Mask[] {
  const perGroup = geometry.input[2] / geometry.groups;
  const kept: number[][] = Array.from({ length: filters }, () => []);
  rowFilter.forEach((f, r) => {
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) kept[f]!.push(entryK[e]!);
  });
  const masks = new Map<string, Mask>();
  kept.forEach((k, f) => {
    const group = Math.floor(f / (filters / geometry.groups));
    const key = `${group}:${k.sort((a, b) => a - b).join()}`;
    const mask = masks.get(key) ?? {
      filters: [],
      entries: k.map((at) => {
        const tap = Math.floor(at / perGroup);
        return [
          Math.floor(tap / geometry.kernel[1]),
          tap % geometry.kernel[1],
          group * perGroup + (at % perGroup),
        ] as const;
      }),
    };
    mask.filters.push(f);
    masks.set(key, mask);
  });
  return [...masks.values()];
}

function convSums(program: Conv2dProgram): EntrySums {
  const { input, output, strides, dilation, padding } = program.geometry;
  const masks = masksOf(program);
  const [rows, columns] = output;
  return (activations) => {
    const sums = new Float64Array(rows * columns * program.filters);
    const ofMask = new Float64Array(rows * columns);
    for (const { filters, entries } of masks) {
      ofMask.fill(0);
      for (const [kernelRow, kernelColumn, channel] of entries) {
        for (let row = 0; row < rows; row++) {
          const y = row * strides[0] + kernelRow * dilation[0] - padding[0][0];
          if (y < 0 || y >= input[0]) continue;
          for (let column = 0; column < columns; column++) {
            const x = column * strides[1] + kernelColumn * dilation[1] - padding[1][0];
            if (x >= 0 && x < input[1])
              ofMask[row * columns + column]! += activations[(y * input[1] + x) * input[2] + channel]!;
          }
        }
      }
      for (const f of filters) {
        for (let position = 0; position < ofMask.length; position++)
          sums[position * program.filters + f] = ofMask[position]!;
      }
    }
    return sums;
  };
}

/** What offset weights leave out, in units of u: (min W / S_w) g_f times the sums of `EntrySums`; null without offset. */
export type OffsetShare = (x: Float32Array) => Float64Array;

export function offsetShare(program: MacProgram): OffsetShare | null {
  const { minimum, weightScale, gain, filters } = program;
  if (minimum === undefined || weightScale === 0) return null;
  const sums = program.kind === 'conv2d' ? convSums(program) : denseSums(program);
  const factor = gain.map((g) => (minimum / weightScale) * g);
  return (x) => sums(signedActivations(program, x)).map((sum, at) => factor[at % filters]! * sum);
}

/** y of an image from that of its `opticalPart`, in place. */
export type Finish = (x: Float32Array, y: Float32Array) => void;

/** The electronics behind the kernels of a program. */
export function finisher(program: MacProgram): Finish {
  const { scaling, weightScale, gainScale, activationScale, filters, shift } = program;
  const share = offsetShare(program);
  const { maximumCode } = program.activationDac;
  return (x, y) => {
    const scale = scaling === undefined ? activationScale : scaleOfImage(program, x);
    const ofOptics = scaling === undefined ? 1 : scale / maximumCode;
    const added = scale === 0 ? null : share?.(x);
    for (let at = 0; at < y.length; at++) {
      const offset = scaling === undefined ? 0 : shift[at % filters]!;
      y[at] = ofOptics * y[at]! + offset + (added ? scale * weightScale * gainScale * added[at]! : 0);
    }
  };
}

/** y of a reference kernel's sums over chunks and passes, [positions][filters] or [filters], in units of u. */
export function referenceOutputs(program: MacProgram, x: Float32Array, sums: Float64Array): Float64Array {
  if (program.scaling !== undefined && scaleOfImage(program, x) === 0) return scaleOutputs(program, sums, 0);
  const share = offsetShare(program)?.(x);
  return scaleOutputs(ofImage(program, x), share ? sums.map((sum, at) => sum + share[at]!) : sums);
}
