/**
 * Where FPS/W has its optimum over the vector sizes n and m, network by network, and what the way kernels are cut into chunks
 * does to it. By cost alone: crosstalk, noise and range of wide units are the emulator's (`sonic explore --accuracy`).
 */
import { geometricMean } from '../../base/statistics/moments.js';
import type { NetworkStatistics } from '../../cost/layerStatistics.js';
import { predictCost } from '../../cost/predict.js';
import type { HardwareDescription } from '../../hardware/description.js';
import { changeDescription } from '../../hardware/descriptionPaths.js';
import { parseHardware } from '../../hardware/parseHardware.js';

/** Sizes that are tried beside the description's own; the paper's are among them. */
export const SIZES = {
  n: [2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50],
  m: [10, 15, 20, 30, 40, 50, 75, 100, 150, 200],
} as const;
export const CHUNKINGS = ['slice', 'concatenated'] as const;
export type ChunkingMode = (typeof CHUNKINGS)[number];

export interface SizePoint {
  readonly n: number;
  readonly m: number;
  readonly fpsPerWatt: number;
  readonly latency_s: number;
  readonly power_W: number;
}

/** One network under one chunking. */
export interface SizeStudy {
  readonly network: string;
  readonly chunking: ChunkingMode;
  readonly points: readonly SizePoint[];
}

interface Subject {
  readonly name: string;
  readonly statistics: (hardware: HardwareDescription) => NetworkStatistics;
}

/** Every size of every network under both chunkings; numbers of units stay as the hardware has them. */
export function studySizes(subjects: readonly Subject[], hardware: HardwareDescription): SizeStudy[] {
  const withOwn = (sizes: readonly number[], own: number) => [...new Set([...sizes, own])].sort((a, b) => a - b);
  const [ns, ms] = [withOwn(SIZES.n, hardware.vdu.conv.size), withOwn(SIZES.m, hardware.vdu.fc.size)];
  return subjects.flatMap(({ name, statistics }) => {
    // Statistics do not depend on the units.
    const known = statistics(hardware);
    return CHUNKINGS.map((chunking): SizeStudy => {
      const points = ns.flatMap((n) =>
        ms.map((m): SizePoint => {
          const vdu = { conv: { size: n, chunking }, fc: { size: m } };
          const cost = predictCost(known, parseHardware(changeDescription(hardware, { vdu }), 'the sizes'));
          const { latency_s, power_W } = cost;
          return { n, m, fpsPerWatt: cost.framesPerSecondPerWatt!, latency_s, power_W };
        }),
      );
      return { network: name, chunking, points };
    });
  });
}

/** Geometric means over networks, point by point. */
export function meanStudy(studies: readonly SizeStudy[]): SizeStudy {
  const [first] = studies as readonly [SizeStudy];
  const meanOf = (i: number, of: (point: SizePoint) => number) =>
    geometricMean(studies.map(({ points }) => of(points[i]!)));
  return {
    network: 'all',
    chunking: first.chunking,
    points: first.points.map(({ n, m }, i) => ({
      n,
      m,
      fpsPerWatt: meanOf(i, (point) => point.fpsPerWatt),
      latency_s: meanOf(i, (point) => point.latency_s),
      power_W: meanOf(i, (point) => point.power_W),
    })),
  };
}

/** The point of most FPS/W among those that keep. */
export function bestSize({ points }: SizeStudy, keeps: (point: SizePoint) => boolean = () => true): SizePoint {
  return points.filter(keeps).reduce((best, point) => (point.fpsPerWatt > best.fpsPerWatt ? point : best));
}

export function sizeAt({ points }: SizeStudy, n: number, m: number): SizePoint {
  return points.find((point) => point.n === n && point.m === m)!;
}
