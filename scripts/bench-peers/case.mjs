/**
 * One network as other tools take it: weights quantised here once for all of them, scales and ADC ranges as ours, images
 * and labels. Arrays are in torch's order: [filters][channels][rows][columns], images [image][channel][row][column].
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileForChip } from '../../dist/emulation/calibration/calibrate.js';
import { numbersOf } from '../../dist/emulation/program/coded.js';
import { loadExperiment } from '../../dist/experiments/run/loadExperiment.js';
import { calibrateOn } from '../../dist/experiments/run/runExperiment.js';
import { encodeOnnx } from '../../dist/networks/formats/onnx/exportOnnx.js';
import { preprocess } from '../../dist/networks/preprocess.js';

/**
 * Quantised weights, activations and ADC, and one normal of constant spread a partial sum: what all tools can be set to.
 * Optical crosstalk, process variation and the rest have no counterpart in them. The ADC takes its full range: a range
 * calibrated on our chunks would clip theirs, which hold other inputs.
 */
export const COMMON_HARDWARE = { preset: 'sonic-ideal', settings: ['effects.thermalNoise=true', 'adc.range=full'] };

/** Network, images and program on `hardware`. */
export async function compileCase(name, count, { preset, settings }) {
  const experiment = await loadExperiment({ network: name, hardware: preset, set: settings, images: count });
  const { network, hardware, dataset, calibrationSet } = experiment;
  const program = await compileForChip(network, hardware, 1, await calibrateOn(network, hardware, calibrationSet));
  return { network, dataset, program };
}

/** [n][c][spatial] from [n][spatial][c]. */
function channelsFirst(values, images, spatial, channels) {
  const out = new Float32Array(values.length);
  for (let i = 0; i < images; i++) {
    for (let s = 0; s < spatial; s++) {
      for (let c = 0; c < channels; c++)
        out[(i * channels + c) * spatial + s] = values[(i * spatial + s) * channels + c];
    }
  }
  return out;
}

/** [filters][channels][taps] from [taps][channels][filters]. */
function filtersFirst(values, taps, channels, filters) {
  const out = new Float32Array(values.length);
  for (let t = 0; t < taps; t++) {
    for (let c = 0; c < channels; c++) {
      for (let f = 0; f < filters; f++) out[(f * channels + c) * taps + t] = values[(t * channels + c) * filters + f];
    }
  }
  return out;
}

/** Weights in units of one full-scale product, gains of the batch normalisation included: [inputs][filters]. */
function tileWeights(layer, inputs) {
  const { filters, gain } = layer;
  const out = new Float32Array(inputs * filters);
  if (layer.kind === 'dense') {
    numbersOf(layer.streamed).forEach((value, at) => {
      out[at] = value * gain[at % filters];
    });
    return out;
  }
  const held = numbersOf(layer.held);
  layer.rowFilter.forEach((f, r) => {
    for (let e = layer.rowStart[r]; e < layer.rowStart[r + 1]; e++)
      out[layer.entryK[e] * filters + f] = held[e] * gain[f];
  });
  return out;
}

/** The trained weights and bias with the batch normalisation that follows folded in. */
function digitalWeights(layer, norm) {
  const filters = layer.weightShape.at(-1);
  const gain = Float64Array.from({ length: filters }, (_, f) =>
    norm ? norm.gamma[f] / Math.sqrt(norm.variance[f] + norm.epsilon) : 1,
  );
  const bias = Float32Array.from(gain, (g, f) => {
    const own = layer.bias?.[f] ?? 0;
    return norm ? norm.beta[f] + (own - norm.mean[f]) * g : own;
  });
  return { weight: layer.weight.map((w, at) => w * gain[at % filters]), bias };
}

function unsupported(layer, why) {
  return new Error(`layer '${layer.name}' (${layer.kind}): ${why}, which this benchmark does not hand to other tools`);
}

function checkConv({ name, kind, strides, dilation, groups, padding }) {
  const pads = padding.flat();
  if (groups !== 1 || [...strides, ...dilation].some((n) => n !== 1) || pads.some((n) => n !== pads[0]))
    throw unsupported({ name, kind }, 'groups, strides, dilation or uneven padding');
}

/**
 * Writes a case: case.json, arrays.bin and network.onnx.
 * @throws Error where a layer is none of those of SONIC's networks.
 */
export async function writeCase(folder, name, count) {
  const { network, dataset, program } = await compileCase(name, count, COMMON_HARDWARE);
  const chunks = [];
  let offset = 0;
  const store = (values, shape, type = 'float32') => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    chunks.push(bytes);
    offset += bytes.length;
    return { offset: offset - bytes.length, shape, type };
  };
  const absorbed = new Map(program.layers.map((layer) => [layer.name, layer.outputName]));
  const layers = [];
  let shape = network.inputShape;
  let flattened = null;
  for (const layer of network.layers) {
    const compiled = program.layers.find(({ name: own }) => own === layer.name);
    if (compiled) {
      const norm = network.layers.find((other) => other.name === absorbed.get(layer.name) && other !== layer);
      const digital = digitalWeights(layer, norm);
      const filters = compiled.filters;
      const inputs = compiled.macs / (compiled.kind === 'dense' ? filters : filters * positionsOf(compiled));
      let [taps, channels] = [1, inputs];
      if (layer.kind === 'conv2d') {
        checkConv(layer);
        [taps, channels] = [layer.weightShape[0] * layer.weightShape[1], layer.weightShape[2]];
      } else if (flattened) {
        [taps, channels] = flattened;
      }
      const weightShape =
        layer.kind === 'conv2d'
          ? [filters, channels, layer.weightShape[0], layer.weightShape[1]]
          : [filters, channels * taps];
      const array = (values) => store(filtersFirst(values, taps, channels, filters), weightShape);
      layers.push({
        name: layer.name,
        kind: layer.kind,
        weight: array(tileWeights(compiled, inputs)),
        scale: compiled.activationScale * compiled.weightScale * compiled.gainScale,
        shift: store(Float32Array.from(compiled.shift), [filters]),
        activation_scale: compiled.activationScale,
        dac_codes: compiled.activationDac.maximumCode,
        adc_range: compiled.adc.range,
        adc_codes: compiled.adc.limit,
        sigma: Math.sqrt(compiled.noise.constant),
        rows: program.hardware.vdu[layer.kind === 'conv2d' ? 'conv' : 'fc'].size,
        padding: layer.kind === 'conv2d' ? layer.padding[0][0] : 0,
        digital_weight: array(digital.weight),
        digital_bias: store(digital.bias, [filters]),
      });
      shape = layer.kind === 'conv2d' ? compiled.geometry.output : [filters];
      flattened = null;
    } else if (layer.kind === 'activation' && layer.function === 'relu') {
      layers.push({ kind: 'relu' });
    } else if (layer.kind === 'pool2d' && layer.mode === 'max' && layer.size.join() === layer.strides.join()) {
      layers.push({ kind: 'maxPool', size: layer.size });
      shape = [Math.floor(shape[0] / layer.size[0]), Math.floor(shape[1] / layer.size[1]), shape[2]];
    } else if (layer.kind === 'flatten') {
      layers.push({ kind: 'flatten' });
      flattened = [shape[0] * shape[1], shape[2]];
    } else if (![...absorbed.values()].includes(layer.name)) {
      throw unsupported(layer, 'of a kind');
    }
  }
  const [rows, columns, channels] = network.inputShape;
  const images = channelsFirst(preprocess(network, dataset.images), dataset.count, rows * columns, channels);
  const plan = {
    name: network.name,
    layers,
    images: store(images, [dataset.count, channels, rows, columns]),
    labels: store(Int32Array.from(dataset.labels), [dataset.count], 'int32'),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'arrays.bin'), Buffer.concat(chunks));
  writeFileSync(join(folder, 'case.json'), JSON.stringify(plan));
  writeFileSync(join(folder, 'network.onnx'), encodeOnnx(network));
  return { images: dataset.count, densePartialSums: densePartialSums(program) };
}

function positionsOf({ geometry }) {
  return geometry.output[0] * geometry.output[1];
}

/** Partial sums of an image where no zero is dropped: what all other tools compute. */
function densePartialSums({ layers, hardware: { vdu } }) {
  return layers.reduce((sum, layer) => {
    const outputs = layer.kind === 'dense' ? layer.filters : layer.filters * positionsOf(layer);
    const size = vdu[layer.kind === 'dense' ? 'fc' : 'conv'].size;
    return sum + outputs * Math.ceil(layer.macs / outputs / size);
  }, 0);
}
