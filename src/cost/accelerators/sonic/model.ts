/** SONIC as one accelerator among others: its own cost model (src/cost), fed with the workload's network and sparsities. */
import { createRequire } from 'node:module';
import { NetworkError } from '../../../base/errors.js';
import type { HardwareDescription } from '../../../hardware/description.js';
import { changeDescription } from '../../../hardware/descriptionPaths.js';
import { parseHardware } from '../../../hardware/parseHardware.js';
import { costReport } from '../../costReport.js';
import { sparsityStatistics } from '../../layerStatistics.js';
import { type ActivationsByLayer, predictActivity, predictedInputs } from '../../predict.js';
import type { Published } from '../publishedNumbers.js';
import { type Accelerator, type AcceleratorReport, reportOf, type Setting } from '../types.js';
import type { Workload } from '../workload.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export interface SonicParameters {
  /** Merged into the setting's description. */
  readonly overrides: Readonly<Record<string, unknown>>;
  /** Whether the converters and detectors of all units are on all the time, working or not. */
  readonly alwaysOn: boolean;
}

/** Power of all converters and detectors of all units, W. */
export function convertersPower_W(hardware: HardwareDescription): number {
  const { vdu, grid, adc, activationDac, weightDac, batchNormDac, photodetector } = hardware;
  const of = ({ size, units }: { readonly size: number; readonly units: number }) => {
    const detectors = 2 * Math.ceil(size / Math.min(size, grid.wavelengthsPerWaveguide));
    const perUnit_mW =
      size * (activationDac.power_mW + weightDac.power_mW) +
      batchNormDac.power_mW +
      adc.interleave * adc.power_mW +
      detectors * photodetector.power_mW;
    return (units * perUnit_mW) / 1000;
  };
  return of(vdu.conv) + of(vdu.fc);
}

const CONVERTERS = ['activationDac', 'weightDac', 'batchNormDac', 'adc', 'photodetector'] as const;

function evaluate(workload: Workload, { overrides, alwaysOn }: SonicParameters, setting: Setting): AcceleratorReport {
  const { network, layers: known } = workload;
  if (!network) throw new NetworkError(`workload '${workload.name}' has no network that SONIC could run`);
  const hardware =
    Object.keys(overrides).length > 0
      ? parseHardware(changeDescription(setting.hardware, overrides), 'SONIC in the comparison')
      : setting.hardware;
  const share = (of: (layer: Workload['layers'][number]) => number) =>
    Object.fromEntries(known.map((layer) => [layer.name, of(layer)]));
  const statistics = sparsityStatistics(
    network,
    hardware,
    share((layer) => layer.weightSparsity),
  );
  const activations: ActivationsByLayer = Object.fromEntries(
    known.map(({ name, activationSparsity }) => [name, { sparsity: activationSparsity }]),
  );
  const activity = predictActivity(statistics, hardware, activations);
  const cost = costReport(activity, predictedInputs(statistics, hardware), hardware, setting.table);
  const { framesPerSecond, energyPerBit_J } = cost;
  const interval_s = framesPerSecond === null ? 0 : 1 / framesPerSecond;
  const power_W = convertersPower_W(hardware);
  // Where images overlap, what is always on is shared among them.
  const overlap = cost.latency_s > 0 ? interval_s / cost.latency_s : 1;
  const layers = cost.layers.map(({ name, latency_s, energy_J, devices }) => {
    const used_J = CONVERTERS.reduce((sum, device) => sum + devices[device], 0);
    return { name, latency_s, energy_J: alwaysOn ? energy_J - used_J + power_W * latency_s * overlap : energy_J };
  });
  const processedBits = energyPerBit_J.processed === null ? 0 : cost.energy_J / energyPerBit_J.processed;
  return reportOf(workload, layers, processedBits, interval_s, cost.power_W + (alwaysOn ? power_W : 0));
}

const change = (label: string, overrides: Record<string, unknown>) => ({ label, parameters: { overrides } });

export const sonic: Accelerator<SonicParameters> = {
  id: 'sonic',
  title: 'SONIC',
  citation: published.citation,
  defaults: { overrides: {}, alwaysOn: false },
  variants: {},
  choices: [
    {
      name: 'idle units',
      taken: 'off but for trimming',
      alternatives: [{ label: 'all converters and detectors always on', parameters: { alwaysOn: true } }],
    },
    {
      name: 'loading a row',
      taken: 'before the row',
      alternatives: [change('double-buffered', { cost: { doubleBuffered: true } })],
    },
    {
      name: 'layers',
      taken: 'one after the other',
      alternatives: [change('pipelined', { cost: { pipelinedLayers: true } })],
    },
    {
      name: 'sampling',
      taken: '14 ns, one ADC a unit',
      alternatives: [
        change('14 interleaved ADCs', { adc: { interleave: 14 } }),
        change('34.4 ns, DAC, EO tuning, VCSEL, detector and ADC in turn', { receiver: { samplingInterval_ns: 34.4 } }),
        change('0.33 ns, as if the ADC kept up with the DAC', { receiver: { samplingInterval_ns: 0.33 } }),
        change("62.5 ns, the ADC's cited part", { adc: { latency_ns: 62.5 } }),
      ],
    },
    {
      name: 'chunks of a kernel',
      taken: 'slice by slice',
      alternatives: [change('concatenated over channels', { vdu: { conv: { chunking: 'concatenated' } } })],
    },
    {
      name: 'batch-norm',
      taken: 'on the broadband ring',
      alternatives: [change('folded into the weights', { batchNorm: 'folded' })],
    },
    {
      name: 'trimming',
      taken: '2.1 nm with TED',
      alternatives: [
        change('2.1 nm without TED', { tuning: { ted: false } }),
        change('none', { tuning: { trimShift_nm: 0 } }),
        change('7.1 nm with TED', { tuning: { trimShift_nm: 7.1 } }),
      ],
    },
    {
      name: 'activation DAC',
      taken: '40 mW each',
      alternatives: [change('4 mW each', { activationDac: { power_mW: 4 }, batchNormDac: { power_mW: 4 } })],
    },
  ],
  unsourced: {},
  assumptions: [
    'Everything that src/cost takes: 14 ns a sample, rows loaded before they are streamed, idle units off but for trimming.',
    "Kernels are cut slice by slice, as the paper's sentence on vectors of five reads.",
    'Sparsities are those of table 3 in the largest layers; non-image activations are half zero.',
  ],
  evaluate,
};
