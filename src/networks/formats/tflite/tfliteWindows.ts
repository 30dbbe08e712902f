/** Convolutions, pools, matrix products and resizing, with the activations fused to them. Images have their channels last. */
import type { ActivationLayer, Pair } from '../../types.js';
import { activation, clip } from '../import/arithmetic.js';
import { toFloat32 } from '../import/constant.js';
import { reshapeConstant, turnConstant } from '../import/fold.js';
import { asValue, constantValue, fullShape, reshape, settled, turn } from '../import/graphTensor.js';
import { checkWindow, type PaddingRule } from '../import/image.js';
import { conv2d, dense } from '../import/macs.js';
import { pool2d } from '../import/pools.js';
import { matMulOf } from '../import/products.js';
import { resize } from '../import/resize.js';
import { transposedConv2d } from '../import/transposedConv.js';
import { type Operand, ofValue, type Value } from '../import/value.js';
import type { TfliteNode } from './tfliteNode.js';

/** Activations fused to other operators, by their code. */
const FUSED: readonly (ActivationLayer['function'] | 'none' | 'clip')[] = ['none', 'relu', 'clip', 'relu6', 'tanh'];

/** What the code in `field` of an operator's options does after its own work. */
export function fused(node: TfliteNode, value: Value, field: number): Value {
  const { builder, site: own } = node.context;
  const code = node.byte(field);
  const name = FUSED[code] ?? node.fail(`its fused activation ${code} is not supported`);
  if (name === 'none') return value;
  const site = { ...own, node: `${own.node}/${name}` };
  return name === 'clip' ? clip(builder, site, value, -1, 1) : activation(builder, site, value, name);
}

/** SAME or VALID, field 0 of windows' options. */
function padding(node: TfliteNode): PaddingRule {
  const code = node.byte(0);
  if (code !== 0 && code !== 1) node.fail(`its padding ${code} is neither SAME nor VALID`);
  return code === 0 ? 'same' : 'valid';
}

/** Rows and columns of fields `first + 1` and `first`: widths come first. */
const spatial = (node: TfliteNode, first: number, otherwise = 0): Pair => [
  node.int(first + 1, otherwise),
  node.int(first, otherwise),
];

function biasOf(node: TfliteNode, index: number): Float32Array | null {
  const bias = node.optionalConstant(index);
  if (!bias) return null;
  const tensor = node.inputs[index]!;
  if (!tensor.type.startsWith('float') && !tensor.grids)
    node.fail(`its bias is of type ${tensor.type} without a scale; the file is damaged`);
  return toFloat32(bias.data);
}

/** [filters][rows][columns][channels / groups], depthwise [1][rows][columns][filters]. */
export function convolution(node: TfliteNode, depthwise: boolean): Operand {
  const { builder, site, budget } = node.context;
  const given = node.constant(1);
  if (given.shape.length !== 4) node.fail(`its kernel is [${given.shape}]; 4 axes are needed`);
  const [first, rows, columns, last] = given.shape as [number, number, number, number];
  if (depthwise && first !== 1) node.fail(`its kernel is [${given.shape}]; a depthwise one begins with 1`);
  const value = node.value(0);
  const channels = value.shape[2] ?? 0;
  const result = conv2d(builder, site, value, 2, {
    weight: depthwise
      ? reshapeConstant(site, given, [rows, columns, 1, last])
      : turnConstant(site, budget, given, [1, 2, 3, 0]),
    bias: biasOf(node, 2),
    strides: spatial(node, 1),
    padding: padding(node),
    dilation: spatial(node, depthwise ? 5 : 4, 1),
    groups: depthwise ? channels : Math.max(1, Math.floor(channels / last)),
  });
  return ofValue(fused(node, result, depthwise ? 4 : 3));
}

/** Inputs: the result's shape, the kernel [filters][rows][columns][channels], the image, a bias. */
export function transposedConvolution(node: TfliteNode): Operand {
  const { builder, site, budget } = node.context;
  const given = node.constant(1);
  if (given.shape.length !== 4) node.fail(`its kernel is [${given.shape}]; 4 axes are needed`);
  const wanted = node.numbers(0);
  const value = node.value(2);
  if (wanted.length !== 4 || value.shape.length !== 3)
    node.fail(`it makes [${wanted}] of [${value.shape}] (batch excluded); images are supported`);
  const strides = spatial(node, 1);
  checkWindow(site, 'strides', strides);
  const kernel: Pair = [given.shape[1]!, given.shape[2]!];
  const rule = padding(node);
  const cut = ([0, 1] as const).map((axis): Pair => {
    const [length, taps, stride] = [wanted[axis + 1]!, kernel[axis], strides[axis]];
    const full = (value.shape[axis]! - 1) * stride + taps;
    // The padding of the convolution that it is the transpose of.
    const places = Math.ceil((rule === 'same' ? length : length - taps + 1) / stride);
    const before = Math.floor(Math.max(0, (places - 1) * stride + taps - length) / 2);
    return [before, full - length - before];
  }) as [Pair, Pair];
  const weight = turnConstant(site, budget, given, [3, 0, 1, 2]);
  const fields = { weight, bias: biasOf(node, 3), strides, dilation: [1, 1] as const, groups: 1, cut };
  return ofValue(fused(node, transposedConv2d(builder, site, budget, value, 2, fields), 3));
}

export const pool =
  (mode: 'max' | 'average') =>
  (node: TfliteNode): Operand => {
    const { builder, site } = node.context;
    const value = pool2d(builder, site, node.value(0), 2, {
      mode,
      size: spatial(node, 3),
      strides: spatial(node, 1),
      padding: padding(node),
      countIncludePad: false,
    });
    return ofValue(fused(node, value, 5));
  };

/** Weights are [outputs][inputs]; what is not one vector an image is made so, unless the options keep its axes. */
export function fullyConnected(node: TfliteNode): Operand {
  const { context } = node;
  if (node.byte(1) !== 0) node.fail('its weights are shuffled; convert the model without that');
  const given = node.constant(1);
  if (given.shape.length !== 2) node.fail(`its weights are [${given.shape}]; a matrix is needed`);
  const weight = turnConstant(context.site, context.budget, given, [1, 0]);
  const isKept = node.flag(2);
  const operand = isKept ? node.operand(0) : reshape(context, node.operand(0), [-1, weight.shape[0]!]);
  const value = asValue(context, operand);
  const product = dense(context.builder, context.site, value, weight, biasOf(node, 2));
  const result = value.whole ? settled(context, { ...product, whole: true }) : product;
  return ofValue(fused(node, result, 0));
}

/** Two tensors, or one and a matrix of weights. */
export function batchMatMul(node: TfliteNode): Operand {
  const { context } = node;
  const { builder, site } = context;
  const turned = (index: number, adjoint: boolean): Operand => {
    const operand = node.operand(index);
    if (!adjoint) return operand;
    const rank = fullShape(context, operand).length;
    const swapped = Array.from({ length: rank }, (_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis));
    return turn(context, operand, swapped);
  };
  const [a, b] = [turned(0, node.flag(0)), turned(1, node.flag(1))];
  const left = asValue(context, a, 'its input 0');
  if (b.kind === 'value') return ofValue(matMulOf(context, left, b.value));
  const { shape, data } = b.constant;
  if (!shape.slice(0, -2).every((length) => length === 1))
    return ofValue(matMulOf(context, left, constantValue(context, b.constant, left)));
  const product = dense(builder, site, left, { shape: shape.slice(-2), data }, null);
  return ofValue(left.whole ? settled(context, { ...product, whole: true }) : product);
}

/** @param first field of the options that says whether corners are aligned; the next one, whether centres are. */
export function resizeOf(node: TfliteNode, mode: 'nearest' | 'linear', first: number): Operand {
  const { builder, site } = node.context;
  const value = node.value(0);
  const lengths = node.numbers(1);
  if (value.shape.length !== 3 || lengths.length !== 2)
    node.fail(`it makes [${lengths}] of [${value.shape}] (batch excluded); rows and columns of images are supported`);
  const [aligned, centred] = [node.flag(first), node.flag(first + 1)];
  const axis = (at: 0 | 1) => ({ length: lengths[at]!, scale: lengths[at]! / value.shape[at]! });
  return ofValue(
    resize(builder, site, value, 2, [axis(0), axis(1)], {
      mode,
      coordinates: aligned ? 'align_corners' : centred ? 'half_pixel' : 'asymmetric',
      nearest: aligned || centred ? 'round_prefer_ceil' : 'floor',
    }),
  );
}
