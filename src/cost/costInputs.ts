/** What the cost model needs to know beside the counts: sizes of layers, gains, electronic work, trims of the chip. */

import { sizeOf } from '../base/batch.js';
import { mean } from '../base/statistics/moments.js';
import type { MacProgram, Program } from '../emulation/program/types.js';
import type { HardwareDescription } from '../hardware/description.js';
import { type ChipTrims, chipTrims } from '../hardware/optics/chipTrims.js';
import { convTransmission, detuning_nm, type Ring, ringConstants } from '../hardware/optics/ring.js';
import { inferShapes } from '../networks/shapes.js';
import { isMacLayer, type Network } from '../networks/types.js';

/** Electronic work that follows a MAC layer, in values per image. */
export interface ElectronicWork {
  /** Values that pass an activation function. */
  readonly activationFunctions: number;
  /** Results of pooling. */
  readonly pooled: number;
}

export interface CostLayer extends ElectronicWork {
  readonly name: string;
  readonly kind: 'conv2d' | 'dense';
  /** Dense multiply-accumulates of one image. */
  readonly macs: number;
  /** Elements of the layer's output. */
  readonly outputs: number;
  /** Whether what it reads comes from the network's input without passing another MAC layer. */
  readonly readsInput: boolean;
  /** Whether its batch-norm is on the broadband ring. */
  readonly opticalGain: boolean;
  /**
   * Mean detuning of the broadband ring over the layer's rows that load fast and over those that load slowly, in nm: the
   * CONV imprint of g_f (1 without batch-norm; the ring is always there).
   */
  readonly gainShift_nm: readonly [fast: number, slow: number];
}

export interface CostInputs {
  readonly layers: readonly CostLayer[];
  /** All parameters of the dense network, batch-norm's included. */
  readonly parameters: number;
  /** Null: no chip drawn, every ring needs tuning.trimShift_nm. */
  readonly trims: ChipTrims | null;
}

/** Detuning of the broadband ring at a gain in [Tmin, 1], in nm. */
export function gainDetuning_nm(ring: Ring, gain: number): number {
  return detuning_nm(ring, convTransmission(ring, gain));
}

/** MAC layers that are reached from the network's input without passing another one. */
export function readersOfInput(network: Network): Set<string> {
  const plain = new Set(['input']);
  const readers = new Set<string>();
  for (const layer of network.layers) {
    if (!layer.inputs.some((name) => plain.has(name))) continue;
    if (isMacLayer(layer)) readers.add(layer.name);
    else plain.add(layer.name);
  }
  return readers;
}

/** Electronic work by MAC layer: each electronic layer counts to the MAC layer before it in the list, or to the first. */
export function electronicWork(network: Network): Map<string, ElectronicWork> {
  const shapes = inferShapes(network);
  const size = (name: string) => sizeOf(shapes.get(name)!);
  let current = network.layers.find(isMacLayer)?.name ?? '';
  const work = new Map<string, { activationFunctions: number; pooled: number }>();
  for (const layer of network.layers) {
    if (isMacLayer(layer)) current = layer.name;
    const of = work.get(current) ?? { activationFunctions: 0, pooled: 0 };
    if (layer.kind === 'activation' || layer.kind === 'softmax') of.activationFunctions += size(layer.name);
    if (layer.kind === 'pool2d' || layer.kind === 'globalPool2d') of.pooled += size(layer.name);
    work.set(current, of);
  }
  return work;
}

/** Mean detuning of the broadband ring over the rows of a compiled layer. */
function meanGainShift_nm(program: MacProgram, ring: Ring): [number, number] {
  const shift_nm = program.gain.map((gain) => gainDetuning_nm(ring, gain));
  if (program.kind === 'dense') {
    return [mean(shift_nm), mean(shift_nm)];
  }
  const sum: [number, number] = [0, 0];
  const rows: [number, number] = [0, 0];
  program.rowFilter.forEach((filter, r) => {
    const speed = program.rowSlow[r] as 0 | 1;
    sum[speed] += shift_nm[filter]!;
    rows[speed]++;
  });
  return [sum[0] / Math.max(rows[0], 1), sum[1] / Math.max(rows[1], 1)];
}

function outputsOf(program: MacProgram): number {
  if (program.kind === 'dense') return program.filters;
  const [rows, columns, filters] = program.geometry.output;
  return rows * columns * filters;
}

/** Whether a layer with this batch-norm has it on the broadband ring. */
export function hasOpticalGain(hardware: HardwareDescription, hasBatchNorm: boolean): boolean {
  return hasBatchNorm && hardware.batchNorm === 'optical';
}

/**
 * Inputs of the cost model for a compiled network.
 * @param network where electronic work and readers of the input are counted; null: none, and only layer 0 reads the input.
 */
export function costInputs(program: Program, parameters: number, network: Network | null): CostInputs {
  const { hardware } = program;
  const ring = ringConstants(hardware);
  const work = network ? electronicWork(network) : null;
  const readers = network ? readersOfInput(network) : null;
  const layers = program.layers.map(
    (layer): CostLayer => ({
      name: layer.name,
      kind: layer.kind,
      macs: layer.macs,
      outputs: outputsOf(layer),
      readsInput: readers ? readers.has(layer.name) : layer.layerIndex === 0,
      opticalGain: hasOpticalGain(hardware, layer.outputName !== layer.name),
      gainShift_nm: meanGainShift_nm(layer, ring),
      ...(work?.get(layer.name) ?? { activationFunctions: 0, pooled: 0 }),
    }),
  );
  return { layers, parameters, trims: chipTrims(hardware, program.chipSeed, program.measuredTrims) };
}
