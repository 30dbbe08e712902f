/** Layer by layer: what was compiled, what the hardware did, what that costs. Needs no file. */
import type { CostReport } from '../../cost/costReport.js';
import { type LayerFidelity, lumpedValidity } from '../../emulation/emulator/fidelity.js';
import type { Activity, LayerActivity } from '../../emulation/program/activity.js';
import { inputShape, type MacProgram, outputShape, type Program } from '../../emulation/program/types.js';
import type { LayerResult } from '../result/types.js';

/** A network laid out for one chip, and how its layers run. */
export interface CompiledChip {
  readonly program: Program;
  /** Of every MAC layer. */
  readonly fidelities: readonly LayerFidelity[];
}

function layerResult(
  program: MacProgram,
  activity: LayerActivity,
  images: number,
  latency_s: number,
  energy_J: number,
  fidelity: LayerFidelity,
  withStreams: boolean,
): LayerResult {
  const rows = activity.schedules.reduce((sum, schedule) => sum + schedule.rows * schedule.images, 0);
  const conv = program.kind === 'conv2d' ? program.geometry : null;
  return {
    name: program.name,
    kind: program.kind,
    inputShape: inputShape(program),
    outputShape: outputShape(program),
    kernel: conv?.kernel ?? null,
    macs: program.macs,
    weightSparsity: program.weightSparsity,
    activationSparsity: activity.zeroActivations / activity.activations,
    weightLevels: program.weightLevels,
    fidelity,
    lumpedValidity: lumpedValidity(program),
    passes: program.passes,
    activationScale: program.scaling ? null : program.activationScale,
    adcRange: program.adc.range,
    operatingPoint: program.operatingPoint,
    lightPoint: program.lightPoint,
    ...(program.kind === 'conv2d' && program.streamMean && withStreams
      ? { streamMean: Array.from(program.streamMean) }
      : {}),
    chunkRows: rows / images,
    partialSums: activity.partialSums / images,
    clippedConversions: activity.clippedConversions / images,
    clippedActivations: activity.clippedActivations / images,
    snr_dB: program.snr_dB ?? null,
    latency_s,
    energy_J,
  };
}

/**
 * Results of all MAC layers, means per image.
 * @param withStreams whether layers list their stream means one by one.
 */
export function layerResults(
  { program, fidelities }: CompiledChip,
  activity: Activity,
  cost: Pick<CostReport, 'layers'>,
  withStreams: boolean,
): LayerResult[] {
  return program.layers.map((layer, l) => {
    const { latency_s, energy_J } = cost.layers[l]!;
    return layerResult(layer, activity.layers[l]!, activity.images, latency_s, energy_J, fidelities[l]!, withStreams);
  });
}
