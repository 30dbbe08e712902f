/** How the constants of the processors are fitted to measurements; `published.json` has the numbers. */
import { overheadFps } from '../../../src/cost/accelerators/processor.js';
import type { PublishedNumber } from '../../../src/cost/accelerators/publishedNumbers.js';
import type { Workload } from '../../../src/cost/accelerators/workload.js';

type Rates = Parameters<typeof overheadFps>[1];

/** Images per second that were measured of a network in batches. */
export interface Measurement {
  readonly workload: Workload;
  readonly batch: number;
  readonly imagesPerSecond: number;
}

/** Sum of squared logarithms of predicted over measured. */
function misfit(measurements: readonly Measurement[], rates: Rates): number {
  return measurements.reduce(
    (sum, { workload, batch, imagesPerSecond }) =>
      sum + Math.log(overheadFps(workload, rates, batch) / imagesPerSecond) ** 2,
    0,
  );
}

/**
 * Launch time and efficiency that measurements ask for, by least squares of the logarithms: a grid over both, then grids of
 * a tenth of the step around the best point.
 */
export function fitOverhead(
  measurements: readonly Measurement[],
  given: Omit<Rates, 'operator_us' | 'efficiency'>,
): { operator_us: number; efficiency: number } {
  let best = { operator_us: 30, efficiency: 0.5 };
  let least = Number.POSITIVE_INFINITY;
  let [step_us, step] = [5, 0.05];
  for (let round = 0; round < 4; round++, step_us /= 5, step /= 5) {
    const centre = best;
    for (let i = -12; i <= 12; i++) {
      for (let j = -12; j <= 12; j++) {
        const tried = { operator_us: centre.operator_us + i * step_us, efficiency: centre.efficiency + j * step };
        if (tried.operator_us < 0 || tried.efficiency <= 0 || tried.efficiency > 1) continue;
        const error = misfit(measurements, { ...given, ...tried });
        if (error < least) [least, best] = [error, tried];
      }
    }
  }
  return best;
}

/** Measurements as published.json has them, by id `<network>Batch<N>`. */
export function measurementsOf(
  numbers: Readonly<Record<string, PublishedNumber>>,
  networks: Readonly<Record<string, () => Workload>>,
  batches: readonly number[],
): Measurement[] {
  return Object.entries(networks).flatMap(([network, make]) => {
    const workload = make();
    return batches.map((batch) => ({ workload, batch, imagesPerSecond: numbers[`${network}Batch${batch}`]!.value }));
  });
}
