/**
 * A network on emulated hardware as a training run's forward pass: every step compiles the weights as they are, for a chip
 * and read noise of its own, and runs the batch through the kernels. Weights that fit the weight DAC's codebook keep
 * fitting it: each takes the nearest of its layer's shared values, which follow the weights that take them.
 */

import { imagesOf, sizeOf } from '../base/batch.js';
import { sha256Hex } from '../base/files.js';
import type { Tensor, Tf } from '../base/tensorflow/tf.js';
import { createKernels } from '../emulation/backends/index.js';
import { calibrate, compileForChip } from '../emulation/calibration/calibrate.js';
import { compileNetwork } from '../emulation/compiler/compile.js';
import { rowHolder } from '../emulation/compiler/holdRows.js';
import type { LayerScale } from '../emulation/compiler/layerConstants.js';
import type { Kernels, LoadedLayer } from '../emulation/kernels/contract.js';
import { wasmRowHolders } from '../emulation/kernels/photonicConv2D/wasmRows.js';
import type { MakeRowHolder } from '../emulation/program/rows.js';
import { outputShape, type Program } from '../emulation/program/types.js';
import type { HardwareDescription } from '../hardware/description.js';
import { hardwareHash } from '../hardware/descriptionFiles.js';
import { ownBatchNorm } from '../networks/batchNorm.js';
import { compressWeights } from '../networks/compression/cluster.js';
import type { CompressedWeights } from '../networks/compression/types.js';
import { isMacLayer, type Network } from '../networks/types.js';
import { shareValues } from './codebook.js';
import type { ForwardEmulation } from './emulation.js';

/** Chips and runs of training: far from the small seeds that people evaluate with. */
const FIRST_SEED = 2 ** 29;
/** Steps between calibrations of activation scales and ADC ranges. */
const CALIBRATE_EVERY = 50;

export interface HardwareForwardOptions {
  readonly tf: Tf;
  readonly hardware: HardwareDescription;
  /** Where the training starts. */
  readonly network: Network;
  /** Inputs of the first training images, [count, ...inputShape]: scales and ranges come from them. */
  readonly calibrationInputs: Float32Array;
  /** 0 .. 2^20: chips and read noise. */
  readonly seed: number;
}

export interface HardwareForward extends ForwardEmulation {
  /** The network with its weights as the hardware holds them: shared values where they were shared at the start. */
  project(network: Network): Network;
  /** Weights of the projected network that are shared, by layer name. */
  compressed(network: Network): Record<string, CompressedWeights>;
}

/** Shared values of each layer that has few enough for the codebook. */
function codebooksOf(network: Network, { weightDac }: HardwareDescription): Map<string, Float32Array> {
  if (weightDac.levels === 'uniform') return new Map();
  const fitting = network.layers.filter(isMacLayer).flatMap(({ name, weight }) => {
    const form = compressWeights(weight);
    return form && form.centroids.length <= 2 ** weightDac.bits ? [[name, form.centroids] as const] : [];
  });
  return new Map(fitting);
}

function scalesOf(program: Program): LayerScale[] {
  return program.layers.map(({ activationScale, adc, ...layer }) => ({
    activationScale,
    adcRange: adc.range,
    ...(layer.meanActivation === undefined ? {} : { meanActivation: layer.meanActivation }),
    ...(layer.leastActivation === undefined ? {} : { leastActivation: layer.leastActivation }),
    ...(layer.kind === 'conv2d' && layer.streamMean ? { streamMean: layer.streamMean } : {}),
    ...(layer.kind === 'conv2d' && layer.lightPoint !== null ? { lightPoint: layer.lightPoint } : {}),
  }));
}

/** Runs a batch through one layer, image by image. */
function runLayerOn(tf: Tf, layer: LoadedLayer, input: Tensor, runSeed: number): Tensor {
  const { program } = layer;
  const batch = input.shape[0]!;
  const x = input.dataSync() as Float32Array;
  const shape = outputShape(program);
  const y = new Float32Array(sizeOf(shape) * batch);
  for (let image = 0; image < batch; image++)
    layer.run(imagesOf(x, batch, image), imagesOf(y, batch, image), { runSeed, image, noise: true, adc: true });
  return tf.tensor(y, [batch, ...shape]);
}

/** Prepares the forward pass of `options.network` on `options.hardware`; `dispose` frees the kernels' memory. */
export function createHardwareForward(options: HardwareForwardOptions): HardwareForward {
  const { tf, hardware, network: start, calibrationInputs, seed } = options;
  const trainingBackend = tf.getBackend();
  const codebooks = codebooksOf(start, hardware);
  let scales: LayerScale[] = [];
  let calibrated = false;
  let kernels: Kernels | null = null;
  let rowHolders: MakeRowHolder | undefined;
  let layers = new Map<string, LoadedLayer>();
  let runSeed = 0;

  const project = (network: Network): Network => ({
    ...network,
    layers: network.layers.map((layer) => {
      const codebook = isMacLayer(layer) ? codebooks.get(layer.name) : undefined;
      if (!codebook || !isMacLayer(layer)) return layer;
      return { ...layer, weight: shareValues(layer.weight, codebook) };
    }),
  });

  return {
    key: sha256Hex(
      JSON.stringify({ hardware: hardwareHash(hardware), seed, calibrationInputs: calibrationInputs.length }),
    ),
    settles: CALIBRATE_EVERY,
    outputs: new Map(outputsOf(start)),
    project,
    compressed: (network) =>
      Object.fromEntries(
        network.layers.filter(isMacLayer).flatMap(({ name, weight }) => {
          const form = codebooks.has(name) ? compressWeights(weight) : null;
          return form ? [[name, form]] : [];
        }),
      ),
    update: async (network, step) => {
      const chipSeed = FIRST_SEED + 2 ** 20 * (seed % 512) + step;
      const projected = project(network);
      if (step % CALIBRATE_EVERY === 0 || !calibrated) {
        const calibration = await calibrate(projected, hardware, calibrationInputs);
        scales = scalesOf(await compileForChip(projected, hardware, chipSeed, calibration, { withSnr: false }));
        // Calibration computes on wasm, and makes it the current backend.
        await tf.setBackend(trainingBackend);
        calibrated = true;
      }
      kernels ??= await createKernels('wasm');
      kernels.free();
      rowHolders ??= await wasmRowHolders(rowHolder);
      const program = compileNetwork(projected, hardware, { chipSeed, scales }, rowHolders);
      layers = new Map(kernels.load(program).map((layer) => [layer.program.name, layer]));
      runSeed = chipSeed;
    },
    run: (name, input) => runLayerOn(tf, layers.get(name)!, input, runSeed),
    dispose: () => kernels?.free(),
  };
}

/** Each MAC layer's name by the output it yields: its own, or that of the batch-norm which runs with it. */
function outputsOf(network: Network): [string, string][] {
  return network.layers
    .filter(isMacLayer)
    .map((layer) => [ownBatchNorm(network, layer)?.name ?? layer.name, layer.name]);
}
