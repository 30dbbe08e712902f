/**
 * Where a convolution's activations lie in the kernel's memory. Zero-padded planes [channel][row][column] are read
 * directly where four neighbouring positions read four neighbouring elements: column stride 1 and an output width that is
 * a multiple of 4. Otherwise planes are gathered into [channel][kernel row][kernel column][position] (im2col).
 */
import type { Conv2dProgram, ConvGeometry } from '../../program/types.js';
import type { KernelInstance } from '../wasm/instance.js';
import { readsPlanes } from '../wasm/layerBytes.js';
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
  /** Byte offset from there of what k of a filter of the first group reads, [patch]; of the next group `groupOffset` more. */
  readonly entryOffsets: Uint32Array;
  readonly groupOffset: number;
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

/** Entries of all rows by what they read, [kernel row][kernel column][input channel of the layer]. */
function countEntries({ geometry, rowFilter, rowStart, entryK }: Conv2dProgram): Int32Array {
  const { input, output, kernel, groups } = geometry;
  const perGroup = input[2] / groups;
  const filters = output[2] / groups;
  const patch = kernel[0] * kernel[1] * perGroup;
  const byGroup = new Int32Array(groups * patch);
  for (let r = 0; r < rowFilter.length; r++) {
    const first = Math.floor(rowFilter[r]! / filters) * patch;
    for (let e = rowStart[r]!; e < rowStart[r + 1]!; e++) byGroup[first + entryK[e]!]!++;
  }
  const entries = new Int32Array(groups * patch);
  for (let group = 0, at = 0; group < groups; group++) {
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      for (let channel = 0; channel < perGroup; channel++)
        entries[tap * input[2] + group * perGroup + channel] = byGroup[at++]!;
    }
  }
  return entries;
}

/** Kernel rows (or columns) that read each input row (or column). */
function readersOf({ input, output, kernel, strides, dilation, padding }: ConvGeometry, axis: 0 | 1): number[][] {
  const readers = Array.from({ length: input[axis] }, (): number[] => []);
  for (let tap = 0; tap < kernel[axis]; tap++) {
    for (let at = 0; at < output[axis]; at++)
      readers[at * strides[axis] + tap * dilation[axis] - padding[axis][0]]?.push(tap);
  }
  return readers;
}

/** How many (row entry, position) pairs read each input element, [rows][columns][channels]. */
export function countUses(program: Conv2dProgram): Int32Array {
  const [rows, columns, channels] = program.geometry.input;
  const kernelColumns = program.geometry.kernel[1];
  const entries = countEntries(program);
  const [down, across] = [readersOf(program.geometry, 0), readersOf(program.geometry, 1)];
  const uses = new Int32Array(rows * columns * channels);
  // Away from the borders all elements are read alike.
  const known = new Map<string, Int32Array>();
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const key = `${down[row]}:${across[column]}`;
      let ofElement = known.get(key);
      if (!ofElement) {
        ofElement = new Int32Array(channels);
        for (const kernelRow of down[row]!) {
          for (const kernelColumn of across[column]!) {
            const tap = (kernelRow * kernelColumns + kernelColumn) * channels;
            for (let channel = 0; channel < channels; channel++) ofElement[channel]! += entries[tap + channel]!;
          }
        }
        known.set(key, ofElement);
      }
      uses.set(ofElement, (row * columns + column) * channels);
    }
  }
  return uses;
}

/** `entryOffsets` from the bytes between channels, kernel rows and kernel columns. */
function entryOffsets({ input, kernel, groups }: ConvGeometry, channel: number, row: number, column: number) {
  const perGroup = input[2] / groups;
  const offsets = new Uint32Array(kernel[0] * kernel[1] * perGroup);
  for (let k = 0; k < offsets.length; k++) {
    const tap = Math.floor(k / perGroup);
    offsets[k] = (k % perGroup) * channel + Math.floor(tap / kernel[1]) * row + (tap % kernel[1]) * column;
  }
  return { entryOffsets: offsets, groupOffset: perGroup * channel };
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
  if (readsPlanes(program.geometry)) {
    return {
      planes,
      positions: padded.map((image) =>
        loadPositions(instance, image, positions, (position) => {
          return Math.floor(position / output[1]) * strides[0] * rowPitch + 4 * (position % output[1]);
        }),
      ),
      ...entryOffsets(program.geometry, planePitch, dilation[0] * rowPitch, 4 * dilation[1]),
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
    ...entryOffsets(program.geometry, kernel[0] * kernel[1] * pitch, kernel[1] * pitch, pitch),
    gather() {
      for (const job of jobs) kernels.im2col(job);
    },
  };
}
