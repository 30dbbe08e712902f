/**
 * Several images through a layer together, for kernels that take a row of jobs: what is the same of all images is entered into
 * the layer's own job, which each image's is a copy of.
 */
import { imagesOf } from '../../../base/batch.js';
import { hasOptics, type MacProgram } from '../../program/types.js';
import type { ImagesOptions, LayerCounts } from '../contract.js';
import type { Fields, LayerHost, LayerKind, Seat } from './layerHost.js';
import { allocateCounts, CONVERTER, converterOf, MODE, modeOf, recordMaxima } from './samples.js';

/** A kind of layer of which several images run together. */
export interface TogetherKind<More> extends LayerKind {
  /** Room of one image's own; `codes` are where its input goes. */
  readonly allocateImage: () => { readonly codes: readonly number[]; readonly fields: Fields };
  /** Runs `count` jobs that lie one behind the other. */
  readonly kernelTogether: (jobs: number, count: number, mode: number) => void;
  /** What the counts of this kind of layer have besides. */
  readonly more: (seat: Seat) => More;
}

/** Whether images of a layer may run together: each may have its own light, and without optics there is nothing to share. */
export const mayRunTogether = (program: MacProgram) => hasOptics(program) && !program.light;

/** Images together: memory is read so many times less, and a second cache holds their sums. */
const MOST_TOGETHER = 16;

/** Images whose memory the caller releases. */
function runSome<More>(
  host: LayerHost,
  kind: TogetherKind<More>,
  x: Float32Array,
  y: Float32Array,
  options: ImagesOptions,
): (LayerCounts & More)[] {
  const { instance, program, quantiser, struct } = host;
  const { memory } = instance;
  const { runSeed, images, lumped, lumpedTaps, stats } = options;
  const converter = lumped ? CONVERTER.off : converterOf(program, options, kind.terms);
  const counting = allocateCounts(instance, program, stats);
  host.write({ converter, ...kind.noTap, ...counting.fields });
  const jobs = memory.allocate(struct.bytes * images.length);
  const seated = Array.from(images, (image, i) => {
    const job = jobs + struct.bytes * i;
    memory.u32.copyWithin(job / 4, host.seat.job / 4, (host.seat.job + struct.bytes) / 4);
    const seat = host.allocateSeat(job);
    const { codes, fields } = kind.allocateImage();
    const tap = lumpedTaps ? host.allocateLumpedTap() : 0;
    struct.write(memory, job, tap ? { ...fields, tap } : fields);
    host.seed(seat, { runSeed, image });
    return { seat, tap, counts: quantiser.run(imagesOf(x, images.length, i), codes) };
  });
  kind.kernelTogether(jobs, images.length, lumped ? MODE.lumped : modeOf(program, options));
  counting.read(seated.reduce((sum, { seat }) => sum + kind.padding(seat), 0));
  return seated.map(({ seat, tap, counts }, i) => {
    lumpedTaps?.push(host.readLumped(tap));
    if (stats) recordMaxima(instance, program, seat.results, stats);
    host.readOutputs(seat, imagesOf(y, images.length, i));
    const clippedConversions = lumped ? 0 : host.clipped(seat, 0) + host.clipped(seat, 1);
    return { ...counts, clippedConversions, ...kind.more(seat) };
  });
}

/** `runMany` of a layer whose images `mayRunTogether`. */
export function runsTogether<More>(host: LayerHost, kind: TogetherKind<More>) {
  return (x: Float32Array, y: Float32Array, options: ImagesOptions): (LayerCounts & More)[] => {
    const { images } = options;
    const counts: (LayerCounts & More)[] = [];
    for (let first = 0; first < images.length; first += MOST_TOGETHER) {
      const together = images.subarray(first, first + MOST_TOGETHER);
      const of = (values: Float32Array) => imagesOf(values, images.length, first, together.length);
      host.scratch(() => {
        counts.push(...runSome(host, kind, of(x), of(y), { ...options, images: together }));
      });
    }
    return counts;
  };
}
