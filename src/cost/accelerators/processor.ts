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
