/**
 * Whether cost is linear in what the hardware does: processor time of single layers on the wasm backend, one thread, all
 * noise, against non-zero weights, output positions, images and non-zero activations; each point in turn, the least of the
 * rounds: whatever disturbs only adds.
 */

import { philoxUniforms } from '../../dist/base/random/philox.js';
import { createBackend } from '../../dist/emulation/backends/index.js';
import { compileNetwork } from '../../dist/emulation/compiler/compile.js';
import { loadHardware } from '../../dist/hardware/descriptionFiles.js';
import { conv2d, dense } from '../../dist/networks/build.js';
import { lineFit, processorTime_ns } from './measure.mjs';

const SAME = [
  [1, 1],
  [1, 1],
];

/** Uniform numbers in [0, 1); all but `share` of them 0, which ones does not depend on the share. */
function sparse(stream, length, share) {
  const chosen = philoxUniforms([stream, 1], 0, length);
  return Float32Array.from(philoxUniforms([stream, 2], 0, length), (u, i) => (chosen[i] < share ? 0.5 + u / 2 : 0));
}

const nonZeros = (values) => values.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);

/** A layer with its input, ready to run; `images` of them. */
async function prepare(backend, hardware, layer, inputShape, input, images) {
  const network = { name: 'scaling', inputShape, inputRange: [0, 1], layers: [layer], output: layer.name };
  const program = compileNetwork(network, hardware, { chipSeed: 1, scales: [{ activationScale: 1, adcRange: 4 }] });
  const [loaded] = backend.load(program);
  const { tf } = backend;
  const batch = tf.tile(tf.tensor(input, [1, ...inputShape]), [images, ...inputShape.map(() => 1)]);
  const indices = Int32Array.from({ length: images }, (_, i) => i);
  return async () => {
    const { output } = await loaded.run(batch, { runSeed: 1, images: indices, noise: true, adc: true });
    output.dispose();
  };
}

function convolution(share, size, channels = 32) {
  const layer = conv2d('conv', 'input', [3, channels, channels], SAME);
  const weight = sparse(1, layer.weight.length, share);
  const shape = [size, size, channels];
  return { layer: { ...layer, weight }, shape, input: sparse(2, size * size * channels, 0.5) };
}

function fullyConnected(share, inputs = 2048, filters = 128) {
  const layer = dense('dense', 'input', inputs, filters);
  return {
    layer: { ...layer, weight: sparse(3, layer.weight.length, 1) },
    shape: [inputs],
    input: sparse(4, inputs, share),
  };
}

/** Steps of what is varied, and the layer at each. */
const SERIES = [
  {
    name: 'non-zero weights',
    xLabel: 'non-zero weights of a 3x3x32x32 convolution',
    steps: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((share) => {
      const made = convolution(share, 16);
      return { x: nonZeros(made.layer.weight), images: 1, ...made };
    }),
  },
  {
    name: 'positions',
    xLabel: 'output positions of a 3x3x32x32 convolution, half of it 0',
    steps: [6, 9, 12, 15, 18, 21, 24].map((size) => ({ x: size * size, images: 1, ...convolution(0.5, size) })),
  },
  {
    name: 'images',
    xLabel: 'images of a batch, convolution 3x3x32x32 on 16x16',
    steps: [1, 2, 4, 6, 8, 10, 12].map((images) => ({ x: images, images, ...convolution(0.5, 16) })),
  },
  {
    name: 'non-zero activations',
    xLabel: 'non-zero activations of a 2048 x 128 dense layer',
    // Many images, since one takes a fraction of a millisecond.
    steps: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].map((share) => {
      const made = fullyConnected(share);
      return { x: nonZeros(made.input), images: 16, ...made };
    }),
  },
];

/** Points and fit of every series; times in ms of a whole batch. */
export async function measureScaling(rounds, say) {
  const backend = await createBackend('wasm');
  const hardware = await loadHardware('sonic');
  const series = [];
  for (const { name, xLabel, steps } of SERIES) {
    say(`scaling with ${name}`);
    const runs = [];
    for (const { layer, shape, input, images } of steps) {
      runs.push(await prepare(backend, hardware, layer, shape, input, images));
    }
    const times = steps.map(() => []);
    for (let round = -1; round < rounds; round++) {
      for (const [i, run] of runs.entries()) {
        const time = (await processorTime_ns(run)) / 1e6;
        if (round >= 0) times[i].push(time);
      }
    }
    const [x, y] = [steps.map((step) => step.x), times.map((ofStep) => Math.min(...ofStep))];
    series.push({ name, xLabel, x, y, fit: lineFit(x, y) });
  }
  return series;
}
