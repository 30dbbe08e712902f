/** What every accelerator's folder offers, and what its model gives. */

import type { HardwareDescription } from '../../hardware/description.js';
import type { EnergyTable } from '../energyTable.js';
import { quotient } from '../quotient.js';
import type { PublishedNumber } from './publishedNumbers.js';
import type { Workload, WorkloadLayer } from './workload.js';

/** Whose devices a photonic design is built of: those its own paper prints, or SONIC's table 2 as its paper says it did. */
export type DeviceTable = 'own' | 'sonic';

/** What all designs are compared under. */
export interface Setting {
  /** SONIC itself; for the other photonic designs its devices (in table `sonic`), converterAccounting and memory. */
  readonly hardware: HardwareDescription;
  /** A user's energies per action, in place of the description's. */
  readonly table: EnergyTable | null;
  readonly devices: DeviceTable;
}

export interface LayerReport {
  readonly name: string;
  readonly latency_s: number;
  readonly energy_J: number;
}

/** One image of one network. */
export interface AcceleratorReport {
  readonly latency_s: number;
  /** Null, as every ratio, where it is not defined: the design has nothing to do. */
  readonly framesPerSecond: number | null;
  readonly energy_J: number;
  readonly power_W: number;
  readonly framesPerSecondPerWatt: number | null;
  /**
   * Energy over: dense MACs * 16; dense parameters * 16; bits of the operands that are converted (photonic) or enter a
   * multiplier (electronic).
   */
  readonly energyPerBit_J: Readonly<Record<BitRule, number | null>>;
  readonly layers: readonly LayerReport[];
}

export const BIT_RULES = ['denseMac', 'parameter', 'processed'] as const;
export type BitRule = (typeof BIT_RULES)[number];

/** Something the papers leave open: what is taken, and what else could be. */
interface Choice<P> {
  readonly name: string;
  /** What the defaults say. */
  readonly taken: string;
  readonly alternatives: readonly { readonly label: string; readonly parameters: Partial<P> }[];
}

export interface Accelerator<P> {
  readonly id: string;
  readonly title: string;
  /** Of the design, as the folder's published.json has it. */
  readonly citation: string;
  readonly defaults: P;
  /** Other named versions of the design, shown beside the default. */
  readonly variants: Readonly<Record<string, Partial<P>>>;
  readonly choices: readonly Choice<P>[];
  /**
   * Figures that a version of the design rests on and that no text at hand confirms: numbers of published.json of standing
   * `remembered`, by variant, `default` for the default.
   */
  readonly unsourced: Readonly<Record<string, readonly PublishedNumber[]>>;
  /** What the model takes that no source states. */
  readonly assumptions: readonly string[];
  readonly evaluate: (workload: Workload, parameters: P, setting: Setting) => AcceleratorReport;
}

// A list of designs has designs of different parameters; each is only ever called with its own.
// biome-ignore lint/suspicious/noExplicitAny: an existential type, which TypeScript lacks.
export type AnyAccelerator = Accelerator<any>;

/** Layers as a design runs them, each by itself. */
export const layerReports = (workload: Workload, use: (layer: WorkloadLayer) => Omit<LayerReport, 'name'>) =>
  workload.layers.map((layer): LayerReport => ({ name: layer.name, ...use(layer) }));

/**
 * Adds up a design's layers.
 * @param processedBits bits of the operands that the design works on, of one image.
 * @param interval_s between images, where it is not the latency.
 * @param standing_W power where an image takes no time.
 */
export function reportOf(
  workload: Workload,
  layers: readonly LayerReport[],
  processedBits: number,
  interval_s?: number,
  standing_W = 0,
): AcceleratorReport {
  const latency_s = layers.reduce((sum, layer) => sum + layer.latency_s, 0);
  const energy_J = layers.reduce((sum, layer) => sum + layer.energy_J, 0);
  const between_s = interval_s ?? latency_s;
  const perBit = (bits: number) => (between_s > 0 ? quotient(energy_J, bits) : null);
  return {
    latency_s,
    framesPerSecond: quotient(1, between_s),
    energy_J,
    power_W: quotient(energy_J, between_s) ?? standing_W,
    framesPerSecondPerWatt: between_s > 0 ? quotient(1, energy_J) : null,
    energyPerBit_J: {
      denseMac: perBit(workload.macs * 16),
      parameter: perBit(workload.parameters * 16),
      processed: perBit(processedBits),
    },
    layers,
  };
}
