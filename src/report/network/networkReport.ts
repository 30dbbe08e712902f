/** What a loaded network is, as text and as JSON. */

import { sizeOf } from '../../base/batch.js';
import { formatCount } from '../../base/text/units.js';
import { describePreprocessing } from '../../networks/formats/import/preprocessing.js';
import type { LoadedNetwork, TensorFile } from '../../networks/formats/index.js';
import { countMacs, electronicProductNotes } from '../../networks/macCounts.js';
import { countParameters, countRemainingParameters, layerParameters } from '../../networks/parameters.js';
import { inferShapes } from '../../networks/shapes.js';
import { isMacLayer, type Layer } from '../../networks/types.js';
import { renderTable } from '../kit/table.js';

/** Zeros of a layer's weights from which on it counts as pruned. */
const PRUNED_SHARE = 0.2;

const zeroShare = (weight: Float32Array) =>
  weight.reduce((count, value) => count + (value === 0 ? 1 : 0), 0) / weight.length;

const times = (shape: readonly number[]) => shape.join(' x ');

/** What tells one layer of a kind from another, in a few words. */
function detail(layer: Layer): string {
  switch (layer.kind) {
    case 'conv2d': {
      const { strides, padding, dilation, groups, weightShape } = layer;
      return [
        `${weightShape[0]} x ${weightShape[1]}`,
        ...(strides.some((s) => s > 1) ? [`stride ${times(strides)}`] : []),
        ...(padding.flat().some((p) => p > 0) ? [`padding ${padding.flat().join(' ')}`] : []),
        ...(dilation.some((d) => d > 1) ? [`dilation ${times(dilation)}`] : []),
        ...(groups > 1 ? [`${groups} groups`] : []),
      ].join(', ');
    }
    case 'pool2d':
      return `${layer.mode} ${times(layer.size)}, stride ${times(layer.strides)}`;
    case 'globalPool2d':
      return layer.mode;
    case 'reduce':
      return `${layer.mode} over axes ${layer.axes.join(', ')}`;
    case 'tile':
      return times(layer.repeats);
    case 'activation':
      return layer.function + (layer.alpha === undefined ? '' : ` ${layer.alpha}`);
    default:
      return '';
  }
}

/** Everything `sonic inspect --json` writes. */
export function networkSummary({ network, format, sha256, metadata, notes }: LoadedNetwork) {
  const { photonic, electronic } = countMacs(network);
  const shapes = inferShapes(network);
  return {
    schema: 'sonic-network/1' as const,
    name: network.name,
    format,
    hash: sha256,
    metadata,
    notes,
    inputShape: network.inputShape,
    inputRange: network.inputRange,
    preprocessing: network.preprocessing,
    parameters: { all: countParameters(network), remaining: countRemainingParameters(network) },
    macs: { photonic, electronic },
    layers: network.layers.map((layer) => ({
      name: layer.name,
      kind: layer.kind,
      detail: detail(layer),
      inputs: layer.inputs,
      outputShape: shapes.get(layer.name)!,
      parameters: layerParameters(layer),
    })),
    output: network.output,
  };
}

/** Layers, shapes, parameters, preprocessing and notes, as lines. */
export function renderLoaded(loaded: LoadedNetwork): string {
  const { network, notes } = loaded;
  const { layers, parameters } = networkSummary(loaded);
  const table = renderTable(layers, {
    columns: [
      { title: 'layer', value: ({ name }) => name },
      { title: 'kind', value: ({ kind }) => kind },
      { title: '', value: ({ detail: text }) => text },
      { title: 'output', value: ({ outputShape }) => times(outputShape) },
      {
        title: 'parameters',
        align: 'right',
        value: ({ parameters: count }) => (count === 0 ? '' : formatCount(count)),
      },
      {
        title: 'takes',
        value: ({ inputs }) => inputs.join(', '),
      },
    ],
  });
  const range = network.inputRange;
  const zeros = parameters.all - parameters.remaining;
  // A few zeros are chance, or the grid of a quantised network.
  const isPruned = network.layers.some((layer) => isMacLayer(layer) && zeroShare(layer.weight) >= PRUNED_SHARE);
  return [
    `${network.name}: ${loaded.format}, ${formatCount(parameters.all)} parameters${isPruned ? `, ${formatCount(zeros)} of them pruned` : ''}`,
    `input: ${times(network.inputShape)}, ${describePreprocessing(network.preprocessing)}${range ? `, from ${Number(range[0].toPrecision(4))} to ${Number(range[1].toPrecision(4))}` : ''}`,
    ...[...notes, ...electronicProductNotes(network)].map((note) => `note: ${note}`),
    '',
    table,
  ].join('\n');
}

/** The tensors of a file without architecture. */
export function renderTensors({ title, format, tensors, notes }: TensorFile): string {
  const total = tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const table = renderTable(tensors, {
    columns: [
      { title: 'tensor', value: ({ name }) => name.replace(/\p{Cc}/gu, '?') },
      { title: 'shape', value: ({ shape }) => (shape.length === 0 ? 'a number' : times(shape)) },
    ],
  });
  const heading = `${title}: ${format}, ${tensors.length} tensors, ${formatCount(total)} numbers`;
  return [heading, ...notes.map((note) => `note: ${note}`), '', table].join('\n');
}
