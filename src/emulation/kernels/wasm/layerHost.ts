/** Host side of a layer on the kernels, as far as convolutions and dense layers have it alike: its memory and its runs. */
import { ceil4, readNoiseSeed } from '../../../base/random/seeds.js';
import { hasOptics, type MacProgram, type NoiseConstants } from '../../program/types.js';
import type { LayerCounts, LumpedTap, LumpOptions, LumpRunOptions, RunOptions, Tap } from '../contract.js';
import { noiseOfImage } from '../imageLight.js';
import { type KernelInstance, STREAM_BYTES } from './instance.js';
import type { KernelMemory } from './memory.js';
import type { LoadedQuantiser } from './quantiser.js';
import {
  allocateCounts,
  BLOCK,
  CONVERTER,
  converterOf,
  loadLastMask,
  loadNoiseTable,
  loadScaling,
  lumpedVariance,
  MODE,
  modeOf,
  noSums,
  recordMaxima,
  writeShift,
} from './samples.js';

export type Fields = Readonly<Record<string, number>>;

/** A `Struct` of either kind of job. */
interface JobStruct {
  readonly bytes: number;
  write(memory: KernelMemory, address: number, values: Fields): void;
  read(memory: KernelMemory, address: number, name: string): number;
}

/** Sizes of a layer to its kernel. */
export interface LayerSizes {
  /** Samples of a row: positions or filters. */
  readonly samples: number;
  /** Rows of samples that the outputs are. */
  readonly outputRows: number;
  /** Rows of samples in a pass, at most. */
  readonly rows: number;
  /** Groups of four samples that a stream goes on by from one run of four to the next. */
  readonly stride: number;
  /** What the kernel says of an image: at least 64, 4 vectors of counts and maxima. */
  readonly resultBytes: number;
}

/** Room for what the rows of an image were and gave. */
export interface RowTap {
  readonly fields: Fields;
  read(pass: number, converter: number): Omit<Tap, 'activationCode' | 'clippedConversions'>;
}

/** What a kind of layer does in its own way. */
export interface LayerKind {
  readonly kernel: (job: number, mode: number) => void;
  /** Before the kernel, once the input is quantised. */
  readonly gather?: () => void;
  /** Most rows that one output is the sum of, both passes together. */
  readonly terms: number;
  /** Sets shot noise and what does not depend on signal, where every image has its own light. */
  readonly setNoise: (noise: NoiseConstants) => void;
  readonly allocateTap: () => RowTap;
  /** Fields of the job without a tap. */
  readonly noTap: Fields;
  /** Samples of the last image's rows that are padding. */
  readonly padding: (seat: Seat) => number;
}

/** Where an image's job lies, and what it alone has. */
export interface Seat {
  readonly job: number;
  readonly results: number;
  readonly streams: readonly [number, number];
  readonly out: number;
}

export class LayerHost {
  /** Of images that run one by one. */
  readonly seat: Seat;
  /** Samples of a row, up to whole blocks. */
  readonly rowSamples: number;

  constructor(
    readonly instance: KernelInstance,
    readonly program: MacProgram,
    readonly quantiser: LoadedQuantiser,
    readonly struct: JobStruct,
    private readonly sizes: LayerSizes,
  ) {
    const { samples, rows } = sizes;
    const blocks = Math.ceil(samples / BLOCK);
    this.rowSamples = blocks * BLOCK;
    this.seat = this.allocateSeat(instance.memory.allocate(struct.bytes));
    this.write({
      filters: program.filters,
      pitch: ceil4(samples),
      blocks,
      lastMask: loadLastMask(instance, samples),
      scaling: loadScaling(instance, program),
      tapRows: rows,
      limit: program.adc.limit,
      limitPlusHalf: program.adc.limit + 0.5,
      lumpedVariance: lumpedVariance(program),
      table: loadNoiseTable(instance, program),
    });
  }

  /** Room of one image, entered into its job. */
  allocateSeat(job: number): Seat {
    const { memory } = this.instance;
    const { outputRows, resultBytes } = this.sizes;
    const seat: Seat = {
      job,
      results: memory.allocate(resultBytes),
      streams: [memory.allocate(STREAM_BYTES), memory.allocate(STREAM_BYTES)],
      out: memory.allocate(4 * this.rowSamples * outputRows),
    };
    const { results, streams, out } = seat;
    this.struct.write(memory, job, { results, stream0: streams[0], stream1: streams[1], out });
    return seat;
  }

  /** Sets fields of the job. */
  write(fields: Fields): void {
    this.struct.write(this.instance.memory, this.seat.job, fields);
  }

  read(field: string, job = this.seat.job): number {
    return this.struct.read(this.instance.memory, job, field);
  }

  clearResults(): void {
    const { memory } = this.instance;
    const { results } = this.seat;
    memory.u32.fill(0, results / 4, (results + this.sizes.resultBytes) / 4);
  }

  /** Runs `work`; what it allocates is released. */
  scratch(work: () => void): void {
    const { memory } = this.instance;
    const mark = memory.mark();
    work();
    memory.release(mark);
  }

  /** `run` and `lump` of the layer; `more` is what the counts of this kind of layer have besides. */
  runs<More>(kind: LayerKind, more: () => More) {
    const { program, quantiser } = this;
    const runOn = (x: Float32Array, y: Float32Array, optics: () => number, dark?: () => void): LayerCounts & More => {
      const counts = quantiser.run(x);
      if (!hasOptics(program)) {
        writeShift(program, y);
        dark?.();
        return { ...counts, litSamples: 0, clippedConversions: 0, ...more() };
      }
      if (program.light) this.#light(kind, noiseOfImage(program, x));
      kind.gather?.();
      const clippedConversions = optics();
      this.readOutputs(this.seat, y);
      return { ...counts, clippedConversions, ...more() };
    };
    return {
      run: (x: Float32Array, y: Float32Array, options: RunOptions) => runOn(x, y, () => this.#runExact(kind, options)),
      lump: (x: Float32Array, y: Float32Array, options: LumpRunOptions) =>
        runOn(
          x,
          y,
          () => this.#runLumped(kind, options),
          () => noSums(options, y.length),
        ),
    };
  }

  #light(kind: LayerKind, noise: NoiseConstants): void {
    kind.setNoise(noise);
    this.write({ lumpedVariance: lumpedVariance({ ...this.program, noise }) });
  }

  /** Enters an image's streams of noise. */
  seed({ streams }: Seat, { runSeed, image }: LumpOptions): void {
    const { program, sizes, instance } = this;
    for (let pass = 0; pass < program.passes; pass++) {
      const [s0, s1] = readNoiseSeed(runSeed, program.layerIndex, image, pass);
      instance.kernels.seedStream(streams[pass]!, s0, s1, sizes.stride);
    }
  }

  /** Clipped conversions of a pass, from the kernel's vectors of results. */
  clipped({ results }: Seat, pass: number): number {
    const at = results / 4 + 4 * pass;
    return this.instance.memory.i32.subarray(at, at + 4).reduce((sum, lane) => sum + lane, 0);
  }

  /** What the kernel left of a seat's image. */
  readOutputs({ out }: Seat, y: Float32Array): void {
    y.set(this.instance.memory.f32.subarray(out / 4, out / 4 + y.length));
  }

  /** Clipped conversions of both passes. */
  #runExact(kind: LayerKind, options: RunOptions): number {
    const { instance, program, seat } = this;
    const converter = converterOf(program, options, kind.terms);
    this.scratch(() => {
      const tap = options.tap ? kind.allocateTap() : null;
      const counting = allocateCounts(instance, program, options.stats);
      this.write({ converter, ...(tap?.fields ?? kind.noTap), ...counting.fields });
      this.clearResults();
      this.seed(seat, options);
      kind.kernel(seat.job, modeOf(program, options));
      counting.read(kind.padding(seat));
      if (tap) this.#readTap(tap, converter, options.tap!);
    });
    if (options.stats) recordMaxima(instance, program, seat.results, options.stats);
    return this.clipped(seat, 0) + this.clipped(seat, 1);
  }

  #readTap(tap: RowTap, converter: number, passes: Tap[]): void {
    const codes = this.quantiser.codes();
    for (let pass = 0; pass < this.program.passes; pass++) {
      const activationCode = codes[pass]!;
      passes.push({ activationCode, ...tap.read(pass, converter), clippedConversions: this.clipped(this.seat, pass) });
    }
  }

  /** No conversions: 0 clip. */
  #runLumped(kind: LayerKind, options: LumpRunOptions): number {
    const { seat } = this;
    this.scratch(() => {
      const tap = options.tap ? this.allocateLumpedTap() : 0;
      this.write({ converter: CONVERTER.off, ...kind.noTap, tap });
      this.clearResults();
      this.seed(seat, options);
      kind.kernel(seat.job, MODE.lumped);
      if (options.tap) Object.assign(options.tap, this.readLumped(tap));
    });
    return 0;
  }

  /** Room for values and variances of an image's outputs, one plane behind the other. */
  allocateLumpedTap(): number {
    return this.instance.memory.allocate(2 * this.#lumpedPlane);
  }

  get #lumpedPlane(): number {
    return 4 * this.rowSamples * this.sizes.outputRows;
  }

  /** What the kernel left in such room, in units of u. */
  readLumped(tap: number): LumpedTap {
    const { step } = this.program.adc;
    return {
      value: this.#tappedOutputs(tap, step),
      variance: this.#tappedOutputs(tap + this.#lumpedPlane, step ** 2),
    };
  }

  /** [sample][output row], out of a plane the other way round, in `unit`. */
  #tappedOutputs(plane: number, unit: number): Float64Array {
    const { f32 } = this.instance.memory;
    const { samples, outputRows } = this.sizes;
    const out = new Float64Array(samples * outputRows);
    for (let row = 0; row < outputRows; row++) {
      const from = plane / 4 + row * this.rowSamples;
      for (let sample = 0; sample < samples; sample++) out[sample * outputRows + row] = unit * f32[from + sample]!;
    }
    return out;
  }
}
