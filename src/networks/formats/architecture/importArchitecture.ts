/** A network out of an architecture file and a checkpoint's tensors. */
import { sizeOf } from '../../../base/batch.js';
import { FormatError } from '../../../base/errors.js';
import { nearest } from '../../../base/text/nearest.js';
import { printable } from '../../../base/text/printable.js';
import { matchesPattern } from '../../../base/text/wildcard.js';
import { activation, affine, combine, softmax, swish } from '../import/arithmetic.js';
import { type Constant, toFloat32, transposeConstant } from '../import/constant.js';
import { finishNetwork, type Imported } from '../import/finish.js';
import { beginNetwork, type NetworkInput } from '../import/input.js';
import { batchNorm, conv2d, dense } from '../import/macs.js';
import { globalPool, pool2d } from '../import/pools.js';
import { NO_PREPROCESSING, type Preprocessing } from '../import/preprocessing.js';
import { concat, pad, slice } from '../import/rearrange.js';
import { type Site, siteError } from '../import/site.js';
import type { Value } from '../import/value.js';
import type { Architecture, PlacedLayer } from './parse.js';

/** What the tensors of a layer are called, and how they lie. */
const CONVENTIONS = {
  pytorch: {
    separator: '.',
    weight: 'weight',
    batchNorm: ['weight', 'bias', 'running_mean', 'running_var'],
    epsilon: 1e-5,
    channelAxis: 0,
  },
  keras: {
    separator: '/',
    weight: 'kernel',
    batchNorm: ['gamma', 'beta', 'moving_mean', 'moving_variance'],
    epsilon: 1e-3,
    channelAxis: 2,
  },
} as const;

/** Counters that training leaves in a state_dict. */
const ALWAYS_IGNORED = /(^|[./])num_batches_tracked$/;

/** What PyTorch puts before all names where a model is wrapped: DataParallel, torch.compile. */
const WRAPPERS = ['module.', '_orig_mod.'];

/** The architecture's prefix, with or without what a wrapper put before the names of all tensors. */
function prefixFor(names: readonly string[], prefix: string): string {
  const wrapped = WRAPPERS.find((wrapper) => names.length > 0 && names.every((name) => name.startsWith(wrapper)));
  const own = WRAPPERS.find((wrapper) => prefix.startsWith(wrapper));
  if (wrapped === own) return prefix;
  return `${wrapped ?? ''}${own ? prefix.slice(own.length) : prefix}`;
}

/** Names as torchvision's DenseNets had them first (`denselayer1.norm.1.weight`), as they are now. */
const currentName = (name: string) => name.replace(/(\.denselayer\d+\.(?:norm|conv))\.(\d\.)/, '$1$2');

/** Tensors by name, each used at least once in the end. */
class TensorBag {
  private readonly unused: Set<string>;

  constructor(
    private readonly tensors: ReadonlyMap<string, Constant>,
    private readonly prefix: string,
  ) {
    this.unused = new Set(tensors.keys());
  }

  /** What the checkpoint calls it. */
  nameOf(name: string): string {
    return this.prefix + name;
  }

  has(name: string): boolean {
    return this.tensors.has(this.prefix + name);
  }

  take(site: Site, name: string, rank: number): Constant {
    const full = this.prefix + name;
    const tensor = this.tensors.get(full);
    if (!tensor) {
      const near = nearest(full, [...this.unused].slice(0, 1000));
      throw siteError(
        site,
        `the checkpoint holds no tensor '${printable(full)}'${near ? `; did you mean '${printable(near)}'?` : ''}`,
      );
    }
    if (tensor.shape.length !== rank || sizeOf(tensor.shape) === 0)
      throw siteError(site, `the tensor '${printable(full)}' is [${tensor.shape}]; ${rank} axes are needed`);
    this.unused.delete(full);
    return tensor;
  }

  /** @throws FormatError if tensors are left over */
  finish(ignore: readonly string[], place: string): void {
    const isIgnored = (name: string) =>
      ALWAYS_IGNORED.test(name) || ignore.some((pattern) => matchesPattern(pattern, name));
    const left = [...this.unused].filter((name) => !isIgnored(name));
    if (left.length > 0) {
      const shown = left.slice(0, 5).map((name) => `'${printable(name)}'`);
      throw new FormatError(
        `${place}: no layer of the architecture uses ${left.length} tensor(s): ${shown.join(', ')}${left.length > 5 ? ', ...' : ''}; add their layers, or list them under 'ignore'`,
      );
    }
  }
}

interface Work {
  readonly architecture: Architecture;
  readonly bag: TensorBag;
  readonly input: NetworkInput;
}

function convolution(
  { architecture, bag, input }: Work,
  site: Site,
  value: Value,
  layer: Extract<PlacedLayer['layer'], { kind: 'conv2d' }>,
): Value {
  const { separator, weight, channelAxis } = CONVENTIONS[architecture.convention];
  const given = bag.take(site, `${layer.conv2d}${separator}${weight}`, 4);
  const biasName = `${layer.conv2d}${separator}bias`;
  const [kernelAt, filtersAt] = channelAxis === 0 ? [2, 0] : [0, 3];
  const { kernel = given.shape.slice(kernelAt, kernelAt + 2), filters = given.shape[filtersAt]! } = layer;
  if (
    kernel[0] !== given.shape[kernelAt] ||
    kernel[1] !== given.shape[kernelAt + 1] ||
    filters !== given.shape[filtersAt]
  )
    throw siteError(
      site,
      `the tensor '${printable(bag.nameOf(`${layer.conv2d}${separator}${weight}`))}' is [${given.shape}]; ${filters} filters of ${kernel.join(' x ')} are needed, so the checkpoint is of another network`,
    );
  return conv2d(input.builder, site, value, channelAxis, {
    weight: channelAxis === 0 ? transposeConstant(given, [2, 3, 1, 0]) : given,
    bias: bag.has(biasName) ? toFloat32(bag.take(site, biasName, 1).data) : null,
    strides: layer.stride,
    padding: layer.padding,
    dilation: layer.dilation,
    groups: layer.groups,
  });
}

function denseLayer({ architecture, bag, input }: Work, site: Site, value: Value, prefix: string): Value {
  const { separator, weight } = CONVENTIONS[architecture.convention];
  const given = bag.take(site, `${prefix}${separator}${weight}`, 2);
  const biasName = `${prefix}${separator}bias`;
  const bias = bag.has(biasName) ? toFloat32(bag.take(site, biasName, 1).data) : null;
  const matrix = architecture.convention === 'pytorch' ? transposeConstant(given, [1, 0]) : given;
  return dense(input.builder, site, value, matrix, bias);
}

function normalisation(
  { architecture, bag, input }: Work,
  site: Site,
  value: Value,
  prefix: string,
  epsilon?: number,
): Value {
  const convention = CONVENTIONS[architecture.convention];
  const axis = value.shape.length === 3 ? convention.channelAxis : value.shape.length - 1;
  const channels = value.shape[axis]!;
  const optional = (index: 0 | 1, otherwise: number) => {
    const name = `${prefix}${convention.separator}${convention.batchNorm[index]}`;
    return bag.has(name) ? toFloat32(bag.take(site, name, 1).data) : new Float32Array(channels).fill(otherwise);
  };
  const required = (index: 2 | 3) =>
    toFloat32(bag.take(site, `${prefix}${convention.separator}${convention.batchNorm[index]}`, 1).data);
  return batchNorm(input.builder, site, value, axis, {
    gamma: optional(0, 1),
    beta: optional(1, 0),
    mean: required(2),
    variance: required(3),
    epsilon: epsilon ?? architecture.epsilon ?? convention.epsilon,
  });
}

/** Rows, columns and channels of an image in the order of the convention. */
function imageAxes(work: Work, site: Site, value: Value): readonly ['rows' | 'columns' | 'channels', number][] {
  if (value.shape.length !== 3) throw siteError(site, `its input is [${value.shape}]; an image is needed`);
  return CONVENTIONS[work.architecture.convention].channelAxis === 0
    ? [
        ['channels', 0],
        ['rows', 1],
        ['columns', 2],
      ]
    : [
        ['rows', 0],
        ['columns', 1],
        ['channels', 2],
      ];
}

/** One layer; `inputs` are one value, or as many as it names. */
function runLayer(work: Work, site: Site, { layer }: PlacedLayer, inputs: readonly Value[]): Value {
  const { builder } = work.input;
  const { channelAxis } = CONVENTIONS[work.architecture.convention];
  const value = inputs[0]!;
  switch (layer.kind) {
    case 'conv2d':
      return convolution(work, site, value, layer);
    case 'dense':
      return denseLayer(work, site, value, layer.dense);
    case 'batchNorm':
      return normalisation(work, site, value, layer.batchNorm, layer.epsilon);
    case 'relu':
    case 'relu6':
    case 'sigmoid':
    case 'tanh':
    case 'hardSigmoid':
    case 'hardSwish':
      return activation(builder, site, value, layer.kind);
    case 'leakyRelu':
      return activation(builder, site, value, 'leakyRelu', layer.leakyRelu);
    case 'silu':
      return swish(builder, site, value);
    case 'softmax':
      return softmax(builder, site, value, value.shape.length === 3 ? channelAxis : value.shape.length - 1);
    case 'dropout':
      return value;
    case 'flatten':
      return builder.reshape(site, value, [sizeOf(value.shape)]);
    case 'maxPool':
      return pool2d(builder, site, value, channelAxis, {
        mode: 'max',
        size: layer.maxPool,
        strides: layer.stride ?? layer.maxPool,
        padding: layer.padding,
        countIncludePad: false,
        ceil: layer.ceil,
      });
    case 'averagePool':
      return pool2d(builder, site, value, channelAxis, {
        mode: 'average',
        size: layer.averagePool,
        strides: layer.stride ?? layer.averagePool,
        padding: layer.padding,
        countIncludePad: layer.countIncludePad,
        ceil: layer.ceil,
      });
    case 'globalAveragePool':
      return globalPool(builder, site, value, channelAxis, 'average', false);
    case 'globalMaxPool':
      return globalPool(builder, site, value, channelAxis, 'max', false);
    case 'add':
    case 'subtract':
    case 'multiply':
      return combine(builder, site, layer.kind, inputs);
    case 'concat':
      return concat(builder, site, inputs, value.shape.length === 3 ? channelAxis : value.shape.length - 1);
    case 'slice': {
      const cuts = imageAxes(work, site, value).map(([axis, i]) => {
        const { begin, end, stride } = layer.slice[axis] ?? { begin: 0, end: null, stride: 1 };
        return { begin, end: Math.min(end ?? value.shape[i]!, value.shape[i]!), stride };
      });
      return slice(builder, site, value, cuts);
    }
    case 'pad': {
      const sides = imageAxes(work, site, value).map(([axis]) => layer.pad[axis] ?? ([0, 0] as [number, number]));
      return pad(builder, site, value, sides, layer.value);
    }
    case 'affine':
      return affine(builder, site, value, layer.affine.scale, layer.affine.shift);
    default:
      return layer satisfies never;
  }
}

/**
 * Imports a network.
 * @param place the checkpoint's name for messages; `architecturePlace` the architecture file's
 * @throws FormatError naming the layer and what to do
 */
export function importWithArchitecture(
  tensors: ReadonlyMap<string, Constant>,
  architecture: Architecture,
  names: { readonly place: string; readonly architecturePlace: string; readonly name: string },
  preprocessing: Preprocessing | null,
): Imported {
  const { place, architecturePlace } = names;
  const convention = CONVENTIONS[architecture.convention];
  const { image } = preprocessing ?? {};
  // Convolutions take images of any size: that of the data, where it is given.
  const isResized = image && architecture.input.length === 3 && image[2] === architecture.input[2];
  const size = isResized ? image : architecture.input;
  const [rows, columns, channels] = size;
  const shape = columns === undefined ? [rows] : convention.channelAxis === 0 ? [channels!, rows, columns] : [...size];
  const input = beginNetwork({
    place: architecturePlace,
    shape,
    layout: convention.channelAxis === 0 ? 'channelsFirst' : 'channelsLast',
    preprocessing: preprocessing ?? architecture.preprocessing ?? NO_PREPROCESSING,
  });
  const named = new Map([...tensors].map(([tensor, constant]) => [currentName(tensor), constant]));
  const bag = new TensorBag(named, prefixFor([...named.keys()], architecture.prefix));
  const work: Work = { architecture, bag, input };
  const values = new Map<string, Value>([['input', input.value]]);
  for (const placed of architecture.layers) {
    const site: Site = { place: architecturePlace, node: placed.fullName, operator: placed.layer.kind };
    const inputs = placed.inputs.map((layer) => values.get(layer)!);
    values.set(placed.fullName, runLayer(work, site, placed, inputs));
  }
  const value = values.get(architecture.output)!;
  work.bag.finish(architecture.ignore, place);
  return finishNetwork(input, architecture.name ?? names.name, value);
}
