/**
 * Counts an accelerator's activity the slow way, entry by entry, from weights and made-up activations: what predictions
 * are held against. Shares nothing with the predictor but the ring's physics.
 */

import { philoxUniforms } from '../../src/base/random/philox.js';
import type { LayerActivity, Schedule } from '../../src/emulation/program/activity.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { convTransmission, detuning_nm, fcTransmission, ringConstants } from '../../src/hardware/optics/ring.js';
import type { Conv2dLayer, DenseLayer } from '../../src/networks/types.js';

/** Weights of which a share is 0 and the others are one of 64 values, or continuous ones. */
export function fillWeights(weight: Float32Array, seed: number, sparsity: number, clustered: boolean): void {
  const draws = philoxUniforms([seed, 1], 0, 2 * weight.length);
  for (let i = 0; i < weight.length; i++) {
    const v = 2 * draws[2 * i]! - 1;
    const value = clustered ? Math.sign(v) * (Math.ceil(Math.abs(v) * 32) / 32) : v;
    weight[i] = draws[2 * i + 1]! < sparsity ? 0 : value;
  }
}

/** What the weight's DAC sets: one of 64 clusters, or a continuous value rounded to 63 levels of the largest. */
function magnitude(w: number, largest: number, clustered: boolean): number {
  const share = Math.abs(w) / largest;
  return clustered ? share : Math.round(share * 63) / 63;
}

/** Of one image: which elements are not 0. */
export type Activations = Uint8Array;

export function drawActivations(elements: number, seed: number, image: number, sparsity: number): Activations {
  return Uint8Array.from(philoxUniforms([seed, 1000 + image], 0, elements), (u) => (u < sparsity ? 0 : 1));
}

interface Counted {
  schedules: Schedule[];
  partialSums: number;
  litSamples: number;
  heldConversions: number;
}

function finish(
  name: string,
  kind: 'conv2d' | 'dense',
  samplesPerRow: number,
  counted: Counted,
  images: readonly Activations[],
): LayerActivity {
  const active = images.reduce((sum, image) => sum + image.reduce((n, a) => n + a, 0), 0);
  const elements = images.length * images[0]!.length;
  return {
    name,
    kind,
    samplesPerRow,
    ...counted,
    streamedConversions: counted.litSamples,
    gainConversions: 0,
    clippedConversions: 0,
    clippedActivations: 0,
    zeroActivations: elements - active,
    activations: elements,
  };
}

/** A convolution with `input` [rows, columns, channels], stride 1, `padding` zeros on each side. */
export function enumerateConv(
  { name, weight, weightShape: [kernelRows, kernelColumns, channels, filters] }: Conv2dLayer,
  [rows, columns]: readonly [number, number],
  padding: number,
  clustered: boolean,
  images: readonly Activations[],
  hardware: HardwareDescription,
): LayerActivity {
  const { size, chunking } = hardware.vdu.conv;
  const ring = ringConstants(hardware);
  const largest = weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  const [outRows, outColumns] = [rows + 2 * padding - kernelRows + 1, columns + 2 * padding - kernelColumns + 1];
  let [chunks, entries, lit, eo_nm] = [0, 0, 0, 0];
  // Lists that no chunk spans: a slice of one channel, or all of a filter.
  const lists = Array.from({ length: channels }, (_, channel) => [channel]);
  for (let f = 0; f < filters; f++) {
    for (const list of chunking === 'slice' ? lists : [lists.flat()]) {
      let inChunk = size;
      for (let tap = 0; tap < kernelRows * kernelColumns; tap++) {
        const [kr, kc] = [Math.floor(tap / kernelColumns), tap % kernelColumns];
        for (const channel of list) {
          const w = weight[((kr * kernelColumns + kc) * channels + channel) * filters + f]!;
          const v = magnitude(w, largest, clustered);
          if (v === 0) continue;
          if (inChunk === size) {
            chunks++;
            inChunk = 0;
          }
          inChunk++;
          entries++;
          eo_nm += detuning_nm(ring, convTransmission(ring, v));
          for (const image of images) {
            for (let r = 0; r < outRows; r++) {
              for (let c = 0; c < outColumns; c++) {
                const [y, x] = [r + kr - padding, c + kc - padding];
                if (y >= 0 && y < rows && x >= 0 && x < columns) lit += image[(y * columns + x) * channels + channel]!;
              }
            }
          }
        }
      }
    }
  }
  const schedule: Schedule = {
    rows: chunks,
    slowRowsByUnit: [],
    images: images.length,
    eoShift_nm: [eo_nm * images.length, 0],
    toShift_nm: [0, 0],
  };
  const positions = outRows * outColumns;
  const partialSums = chunks * positions * images.length;
  const counted = { schedules: [schedule], partialSums, litSamples: lit, heldConversions: entries * images.length };
  return finish(name, 'conv2d', positions, counted, images);
}

/** A dense layer; `floor` is the smallest value a VCSEL emits. */
export function enumerateDense(
  { name, weight, weightShape: [inputs, filters] }: DenseLayer,
  clustered: boolean,
  floor: number,
  images: readonly Activations[],
  hardware: HardwareDescription,
): LayerActivity {
  const { size } = hardware.vdu.fc;
  const ring = ringConstants(hardware);
  const largest = weight.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  const litOf = Array.from({ length: inputs }, (_, k) => {
    let lit = 0;
    for (let f = 0; f < filters; f++) {
      const v = magnitude(weight[k * filters + f]!, largest, clustered);
      if (v > 0 && v >= floor / 2) lit++;
    }
    return lit;
  });
  const counted: Counted = { schedules: [], partialSums: 0, litSamples: 0, heldConversions: 0 };
  images.forEach((image, i) => {
    const values = philoxUniforms([77, i], 0, inputs);
    let [active, eo_nm] = [0, 0];
    image.forEach((isActive, k) => {
      if (!isActive) return;
      active++;
      eo_nm += 2 * detuning_nm(ring, fcTransmission(ring, values[k]!));
      counted.litSamples += litOf[k]!;
    });
    const rows = Math.ceil(active / size);
    counted.heldConversions += active;
    counted.partialSums += rows * filters;
    counted.schedules.push({ rows, slowRowsByUnit: [], images: 1, eoShift_nm: [eo_nm, 0], toShift_nm: [0, 0] });
  });
  return finish(name, 'dense', filters, counted, images);
}
