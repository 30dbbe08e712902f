/**
 * Processors that a framework drives operator by operator: each operator costs a fixed time for its launch, and then what
 * its arithmetic or its memory traffic takes, whichever is longer. Zeros are not skipped.
 */
import type { PublishedNumber } from './published.js';
import { type LayerReport, reportOf } from './types.js';
import type { Operator, Workload } from './workload.js';

export interface ProcessorParameters {
  /** `overhead`: the model above; `specSheet`: multiply-accumulates at the peak rate, nothing else. */
  readonly model: 'overhead' | 'specSheet';
  readonly operator_us: number;
  /** Share of the peak that arithmetic reaches. */
  readonly efficiency: number;
  readonly peak_TFLOPS: number;
  /** Of the spec sheet variant. */
  readonly specSheetPeak_TFLOPS: number;
  readonly bandwidth_GB_per_s: number;
  readonly bytesPerValue: number;
  readonly power_W: number;
}

type Rates = Pick<
  ProcessorParameters,
  'operator_us' | 'efficiency' | 'peak_TFLOPS' | 'bandwidth_GB_per_s' | 'bytesPerValue'
>;

/** Time of one operator on a batch, s. */
function operatorTime_s(operator: Operator, rates: Rates, batch: number): number {
  const arithmetic_s = (2 * batch * operator.macs) / (rates.efficiency * rates.peak_TFLOPS * 1e12);
  const bytes = rates.bytesPerValue * (batch * operator.activations + operator.parameters);
  return rates.operator_us * 1e-6 + Math.max(arithmetic_s, bytes / (rates.bandwidth_GB_per_s * 1e9));
}

/** Images per second of a workload in batches. */
export function overheadFps(workload: Workload, rates: Rates, batch = 1): number {
  return batch / workload.operators.reduce((sum, operator) => sum + operatorTime_s(operator, rates, batch), 0);
}

/** One image. Operators without multiply-accumulates count to the layer before them. */
export function evaluateProcessor(workload: Workload, parameters: ProcessorParameters) {
  const layers: LayerReport[] = [];
  let index = -1;
  for (const operator of workload.operators) {
    if (operator.macs > 0) index++;
    const latency_s =
      parameters.model === 'overhead'
        ? operatorTime_s(operator, parameters, 1)
        : (2 * operator.macs) / (parameters.specSheetPeak_TFLOPS * 1e12);
    const at = Math.max(index, 0);
    const before = layers[at]?.latency_s ?? 0;
    const total_s = before + latency_s;
    layers[at] = { name: workload.layers[at]!.name, latency_s: total_s, energy_J: parameters.power_W * total_s };
  }
  return reportOf(workload, layers, workload.macs * 2 * 8 * parameters.bytesPerValue);
}

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
