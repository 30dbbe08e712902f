/**
 * Where a convolution's activations lie in the kernel's memory. Zero-padded planes [channel][row][column] are read
 * directly where four neighbouring positions read four neighbouring elements: column stride 1 and an output width that is
 * a multiple of 4. Otherwise planes are gathered into [channel][kernel row][kernel column][position] (im2col).
 */
import type { Conv2dProgram } from '../../program/types.js';
import type { KernelInstance } from '../wasm/instance.js';
import type { PlaneLayout } from '../wasm/quantiser.js';
import { Struct } from '../wasm/struct.js';

const IM2COL_JOB = new Struct({
  planes: 'u32',
  columns: 'u32',
  channels: 'u32',
  kernelRows: 'u32',
  kernelColumns: 'u32',
  outputRows: 'u32',
  outputColumns: 'u32',
  planePitch: 'u32',
  kernelRowPitch: 'u32',
  kernelColumnPitch: 'u32',
  rowPitch: 'u32',
  columnPitch: 'u32',
  pitch: 'u32',
});

export interface ConvLayout {
  readonly planes: PlaneLayout;
  /** Of each pass, where the addresses of what groups of 4 positions read are, to a multiple of 16 positions. */
  readonly positions: readonly number[];
  /** Byte offset from there of what k of filter f reads. */
  entryOffset(f: number, k: number): number;
  /** Brings the planes of all passes into the images. */
  gather(): void;
}

/** Splits k into its kernel row, kernel column and input channel of the layer. */
export function unravel({ geometry }: Conv2dProgram, f: number, k: number) {
  const perGroup = geometry.input[2] / geometry.groups;
  const group = Math.floor(f / (geometry.output[2] / geometry.groups));
  const tap = Math.floor(k / perGroup);
  return {
    channel: group * perGroup + (k % perGroup),
    kernelRow: Math.floor(tap / geometry.kernel[1]),
    kernelColumn: tap % geometry.kernel[1],
  };
}

/** How many (row entry, position) pairs read each input element, [rows][columns][channels]. */
export function countUses(program: Conv2dProgram): Int32Array {
  const { input, output, kernel, strides, dilation, padding } = program.geometry;
  const [rows, columns, channels] = input;
  const entries = new Int32Array(kernel[0] * kernel[1] * channels);
  for (let r = 0; r < program.rowFilter.length; r++) {
    for (let e = program.rowStart[r]!; e < program.rowStart[r + 1]!; e++) {
      const { channel, kernelRow, kernelColumn } = unravel(program, program.rowFilter[r]!, program.entryK[e]!);
      entries[(kernelRow * kernel[1] + kernelColumn) * channels + channel]!++;
    }
  }
  const uses = new Int32Array(rows * columns * channels);
  for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
    const [kernelRow, kernelColumn] = [Math.floor(tap / kernel[1]), tap % kernel[1]];
    for (let position = 0; position < output[0] * output[1]; position++) {
      const row = Math.floor(position / output[1]) * strides[0] + kernelRow * dilation[0] - padding[0][0];
      const column = (position % output[1]) * strides[1] + kernelColumn * dilation[1] - padding[1][0];
      if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
      const at = (row * columns + column) * channels;
      for (let channel = 0; channel < channels; channel++) uses[at + channel]! += entries[tap * channels + channel]!;
    }
  }
  return uses;
}

function loadPositions(
  { memory }: KernelInstance,
  image: number,
  positions: number,
  offsetOf: (position: number) => number,
): number {
  const groups = 4 * Math.ceil(positions / 16);
  const address = memory.allocate(4 * groups);
  // Groups beyond the last position read the first one's elements; their sums are dropped.
  for (let group = 0; group < groups; group++)
    memory.u32[address / 4 + group] = image + (4 * group < positions ? offsetOf(4 * group) : 0);
  return address;
}

/** Allocates and describes planes, and columns where they are needed. */
export function layOutImage(instance: KernelInstance, program: Conv2dProgram): ConvLayout {
  const { kernels, memory } = instance;
  const { input, output, kernel, strides, dilation, padding } = program.geometry;
  const [rows, columns, channels] = input;
  const rowPitch = 4 * (padding[1][0] + columns + padding[1][1]);
  const planePitch = rowPitch * (padding[0][0] + rows + padding[0][1]);
  const padded = Array.from({ length: program.passes }, () => memory.allocate(planePitch * channels));
  const planes: PlaneLayout = {
    rows,
    columns,
    channels,
    planes: padded.map((address) => address + padding[0][0] * rowPitch + 4 * padding[1][0]),
    rowPitch,
    planePitch,
    uses: countUses(program),
    streamed: true,
  };
  const positions = output[0] * output[1];
  if (strides[1] === 1 && output[1] % 4 === 0) {
    return {
      planes,
      positions: padded.map((image) =>
        loadPositions(instance, image, positions, (position) => {
          return Math.floor(position / output[1]) * strides[0] * rowPitch + 4 * (position % output[1]);
        }),
      ),
      entryOffset(f, k) {
        const { channel, kernelRow, kernelColumn } = unravel(program, f, k);
        return channel * planePitch + kernelRow * dilation[0] * rowPitch + 4 * kernelColumn * dilation[1];
      },
      gather() {},
    };
  }
  const pitch = 64 * Math.ceil(positions / 16);
  const images = padded.map(() => memory.allocate(channels * kernel[0] * kernel[1] * pitch));
  const jobs = images.map((image, pass) => {
    const job = memory.allocate(IM2COL_JOB.bytes);
    IM2COL_JOB.write(memory, job, {
      planes: padded[pass]!,
      columns: image,
      channels,
      kernelRows: kernel[0],
      kernelColumns: kernel[1],
      outputRows: output[0],
      outputColumns: output[1],
      planePitch,
      kernelRowPitch: dilation[0] * rowPitch,
      kernelColumnPitch: 4 * dilation[1],
      rowPitch: strides[0] * rowPitch,
      columnPitch: 4 * strides[1],
      pitch,
    });
    return job;
  });
  return {
    planes,
    positions: images.map((image) => loadPositions(instance, image, positions, (position) => 4 * position)),
    entryOffset(f, k) {
      const { channel, kernelRow, kernelColumn } = unravel(program, f, k);
      return ((channel * kernel[0] + kernelRow) * kernel[1] + kernelColumn) * pitch;
    },
    gather() {
      for (const job of jobs) kernels.im2col(job);
    },
  };
}
