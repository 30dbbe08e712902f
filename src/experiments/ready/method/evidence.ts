/** A sweep with what each image came to on each chip: what findings are read off, instead of means alone. */
import { bootstrapInterval95 } from '../../result/bootstrap.js';
import { trialsOfPoint } from '../../sweep/summary.js';
import type { PointSummary, SweepSummary, Trial, TrialStore } from '../../sweep/types.js';
import { unpackHits } from '../../trial/hits.js';

/** Accuracy that may be lost before a setting counts as lost, a share: one point. */
export const MARGIN = 0.01;
/** Fewer of either at a point, and what is found there is no claim. */
export const CLAIM = { chips: 4, images: 2000 } as const;

/** Which images were right, 0 or 1; of chips the mean over run seeds. */
interface Hits {
  readonly chipSeeds: readonly number[];
  /** Of the images: hits at the same place are of the same image only where this is equal. */
  readonly dataset: string;
  /** [images] */
  readonly digital: ArrayLike<number>;
  /** [chips][images] */
  readonly emulated: readonly ArrayLike<number>[];
}

/** Accuracy lost, a share of images; a gain is negative. */
export interface Loss {
  readonly share: number;
  readonly interval95: readonly [number, number];
  readonly chips: number;
  readonly images: number;
}

export interface EvidencePoint extends PointSummary {
  readonly hits: Hits;
}

export interface Evidence extends SweepSummary {
  readonly points: readonly EvidencePoint[];
  /** A share: see `MARGIN`. */
  readonly margin: number;
}

/** @param trials of one point, at least one. */
function hitsOf(trials: readonly Trial[]): Hits {
  const { images } = trials[0]!.result.accuracy;
  const byChip = new Map<number, { sums: Float64Array; trials: number }>();
  for (const { identity, hits } of trials) {
    const chip = byChip.get(identity.chipSeed) ?? { sums: new Float64Array(images), trials: 0 };
    const own = unpackHits(hits.emulated ?? hits.digital, images);
    for (let i = 0; i < images; i++) chip.sums[i]! += own[i]!;
    chip.trials++;
    byChip.set(identity.chipSeed, chip);
  }
  return {
    chipSeeds: [...byChip.keys()],
    dataset: trials[0]!.identity.dataset.hash,
    digital: unpackHits(trials[0]!.hits.digital, images),
    emulated: [...byChip.values()].map(({ sums, trials: count }) => sums.map((sum) => sum / count)),
  };
}

/** The evidence of a sweep as far as the store has it. */
export async function evidenceOf(summary: SweepSummary, store: TrialStore, margin = MARGIN): Promise<Evidence> {
  const byIndex = new Map(summary.manifest.points.map((point) => [point.index, point]));
  const points: EvidencePoint[] = [];
  for (const point of summary.points) {
    const trials = await trialsOfPoint(byIndex.get(point.index)!, store);
    if (trials) points.push({ ...point, hits: hitsOf(trials) });
  }
  return { ...summary, points, margin };
}

function lossOfTable(table: readonly ArrayLike<number>[]): Loss {
  const images = table[0]!.length;
  let sum = 0;
  for (const row of table) for (let i = 0; i < images; i++) sum += row[i]!;
  return { share: sum / (table.length * images), interval95: bootstrapInterval95(table), chips: table.length, images };
}

const minus = (first: ArrayLike<number>, second: ArrayLike<number>) =>
  Float64Array.from(first, (value, i) => value - second[i]!);

/** One interval a point: it takes a tenth of a second. */
const computed = new WeakMap<EvidencePoint, Loss>();

/** What the hardware loses against the digital network, paired by image. */
export function lossOf(point: EvidencePoint): Loss {
  const found = computed.get(point) ?? lossOfTable(point.hits.emulated.map((chip) => minus(point.hits.digital, chip)));
  computed.set(point, found);
  return found;
}

/** What a point loses against another one, paired by image and chip; null where they have no image or chip in common. */
export function lossAgainst(reference: EvidencePoint, point: EvidencePoint): Loss | null {
  const [before, after] = [reference.hits, point.hits];
  if (before.dataset !== after.dataset) return null;
  const table = after.chipSeeds.flatMap((seed, c) => {
    const same = before.chipSeeds.indexOf(seed);
    return same < 0 ? [] : [minus(before.emulated[same]!, after.emulated[c]!)];
  });
  return table.length === 0 ? null : lossOfTable(table);
}
