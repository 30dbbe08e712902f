/**
 * A Network as an ONNX model (operator set 17), for other programs. Images are [batch, channels, rows, columns] there; the
 * preprocessing goes into the model's metadata, since its inputs are what comes after it.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  GraphProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorProto_DataType as Type,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from 'onnx-buf';
import { NetworkError } from '../../../base/errors.js';
import { interpolation } from '../../runElectronic.js';
import { inferShapes } from '../../shapes.js';
import type { ActivationLayer, BatchNormLayer, Conv2dLayer, Layer, Network, Pool2dLayer, Shape } from '../../types.js';
import { float32Bytes } from '../dtypes.js';
import { toFloat32, transposeConstant } from '../import/constant.js';
import { PREPROCESSING_KEY } from './importOnnx.js';

const OPERATOR_SET = 17n;
const IR_VERSION = 8n;

type AttributeValue = number | string | readonly number[] | { readonly float: number };

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  if (typeof value === 'string')
    return create(AttributeProtoSchema, { name, type: Kind.STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return create(AttributeProtoSchema, { name, type: Kind.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map(BigInt) });
}

const isImage = (shape: Shape) => shape.length === 3;
/** Axis of a full ONNX tensor for an axis of the network's. */
const onnxAxis = (shape: Shape, axis: number) => (isImage(shape) ? [2, 3, 1][axis]! : axis + 1);
const TO_LAST = [0, 2, 3, 1];
const TO_FIRST = [0, 3, 1, 2];

class Writer {
  readonly nodes: NodeProto[] = [];
  readonly tensors: TensorProto[] = [];
  private readonly used: Set<string>;

  constructor(layers: readonly string[]) {
    this.used = new Set(['input', ...layers]);
  }

  private unique(wanted: string): string {
    let name = wanted;
    for (let i = 2; this.used.has(name); i++) name = `${wanted}_${i}`;
    this.used.add(name);
    return name;
  }

  tensor(name: string, dims: readonly number[], values: Float32Array): string {
    const own = this.unique(name);
    const rawData = new Uint8Array(float32Bytes(values));
    this.tensors.push(create(TensorProtoSchema, { name: own, dims: dims.map(BigInt), dataType: Type.FLOAT, rawData }));
    return own;
  }

  integers(name: string, values: readonly number[]): string {
    const own = this.unique(name);
    const int64Data = values.map(BigInt);
    this.tensors.push(
      create(TensorProtoSchema, { name: own, dims: [BigInt(values.length)], dataType: Type.INT64, int64Data }),
    );
    return own;
  }

  /** Adds a node; `output` is its output's name, or a hint for one. */
  node(
    opType: string,
    input: readonly string[],
    output: { readonly name: string } | { readonly hint: string },
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string {
    const name = 'name' in output ? output.name : this.unique(output.hint);
    const list = Object.entries(attributes).map(([key, value]) => attribute(key, value));
    this.nodes.push(create(NodeProtoSchema, { name, opType, input: [...input], output: [name], attribute: list }));
    return name;
  }
}

const pads = ([[top, bottom], [left, right]]: Conv2dLayer['padding']) => [top, left, bottom, right];

function conv(writer: Writer, layer: Conv2dLayer, x: string): string {
  const { shape, data } = transposeConstant({ shape: layer.weightShape, data: layer.weight }, [3, 2, 0, 1]);
  const inputs = [x, writer.tensor(`${layer.name}.weight`, shape, toFloat32(data))];
  if (layer.bias) inputs.push(writer.tensor(`${layer.name}.bias`, [layer.bias.length], layer.bias));
  return writer.node('Conv', inputs, layer, {
    kernel_shape: layer.weightShape.slice(0, 2),
    strides: layer.strides,
    pads: pads(layer.padding),
    dilations: layer.dilation,
    group: layer.groups,
  });
}

function pool(writer: Writer, layer: Pool2dLayer, x: string): string {
  const common = { kernel_shape: layer.size, strides: layer.strides, pads: pads(layer.padding) };
  if (layer.mode === 'max') return writer.node('MaxPool', [x], layer, common);
  return writer.node('AveragePool', [x], layer, { ...common, count_include_pad: layer.countIncludePad ? 1 : 0 });
}

/** x * scale + shift over the last axis of the network's tensor. */
function scaled(
  writer: Writer,
  layer: { readonly name: string },
  x: string,
  shape: Shape,
  scale: Float32Array,
  shift: Float32Array,
): string {
  const dims = isImage(shape) ? [scale.length, 1, 1] : [scale.length];
  const product = writer.node('Mul', [x, writer.tensor(`${layer.name}.scale`, dims, scale)], {
    hint: `${layer.name}/scaled`,
  });
  return writer.node('Add', [product, writer.tensor(`${layer.name}.shift`, dims, shift)], layer);
}

function batchNorm(writer: Writer, layer: BatchNormLayer, x: string, shape: Shape): string {
  if (!isImage(shape) && shape.length !== 1) {
    const scale = layer.gamma.map((gamma, c) => gamma / Math.sqrt(layer.variance[c]! + layer.epsilon));
    const shift = layer.beta.map((beta, c) => beta - layer.mean[c]! * scale[c]!);
    return scaled(writer, layer, x, shape, scale, shift);
  }
  const parts = (['gamma', 'beta', 'mean', 'variance'] as const).map((part) =>
    writer.tensor(`${layer.name}.${part}`, [layer[part].length], layer[part]),
  );
  return writer.node('BatchNormalization', [x, ...parts], layer, { epsilon: { float: layer.epsilon } });
}

/** Functions with an operator of their own in operator set 17. */
const ACTIVATIONS: Readonly<Record<Exclude<ActivationLayer['function'], Composed>, string>> = {
  relu: 'Relu',
  leakyRelu: 'LeakyRelu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  hardSigmoid: 'HardSigmoid',
  hardSwish: 'HardSwish',
  elu: 'Elu',
  selu: 'Selu',
  softplus: 'Softplus',
  erf: 'Erf',
  exp: 'Exp',
  abs: 'Abs',
  sqrt: 'Sqrt',
  reciprocal: 'Reciprocal',
};
type Composed = 'relu6' | 'gelu' | 'geluTanh' | 'mish' | 'power';

/** Functions composed of several operators, or of one and constants. */
function composed(writer: Writer, layer: ActivationLayer, name: Composed, x: string): string {
  const number = (part: string, value: number) => writer.tensor(`${layer.name}.${part}`, [], Float32Array.of(value));
  const step = (opType: string, ...inputs: readonly string[]) =>
    writer.node(opType, inputs, { hint: `${layer.name}/${opType.toLowerCase()}` });
  const halfOf = (gate: string) => {
    const half = step('Mul', x, number('half', 0.5));
    return writer.node('Mul', [half, step('Add', gate, number('one', 1))], layer);
  };
  switch (name) {
    case 'relu6':
      return writer.node('Clip', [x, number('limit', 0), number('limit', 6)], layer);
    case 'gelu':
      return halfOf(step('Erf', step('Mul', x, number('scale', Math.SQRT1_2))));
    case 'geluTanh': {
      const cube = step('Mul', step('Pow', x, number('three', 3)), number('share', 0.044715));
      return halfOf(step('Tanh', step('Mul', step('Add', x, cube), number('scale', Math.sqrt(2 / Math.PI)))));
    }
    case 'mish':
      return writer.node('Mul', [x, step('Tanh', step('Softplus', x))], layer);
    case 'power':
      return writer.node('Pow', [x, number('exponent', layer.alpha ?? 1)], layer);
    default:
      return name satisfies never;
  }
}

const isComposed = (name: ActivationLayer['function']): name is Composed => !Object.hasOwn(ACTIVATIONS, name);

function activation(writer: Writer, layer: ActivationLayer, x: string): string {
  if (isComposed(layer.function)) return composed(writer, layer, layer.function, x);
  const attributes: Record<string, AttributeValue> =
    layer.function === 'leakyRelu'
      ? { alpha: { float: layer.alpha ?? 0.01 } }
      : layer.function === 'hardSigmoid'
        ? { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }
        : layer.function === 'elu'
          ? { alpha: { float: layer.alpha ?? 1 } }
          : {};
  return writer.node(ACTIVATIONS[layer.function], [x], layer, attributes);
}

/** An operation on the network's own order of axes: images are turned before and after it. */
function inOwnOrder(
  writer: Writer,
  layer: Layer,
  x: string,
  from: Shape,
  to: Shape,
  opType: string,
  more: readonly string[],
  attributes: Record<string, AttributeValue>,
): string {
  const turned = isImage(from) ? writer.node('Transpose', [x], { hint: `${layer.name}/last` }, { perm: TO_LAST }) : x;
  if (!isImage(to)) return writer.node(opType, [turned, ...more], layer, attributes);
  const result = writer.node(opType, [turned, ...more], { hint: `${layer.name}/own` }, attributes);
  return writer.node('Transpose', [result], layer, { perm: TO_FIRST });
}

/** As two matrix products: any places can be said so. */
function resample(
  writer: Writer,
  layer: Extract<Layer, { kind: 'resample' }>,
  x: string,
  [rows, columns]: Shape,
): string {
  const down = interpolation(layer.rows, rows!);
  const across = interpolation(layer.columns, columns!);
  const turned = transposeConstant({ shape: [layer.columns.length, columns!], data: across }, [1, 0]);
  const wide = writer.node(
    'MatMul',
    [x, writer.tensor(`${layer.name}.columns`, turned.shape, toFloat32(turned.data))],
    { hint: `${layer.name}/wide` },
  );
  return writer.node('MatMul', [writer.tensor(`${layer.name}.rows`, [layer.rows.length, rows!], down), wide], layer);
}

/** The nodes of a layer; the name of its output. */
function write(writer: Writer, layer: Layer, inputs: readonly string[], from: Shape, to: Shape): string {
  const x = inputs[0]!;
  const integers = (part: string, values: readonly number[]) => writer.integers(`${layer.name}.${part}`, values);
  switch (layer.kind) {
    case 'conv2d':
      return conv(writer, layer, x);
    case 'dense': {
      const weight = writer.tensor(`${layer.name}.weight`, layer.weightShape, layer.weight);
      const bias = layer.bias ? [writer.tensor(`${layer.name}.bias`, [layer.bias.length], layer.bias)] : [];
      return writer.node('Gemm', [x, weight, ...bias], layer);
    }
    case 'batchNorm':
      return batchNorm(writer, layer, x, from);
    case 'affine':
      return scaled(writer, layer, x, from, layer.scale, layer.shift);
    case 'activation':
      return activation(writer, layer, x);
    case 'pool2d':
      return pool(writer, layer, x);
    case 'globalPool2d': {
      const opType = layer.mode === 'max' ? 'GlobalMaxPool' : 'GlobalAveragePool';
      return writer.node('Flatten', [writer.node(opType, [x], { hint: `${layer.name}/kept` })], layer);
    }
    case 'add':
    case 'subtract':
    case 'multiply':
    case 'maximum':
    case 'minimum': {
      const opType = { add: 'Add', subtract: 'Sub', multiply: 'Mul', maximum: 'Max', minimum: 'Min' }[layer.kind];
      const last = inputs.length - 1;
      return inputs
        .slice(1)
        .reduce(
          (sum, other, i) => writer.node(opType, [sum, other], i + 1 === last ? layer : { hint: `${layer.name}/part` }),
          x,
        );
    }
    case 'concat':
      return writer.node('Concat', inputs, layer, { axis: onnxAxis(from, layer.axis) });
    case 'slice': {
      const axes = from.map((_, axis) => onnxAxis(from, axis));
      const parts = [
        integers('begin', layer.begin),
        integers('end', layer.end),
        integers('axes', axes),
        integers('strides', layer.strides),
      ];
      return writer.node('Slice', [x, ...parts], layer);
    }
    case 'pad': {
      const sides = new Array<number>(2 * (from.length + 1)).fill(0);
      for (const [axis, [before, after]] of layer.padding.entries()) {
        sides[onnxAxis(from, axis)] = before;
        sides[onnxAxis(from, axis) + from.length + 1] = after;
      }
      return writer.node(
        'Pad',
        [x, integers('pads', sides), writer.tensor(`${layer.name}.value`, [], Float32Array.of(layer.value))],
        layer,
      );
    }
    case 'transpose':
      return inOwnOrder(writer, layer, x, from, to, 'Transpose', [], {
        perm: [0, ...layer.permutation.map((axis) => axis + 1)],
      });
    case 'flatten':
      return inOwnOrder(writer, layer, x, from, to, 'Flatten', [], { axis: 1 });
    case 'reshape':
      // 0 keeps the batch.
      return inOwnOrder(writer, layer, x, from, to, 'Reshape', [integers('shape', [0, ...layer.shape])], {});
    case 'softmax':
      return writer.node('Softmax', [x], layer, { axis: isImage(from) ? 1 : from.length });
    case 'normalise': {
      const ones = writer.tensor(`${layer.name}.ones`, [from.at(-1)!], new Float32Array(from.at(-1)!).fill(1));
      const epsilon = { float: layer.epsilon };
      return inOwnOrder(writer, layer, x, from, to, 'LayerNormalization', [ones], { axis: -1, epsilon });
    }
    case 'reduce': {
      const axes = layer.axes.map((axis) => onnxAxis(from, axis));
      if (layer.mode === 'sum') return writer.node('ReduceSum', [x, integers('axes', axes)], layer, { keepdims: 1 });
      return writer.node(layer.mode === 'max' ? 'ReduceMax' : 'ReduceMean', [x], layer, { axes, keepdims: 1 });
    }
    case 'matMul': {
      if (!isImage(from)) return writer.node('MatMul', inputs, layer);
      const turned = inputs.map((input) =>
        writer.node('Transpose', [input], { hint: `${layer.name}/last` }, { perm: TO_LAST }),
      );
      const product = writer.node('MatMul', turned, { hint: `${layer.name}/own` });
      return writer.node('Transpose', [product], layer, { perm: TO_FIRST });
    }
    case 'tile': {
      const repeats = [1, ...layer.repeats];
      for (const [axis, count] of layer.repeats.entries()) repeats[onnxAxis(from, axis)] = count;
      return writer.node('Tile', [x, integers('repeats', repeats)], layer);
    }
    case 'quantise': {
      const number = (part: string, value: number) =>
        writer.tensor(`${layer.name}.${part}`, [], Float32Array.of(value));
      const scale = number('scale', layer.scale);
      const step = (opType: string, ...given: readonly string[]) =>
        writer.node(opType, given, { hint: `${layer.name}/${opType.toLowerCase()}` });
      const limits = [number('low', layer.low - layer.zeroPoint), number('high', layer.high - layer.zeroPoint)];
      const codes = step('Clip', step('Round', step('Div', x, scale)), ...limits);
      return writer.node('Mul', [codes, scale], layer);
    }
    case 'dynamicQuantise':
      throw new NetworkError(
        `layer '${layer.name}': activations that are quantised by their own range cannot be written as ONNX, where a batch has one range; keep the file they came from`,
      );
    case 'resample':
      return resample(writer, layer, x, from);
    default:
      return layer satisfies never;
  }
}

/** A tensor with a batch axis of any length. */
function valueInfo(name: string, shape: Shape): ValueInfoProto {
  const lengths = isImage(shape) ? [shape[2]!, shape[0]!, shape[1]!] : shape;
  const dim = [
    { value: { case: 'dimParam' as const, value: 'batch' } },
    ...lengths.map((length) => ({ value: { case: 'dimValue' as const, value: BigInt(length) } })),
  ];
  return create(ValueInfoProtoSchema, {
    name,
    type: { value: { case: 'tensorType', value: { elemType: Type.FLOAT, shape: { dim } } } },
  });
}

/**
 * The bytes of an ONNX file.
 * @throws NetworkError if the layers do not fit together
 */
export function encodeOnnx(network: Network): Uint8Array {
  const shapes = inferShapes(network);
  const writer = new Writer(network.layers.map((layer) => layer.name));
  for (const layer of network.layers) {
    write(writer, layer, layer.inputs, shapes.get(layer.inputs[0]!)!, shapes.get(layer.name)!);
  }
  const graph = create(GraphProtoSchema, {
    name: network.name,
    node: writer.nodes,
    initializer: writer.tensors,
    input: [valueInfo('input', network.inputShape)],
    output: [valueInfo(network.output, shapes.get(network.output)!)],
  });
  const model = create(ModelProtoSchema, {
    irVersion: IR_VERSION,
    producerName: 'sonic-photonics',
    opsetImport: [create(OperatorSetIdProtoSchema, { domain: '', version: OPERATOR_SET })],
    graph,
    metadataProps: [
      create(StringStringEntryProtoSchema, { key: PREPROCESSING_KEY, value: JSON.stringify(network.preprocessing) }),
    ],
  });
  return toBinary(ModelProtoSchema, model);
}
