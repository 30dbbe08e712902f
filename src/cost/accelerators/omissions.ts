/**
 * What SONIC's paper leaves out of its budget, at values of the literature, and what each would do to FPS/W: one at a time,
 * everything else as the description has it.
 */
import type { HardwareDescription } from '../../hardware/description.js';
import { type BankKind, bankOf } from '../../hardware/optics/bank.js';
import { linkBudget } from '../../hardware/optics/linkBudget.js';
import { evaluateAll } from './comparison.js';
import { sonic } from './sonic/model.js';
import type { Setting } from './types.js';
import type { Workload } from './workload.js';

export interface Omission {
  readonly what: string;
  /** What is put in, with its unit. */
  readonly value: string;
  readonly source: string;
  /** Changes of the description. */
  readonly overrides: Readonly<Record<string, unknown>>;
}

export interface OmissionEffect extends Omission {
  /** FPS/W over that without it, by workload. */
  readonly factors: readonly number[];
  /** Mean power over the workloads, W; `before` is that without it. */
  readonly power_W: number;
}

const KINDS: readonly BankKind[] = ['conv', 'fc'];

/** The larger loss of the two kinds of unit, from VCSEL to photodetector, dB. */
export function worstLoss_dB(hardware: HardwareDescription): number {
  return Math.max(...KINDS.map((kind) => linkBudget(hardware, bankOf(hardware, kind)).loss_dB));
}

/**
 * Electrical power of a VCSEL whose light arrives at a detector with `sensitivity_dBm`, mW: CrossLight's equation of laser
 * power for one wavelength (arXiv 2102.06960), over the wall-plug efficiency.
 */
export function vcselPower_mW(hardware: HardwareDescription, sensitivity_dBm: number, levels = 1): number {
  const optical_mW = 10 ** ((sensitivity_dBm + worstLoss_dB(hardware)) / 10);
  return (levels * optical_mW) / hardware.vcsel.wallPlugEfficiency;
}

/** Power of a capacitive DAC that grows as 2^b / (b + 1) times its rate, from table 2's of 6 bits, mW. */
export function capacitiveDac_mW({ weightDac, activationDac }: HardwareDescription): number {
  const growth = (bits: number) => 2 ** bits / (bits + 1);
  const rate = weightDac.latency_ns / activationDac.latency_ns;
  return (weightDac.power_mW * rate * growth(activationDac.bits)) / growth(weightDac.bits);
}

const rounded = (value: number) => Number(value.toPrecision(3));

/** What is left out. Values are of other papers; which of them SONIC would have is not known. */
export function omissions(hardware: HardwareDescription): Omission[] {
  const { photodetector, activationDac } = hardware;
  const [lean, full] = [vcselPower_mW(hardware, -20), vcselPower_mW(hardware, -25, 2 ** activationDac.bits)];
  const dac_mW = capacitiveDac_mW(hardware);
  const loss = `${worstLoss_dB(hardware).toFixed(1)} dB of losses`;
  return [
    {
      what: 'a receiver amplifier for each ADC',
      value: 'receiver.power_mW 3',
      source: 'Lightening-Transformer, 3 mW each',
      overrides: { receiver: { power_mW: 3 } },
    },
    {
      what: 'a receiver amplifier for each ADC',
      value: 'receiver.power_mW 7.2',
      source: "CrossLight's device table (the same authors), 7.2 mW each",
      overrides: { receiver: { power_mW: 7.2 } },
    },
    {
      what: 'an amplifier for each photodetector',
      value: `photodetector.power_mW ${photodetector.power_mW + 7.2}`,
      source: "CrossLight's device table, 7.2 mW each",
      overrides: { photodetector: { power_mW: photodetector.power_mW + 7.2 } },
    },
    {
      what: 'lasers by loss budget',
      value: `vcsel.electricalPower_mW ${rounded(lean)}`,
      source: `CrossLight's equation, -20 dBm at a detector, ${loss}`,
      overrides: { vcsel: { electricalPower_mW: lean } },
    },
    {
      what: `lasers by loss budget, times 2^${activationDac.bits}`,
      value: `vcsel.electricalPower_mW ${rounded(full)}`,
      source: `Lightening-Transformer's equation: as above with -25 dBm and a factor 2^bits for the levels`,
      overrides: { vcsel: { electricalPower_mW: full } },
    },
    {
      what: `DACs of ${activationDac.bits} bits as capacitive ones grow`,
      value: `activationDac.power_mW ${rounded(dac_mW)}`,
      source: "2^b / (b + 1) times the rate (SimPhony, Lightening-Transformer), from table 2's DAC of 6 bits",
      overrides: { activationDac: { power_mW: dac_mW }, batchNormDac: { power_mW: dac_mW } },
    },
    {
      what: 'the ADC that table 2 cites',
      value: 'adc.latency_ns 62.5',
      source: 'title of its reference: 16 MS/s',
      overrides: { adc: { latency_ns: 62.5 } },
    },
    {
      what: 'memory',
      value: 'cost.memory literature',
      source: 'energies per bit of the energy table',
      overrides: { cost: { memory: 'literature' } },
    },
    {
      what: 'trimming of conventional rings',
      value: 'tuning.trimShift_nm 7.1',
      source: "CrossLight's drift of conventional rings (2.1 nm, its optimised ones, are taken)",
      overrides: { tuning: { trimShift_nm: 7.1 } },
    },
    {
      what: 'no trimming at all',
      value: 'tuning.trimShift_nm 0',
      source: 'what follows if table 2 is all there is: it has no drift',
      overrides: { tuning: { trimShift_nm: 0 } },
    },
  ];
}

const meanPower = (reports: readonly { readonly power_W: number }[]) =>
  reports.reduce((sum, { power_W }) => sum + power_W, 0) / reports.length;

/** Each of them on every workload. */
export function omissionEffects(setting: Setting, workloads: readonly Workload[]) {
  const before = evaluateAll(sonic, workloads, setting);
  const effects = omissions(setting.hardware).map((omission): OmissionEffect => {
    const after = evaluateAll(sonic, workloads, setting, { overrides: omission.overrides });
    const factors = after.map((report, i) => report.framesPerSecondPerWatt! / before[i]!.framesPerSecondPerWatt!);
    return { ...omission, factors, power_W: meanPower(after) };
  });
  return { before_W: meanPower(before), effects };
}
