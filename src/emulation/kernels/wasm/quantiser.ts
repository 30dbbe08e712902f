/** Host side of the kernel that takes a layer's input through its DAC. */
import type { MacProgram } from '../../program/types.js';
import { checkInput } from '../checkInput.js';
import { firstCodeFrom, float32Below } from '../levels.js';
import type { KernelInstance } from './instance.js';
import { Struct } from './struct.js';

const QUANTISER = new Struct({
  x: 'u32',
  rows: 'u32',
  columns: 'u32',
  channels: 'u32',
  plane0: 'u32',
  plane1: 'u32',
  rowPitch: 'u32',
  planePitch: 'u32',
  uses: 'u32',
  laneMasks: 'u32',
  codes: 'u32',
  rounds: 'u32',
  codeScale: 'f32',
  maximumCode: 'f32',
  firstLitCode: 'f32',
  firstCodeAboveFloor: 'f32',
  floor: 'f32',
  divisor: 'f32',
  largestUnclipped: 'f32',
  clipped: 'u32',
  zero: 'u32',
  invalid: 'u32',
  litLow: 'u32',
  litHigh: 'u32',
});

/** Where the elements of an input go. Addresses and pitches in bytes. */
export interface PlaneLayout {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  /** First element of each pass's planes. */
  readonly planes: readonly number[];
  readonly rowPitch: number;
  readonly planePitch: number;
  /** How many (row entry, sample) pairs read each element, [rows][columns][channels]. */
  readonly uses: Int32Array;
  /** Whether values pass the VCSELs' floor; otherwise codes are kept as they are. */
  readonly streamed: boolean;
}

interface QuantisedInput {
  readonly clippedActivations: number;
  readonly zeroActivations: number;
  readonly litSamples: number;
}

export interface LoadedQuantiser {
  /**
   * @param planes first element of each pass's planes; those of the layout unless given.
   * @throws NetworkError where x holds NaN, or a negative value and there is one pass.
   */
  run(x: Float32Array, planes?: readonly number[]): QuantisedInput;
  /** Codes of each pass, from a second run over the input of the last one; null if activations are not rounded. */
  codes(): (Int32Array | null)[];
}

/** Constants of the DAC as a float32 kernel compares with them; `streamed`: with the floor of the VCSELs. */
export function dacFields(program: MacProgram, streamed: boolean) {
  const { quantise, codeScale, maximumCode } = program.activationDac;
  const codeOf = (v: number) => (quantise ? firstCodeFrom(v, maximumCode) : v);
  return {
    rounds: quantise ? 1 : 0,
    // Held values are divided in float64, where they are held: an error that moves a ring up its flank magnifies their rounding.
    codeScale: quantise ? codeScale : streamed ? program.activationScale : 1,
    maximumCode: quantise ? maximumCode : streamed ? 1 : Number.POSITIVE_INFINITY,
    firstLitCode: streamed ? codeOf(program.floor / 2) : 0,
    firstCodeAboveFloor: streamed ? codeOf(program.floor) : 0,
    floor: program.floor,
    divisor: streamed && quantise ? maximumCode : 1,
    largestUnclipped: float32Below(program.activationScale),
  };
}

/** Uploads what does not change from image to image. */
export function loadQuantiser(
  { kernels, memory }: KernelInstance,
  program: MacProgram,
  layout: PlaneLayout,
): LoadedQuantiser {
  const elements = layout.rows * layout.columns * layout.channels;
  const x = memory.allocate(4 * elements + 16);
  const uses = memory.allocate(4 * elements + 16);
  memory.i32.set(layout.uses, uses / 4);
  const laneMasks = memory.allocate(64);
  for (let lanes = 1; lanes <= 4; lanes++)
    memory.i32.fill(-1, laneMasks / 4 + 4 * (lanes & 3), laneMasks / 4 + 4 * (lanes & 3) + lanes);
  const job = memory.allocate(QUANTISER.bytes);
  const { rows, columns, channels, rowPitch, planePitch } = layout;
  QUANTISER.write(memory, job, { x, rows, columns, channels, rowPitch, planePitch });
  const setPlanes = ([plane0, plane1 = 0]: readonly number[]) =>
    QUANTISER.write(memory, job, { plane0: plane0!, plane1 });
  QUANTISER.write(memory, job, { uses, laneMasks, codes: 0, ...dacFields(program, layout.streamed) });
  const field = (name: Parameters<typeof QUANTISER.read>[2]) => QUANTISER.read(memory, job, name);

  return {
    run(input, planes = layout.planes) {
      memory.f32.set(input, x / 4);
      setPlanes(planes);
      kernels.quantise(job);
      if (field('invalid')) checkInput(program, input);
      return {
        clippedActivations: field('clipped'),
        zeroActivations: field('zero'),
        litSamples: field('litLow') + field('litHigh') * 2 ** 32,
      };
    },
    codes() {
      if (!program.activationDac.quantise) return layout.planes.map(() => null);
      const mark = memory.mark();
      const codes = memory.allocate(4 * elements * layout.planes.length + 16);
      QUANTISER.write(memory, job, { codes });
      kernels.quantise(job);
      QUANTISER.write(memory, job, { codes: 0 });
      const out = layout.planes.map((_, pass) =>
        Int32Array.from(memory.f32.subarray(codes / 4 + pass * elements, codes / 4 + (pass + 1) * elements)),
      );
      memory.release(mark);
      return out;
    },
  };
}
