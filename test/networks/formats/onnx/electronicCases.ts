/** Random graphs of what electronics computes between the layers: norms, attention, resizing, functions, reductions. */
import fc from 'fast-check';
import { autoPad, type Case, features, image, int, node, number, seed, unary, weights } from './caseKit.js';
import { integers } from './model.js';

const reduce = (op: string): Case => ({
  operators: [op],
  spec: fc
    .record({
      shape: fc.oneof(image, features),
      axes: fc.constantFrom([2, 3], [-1, -2], [1], [-1], [1, 3], [1, 2, 3]),
      keep: int(0, 1),
      input: fc.boolean(),
    })
    .map(({ shape, axes: wanted, keep, input }) => {
      const axes = shape.length === 3 ? wanted : [-1];
      // Something behind it, so that a graph that gives one number an image still has an axis.
      const dims = keep ? [] : [integers('u', [-1])];
      const back = keep ? [] : [node('Unsqueeze', ['t0', 'u'])];
      return input || op === 'ReduceSum'
        ? {
            input: shape,
            opset: 18,
            tensors: [integers('a', axes), ...dims],
            nodes: [node(op, ['x', 'a'], { keepdims: keep }), ...back],
          }
        : { input: shape, opset: 13, tensors: dims, nodes: [node(op, ['x'], { axes, keepdims: keep }), ...back] };
    }),
});

const layerNorm: Case = {
  operators: ['LayerNormalization'],
  spec: fc
    .record({ shape: fc.oneof(image, features), axis: int(1, 3), bias: fc.boolean(), key: seed })
    .map(({ shape, axis, bias, key }) => {
      const from = Math.min(axis, shape.length);
      const dims = shape.slice(from - 1);
      return {
        // Of two elements the normalised are +-1 whatever they are, and of one nothing is left.
        input: shape.map((n) => n + 2),
        tensors: [
          weights(
            's',
            dims.map((n) => n + 2),
            key,
          ),
          weights(
            'b',
            dims.map((n) => n + 2),
            key + 1,
          ),
        ],
        nodes: [
          node('LayerNormalization', bias ? ['x', 's', 'b'] : ['x', 's'], {
            axis: from === shape.length ? -1 : from,
            epsilon: { float: 1e-3 },
          }),
        ],
      };
    }),
};

const groupNorm: Case = {
  operators: ['GroupNormalization', 'InstanceNormalization'],
  spec: fc
    .record({ shape: image, groups: int(1, 3), form: fc.constantFrom('instance', 'groups', 'channels'), key: seed })
    .map(({ shape: [c, h, w], groups, form, key }) => {
      const channels = c * groups;
      const factors = form === 'groups' ? groups : channels;
      const tensors = [weights('s', [factors], key), weights('b', [factors], key + 1)];
      const epsilon = { float: 1e-3 };
      return {
        input: [channels, h, w],
        opset: form === 'channels' ? 21 : 18,
        tensors,
        nodes: [
          form === 'instance'
            ? node('InstanceNormalization', ['x', 's', 'b'], { epsilon })
            : node('GroupNormalization', ['x', 's', 'b'], { epsilon, num_groups: groups }),
        ],
      };
    }),
};

/** A layer norm taken apart, as exporters wrote it before there was an operator. */
const layerNormParts: Case = {
  operators: ['ReduceMean', 'Sub', 'Pow', 'Sqrt', 'Div', 'Mul', 'Add'],
  spec: fc.record({ shape: image, exponent: fc.constantFrom(2, 4), key: seed }).map(({ shape, exponent, key }) => ({
    input: shape,
    opset: 13,
    tensors: [number('p', exponent), number('e', 1e-2), weights('g', [shape[2]!], key)],
    nodes: [
      node('ReduceMean', ['x'], { axes: [-1] }),
      node('Sub', ['x', 't0']),
      node('Pow', ['t1', 'p']),
      node('ReduceMean', ['t2'], { axes: [-1] }),
      node('Add', ['t3', 'e']),
      node('Sqrt', ['t4']),
      node('Div', ['t1', 't5']),
      node('Mul', ['t6', 'g']),
    ],
  })),
};

/** Attention over the pixels of a row of patches: class token, three projections, several heads, as timm writes it. */
const attention: Case = {
  operators: ['MatMul', 'Softmax', 'Transpose', 'Gather', 'Concat', 'Expand', 'Shape', 'LayerNormalization'],
  spec: fc
    .record({ heads: int(1, 3), width: int(1, 3), tokens: int(2, 5), moved: fc.boolean(), key: seed })
    .map(({ heads, width, tokens, moved, key }) => {
      const d = heads * width;
      const n = tokens + 1;
      return {
        input: [tokens, d],
        tensors: [
          weights('token', [1, 1, d], key),
          weights('place', [1, n, d], key + 1),
          weights('wqkv', [d, 3 * d], key + 2),
          weights('bqkv', [3 * d], key + 3),
          weights('wo', [d, d], key + 4),
          integers('parts', [0, n, 3, heads, width]),
          integers('joined', [0, n, d]),
          integers('first', [0]),
          integers('ones', [1, 1]),
          ...[0, 1, 2].map((i) => integers(`i${i}`, [i], [])),
          number('scale', width ** -0.5),
        ],
        nodes: [
          node('Shape', ['x']),
          node('Gather', ['t0', 'first']),
          node('Concat', ['t1', 'ones'], { axis: 0 }),
          node('Expand', ['token', 't2']),
          node('Concat', ['t3', 'x'], { axis: 1 }),
          node('Add', ['t4', 'place']),
          node('MatMul', ['t5', 'wqkv']),
          node('Add', ['t6', 'bqkv']),
          node('Reshape', ['t7', 'parts']),
          // The axis of the three in front of the batch, or behind it.
          node('Transpose', ['t8'], { perm: moved ? [2, 0, 3, 1, 4] : [0, 2, 3, 1, 4] }),
          ...[0, 1, 2].map((i) => node('Gather', ['t9', `i${i}`], { axis: moved ? 0 : 1 })),
          node('Transpose', ['t11'], { perm: [0, 1, 3, 2] }),
          node('MatMul', ['t10', 't13']),
          node('Mul', ['t14', 'scale']),
          node('Softmax', ['t15'], { axis: -1 }),
          node('MatMul', ['t16', 't12']),
          node('Transpose', ['t17'], { perm: [0, 2, 1, 3] }),
          node('Reshape', ['t18', 'joined']),
          node('MatMul', ['t19', 'wo']),
          node('Add', ['t5', 't20']),
        ],
      };
    }),
};

/** The batch behind the tokens, and heads joined to the batch, as PyTorch's own attention has it. */
const tokensFirst: Case = {
  operators: ['Transpose', 'Reshape', 'MatMul', 'Softmax', 'Squeeze'],
  spec: fc
    .record({ heads: int(2, 3), width: int(1, 3), tokens: int(2, 5), key: seed })
    .map(({ heads, width, tokens, key }) => {
      const d = heads * width;
      return {
        input: [tokens, d],
        batch: 1,
        tensors: [
          weights('w', [d, d], key),
          weights('k', [tokens, 1, d], key + 1),
          integers('split', [tokens, heads, width]),
          integers('joined', [tokens, 1, d]),
        ],
        nodes: [
          node('Transpose', ['x'], { perm: [1, 0, 2] }),
          node('Add', ['t0', 'k']),
          node('MatMul', ['t1', 'w']),
          node('Reshape', ['t2', 'split']),
          node('Transpose', ['t3'], { perm: [1, 0, 2] }),
          node('Transpose', ['t4'], { perm: [0, 2, 1] }),
          node('MatMul', ['t4', 't5']),
          node('Softmax', ['t6'], { axis: -1 }),
          node('MatMul', ['t7', 't4']),
          node('Transpose', ['t8'], { perm: [1, 0, 2] }),
          node('Reshape', ['t9', 'joined']),
          node('Relu', ['t10']),
          node('Transpose', ['t11'], { perm: [1, 0, 2] }),
        ],
      };
    }),
};

/** Weights in front of a tensor, as mixers have it, and constants of more than two axes. */
const leftMatMul: Case = {
  operators: ['MatMul'],
  spec: fc
    .record({ shape: image, form: fc.constantFrom('left', 'right', 'stack'), key: seed })
    .map(({ shape, form, key }) => ({
      input: shape,
      tensors: [
        form === 'left'
          ? weights('w', [4, shape[1]], key)
          : weights('w', form === 'right' ? [1, 1, shape[2], 3] : [1, shape[0], shape[2], 3], key),
      ],
      nodes: [node('MatMul', form === 'left' ? ['w', 'x'] : ['x', 'w'])],
    })),
};

const resize: Case = {
  operators: ['Resize'],
  spec: fc
    .record({
      shape: image,
      mode: fc.constantFrom('nearest', 'linear'),
      coordinates: fc.constantFrom('half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric'),
      nearest: fc.constantFrom('round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'),
      by: fc.tuple(fc.constantFrom(0.5, 1, 2, 3), fc.constantFrom(0.5, 1, 2)),
      sizes: fc.boolean(),
      old: fc.boolean(),
    })
    .map(({ shape, mode, coordinates, nearest, by, sizes, old }) => {
      const scales = weights('s', [4], 0);
      const floats = { ...scales, rawData: new Uint8Array(Float32Array.of(1, 1, ...by).buffer) };
      if (old) return { input: shape, opset: 10, tensors: [floats], nodes: [node('Resize', ['x', 's'], { mode })] };
      const lengths = by.map((scale, axis) => Math.floor(shape[axis + 1]! * scale) + (sizes ? 1 : 0));
      const attributes = {
        mode,
        coordinate_transformation_mode: coordinates,
        ...(mode === 'nearest' ? { nearest_mode: nearest } : {}),
      };
      return sizes
        ? {
            input: shape,
            opset: 18,
            tensors: [integers('n', lengths)],
            nodes: [node('Resize', ['x', '', '', 'n'], { ...attributes, axes: [2, 3] })],
          }
        : { input: shape, tensors: [floats], nodes: [node('Resize', ['x', '', 's'], attributes)] };
    }),
};

const upsample: Case = {
  operators: ['Upsample'],
  spec: fc.record({ shape: image, mode: fc.constantFrom('nearest', 'linear') }).map(({ shape, mode }) => ({
    input: shape,
    opset: 9,
    tensors: [{ ...weights('s', [4], 0), rawData: new Uint8Array(Float32Array.of(1, 1, 2, 3).buffer) }],
    nodes: [node('Upsample', ['x', 's'], { mode })],
  })),
};

const convTranspose: Case = {
  operators: ['ConvTranspose'],
  spec: fc
    .record({
      shape: image,
      groups: int(1, 2),
      filters: int(1, 3),
      kernel: fc.tuple(int(1, 3), int(1, 3)),
      strides: fc.tuple(int(1, 3), int(1, 3)),
      dilation: fc.tuple(int(1, 2), int(1, 2)),
      pads: fc.tuple(int(0, 2), int(0, 2), int(0, 2), int(0, 2)),
      extra: fc.tuple(int(0, 2), int(0, 2)),
      auto: fc.oneof(fc.constant('NOTSET'), autoPad),
      cut: fc.option(fc.tuple(int(0, 3), int(0, 3))),
      bias: fc.boolean(),
      key: seed,
    })
    .map(({ shape: [c, h, w], groups, filters, kernel, strides, dilation, pads, extra, auto, cut, bias, key }) => ({
      input: [c * groups, h, w],
      tensors: [weights('w', [c * groups, filters, ...kernel], key), weights('b', [filters * groups], key + 1)],
      nodes: [
        node('ConvTranspose', bias ? ['x', 'w', 'b'] : ['x', 'w'], {
          group: groups,
          strides,
          dilations: dilation,
          // More rows at the end than a stride leaves out there are none.
          output_padding: strides.map((stride, axis) => Math.min(extra[axis]!, stride - 1)),
          ...(auto === 'NOTSET' ? { pads } : { auto_pad: auto }),
          // Given in full, a few rows and columns less than there are.
          ...(cut && auto !== 'VALID'
            ? {
                output_shape: [h, w].map((length, axis) =>
                  Math.max(1, (length - 1) * strides[axis]! + (kernel[axis]! - 1) * dilation[axis]! + 1 - cut[axis]!),
                ),
              }
            : {}),
        }),
      ],
    })),
};

const padWithInput: Case = {
  operators: ['Pad'],
  spec: fc
    .record({
      shape: image,
      mode: fc.constantFrom('reflect', 'edge', 'wrap'),
      sides: fc.tuple(int(0, 3), int(0, 3), int(0, 3), int(0, 3)),
    })
    .map(({ shape, mode, sides: [top, left, bottom, right] }) => ({
      input: shape,
      opset: mode === 'wrap' ? 19 : 17,
      tensors: [integers('p', [0, 0, top, left, 0, 0, bottom, right])],
      nodes: [node('Pad', ['x', 'p'], { mode })],
    })),
};

const tile: Case = {
  operators: ['Tile', 'Expand'],
  spec: fc.record({ shape: image, by: fc.tuple(int(1, 2), int(1, 3), int(1, 2)) }).map(({ shape, by }) => ({
    input: shape,
    tensors: [integers('r', [1, ...by]), integers('e', [1, shape[0] * by[0], 1, 1]), integers('a', [2])],
    nodes: [
      node('Tile', ['x', 'r']),
      node('ReduceSum', ['x', 'a'], { keepdims: 1 }),
      node('GlobalMaxPool', ['t0']),
      node('Expand', ['t2', 'e']),
      node('Mul', ['t0', 't3']),
    ],
  })),
};

/** A function of numbers that are not negative. */
const ofPositive = (op: string): Case => ({
  operators: [op],
  spec: fc.oneof(image, features).map((input) => ({
    input,
    tensors: [number('k', 0.25)],
    nodes: [node('Abs', ['x']), node('Add', ['t0', 'k']), node(op, ['t1'])],
  })),
});

const power: Case = {
  operators: ['Pow', 'Exp'],
  spec: fc.record({ shape: image, exponent: fc.constantFrom(0.5, 1.5, -1, 3, 1) }).map(({ shape, exponent }) => ({
    input: shape,
    tensors: [number('p', exponent)],
    nodes: [node('Exp', ['x']), node('Pow', ['t0', 'p'])],
  })),
};

export const ELECTRONIC_CASES: readonly Case[] = [
  reduce('ReduceMean'),
  reduce('ReduceMax'),
  reduce('ReduceSum'),
  layerNorm,
  groupNorm,
  layerNormParts,
  attention,
  tokensFirst,
  leftMatMul,
  resize,
  upsample,
  convTranspose,
  padWithInput,
  tile,
  ofPositive('Sqrt'),
  ofPositive('Reciprocal'),
  power,
  unary('Elu'),
  unary('Elu', { alpha: { float: 0.3 } }),
  unary('Selu'),
  unary('Selu', { alpha: { float: 0.5 }, gamma: { float: 2 } }),
  unary('Gelu', {}, 20),
  unary('Gelu', { approximate: 'tanh' }, 20),
  unary('Softplus'),
  unary('Mish', {}, 18),
  unary('Erf'),
  unary('Exp'),
  unary('Abs'),
];
