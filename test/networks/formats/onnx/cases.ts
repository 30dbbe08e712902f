/** Random small graphs, at least one for every operator that is imported. */
import fc from 'fast-check';
import { autoPad, type Case, features, image, int, node, number, padding, seed, unary, weights } from './caseKit.js';
import { ELECTRONIC_CASES } from './electronicCases.js';
import { floats, integers, type ModelSpec } from './model.js';
import { QUANTISED_CASES } from './quantisedCases.js';

const conv: Case = {
  operators: ['Conv'],
  spec: fc
    .record({
      shape: image,
      groups: int(1, 3),
      filters: int(1, 3),
      kernel: fc.tuple(int(1, 3), int(1, 3)),
      strides: fc.tuple(int(1, 3), int(1, 3)),
      dilation: fc.tuple(int(1, 2), int(1, 2)),
      pads: padding,
      auto: autoPad,
      bias: fc.boolean(),
      key: seed,
    })
    .map(({ shape: [c, h, w], groups, filters, kernel, strides, dilation, pads, auto, bias, key }) => {
      const out = filters * groups;
      const same = auto.startsWith('SAME');
      return {
        input: [c * groups, h, w],
        tensors: [weights('w', [out, c, ...kernel], key), weights('b', [out], key + 1)],
        nodes: [
          node('Conv', bias ? ['x', 'w', 'b'] : ['x', 'w'], {
            group: groups,
            strides,
            // The runtime takes no dilation together with automatic padding.
            dilations: same ? [1, 1] : dilation,
            kernel_shape: kernel,
            ...(auto === 'NOTSET' ? { pads } : { auto_pad: auto }),
          }),
        ],
      };
    }),
};

const depthwise: Case = {
  operators: ['Conv'],
  spec: fc
    .record({ shape: image, multiplier: int(1, 2), stride: int(1, 2), dilation: int(1, 2), key: seed })
    .map(({ shape: [c, h, w], multiplier, stride, dilation, key }) => ({
      input: [c + 1, h, w],
      tensors: [weights('w', [(c + 1) * multiplier, 1, 3, 3], key)],
      nodes: [
        node('Conv', ['x', 'w'], {
          group: c + 1,
          strides: [stride, stride],
          dilations: [dilation, dilation],
          pads: [1, 1, 1, 1],
        }),
      ],
    })),
};

const pool = (op: string): Case => ({
  operators: [op],
  spec: fc
    .record({
      shape: image,
      size: fc.tuple(int(2, 3), int(2, 3)),
      strides: fc.tuple(int(1, 3), int(1, 3)),
      pads: fc.tuple(int(0, 1), int(0, 1), int(0, 1), int(0, 1)),
      dilation: fc.constantFrom([1, 1], [1, 2], [2, 2]),
      ceil: int(0, 1),
      count: int(0, 1),
      auto: autoPad,
    })
    // The runtime takes no dilation together with automatic padding, and a window must fit.
    .map((given) => ({ ...given, dilation: given.auto === 'NOTSET' ? given.dilation : [1, 1] }))
    // This runtime has windows that begin beyond the image, which ONNX leaves out: onnxOperators.test.ts has them.
    .filter(
      ({ shape, size, strides, pads, dilation, ceil, count, auto }) =>
        auto !== 'NOTSET' ||
        ceil === 0 ||
        (op === 'AveragePool' && count === 1 && pads.some((side) => side > 0)) ||
        [0, 1].every((axis) => {
          const [length, before, after] = [shape[axis + 1]!, pads[axis]!, pads[axis + 2]!];
          const reach = (size[axis]! - 1) * dilation[axis]! + 1;
          const last = Math.ceil((length + before + after - reach) / strides[axis]!);
          return last * strides[axis]! < length + before;
        }),
    )
    // The runtime refuses windows that leave elements out where the padding is automatic.
    .filter(({ size, strides, auto }) => auto === 'NOTSET' || strides.every((stride, axis) => stride <= size[axis]!))
    .map(({ shape, size, strides, pads, dilation, ceil, count, auto }) => ({
      input: shape,
      opset: 19,
      nodes: [
        node(op, ['x'], {
          kernel_shape: size,
          strides,
          dilations: dilation,
          ...(auto === 'NOTSET'
            ? { pads, ceil_mode: op === 'AveragePool' && count && pads.some((side) => side > 0) ? 0 : ceil }
            : { auto_pad: auto }),
          ...(op === 'AveragePool' ? { count_include_pad: auto === 'NOTSET' ? count : 0 } : {}),
        }),
      ],
    })),
});

const gemm: Case = {
  operators: ['Gemm'],
  spec: fc
    .record({
      inputs: int(1, 6),
      outputs: int(1, 6),
      transB: int(0, 1),
      alpha: fc.constantFrom(1, 0.5, -2),
      beta: fc.constantFrom(1, 0.25),
      bias: fc.constantFrom('none', 'vector', 'row', 'scalar'),
      key: seed,
    })
    .map(({ inputs, outputs, transB, alpha, beta, bias, key }) => ({
      input: [inputs],
      tensors: [
        weights('w', transB ? [outputs, inputs] : [inputs, outputs], key),
        weights('b', bias === 'scalar' ? [1] : bias === 'row' ? [1, outputs] : [outputs], key + 1),
      ],
      nodes: [
        node('Gemm', bias === 'none' ? ['x', 'w'] : ['x', 'w', 'b'], {
          transB,
          alpha: { float: alpha },
          beta: { float: beta },
        }),
      ],
    })),
};

/** A dense layer behind a flattened image: the order of the features matters. */
const flatDense: Case = {
  operators: ['Flatten', 'Reshape', 'MatMul', 'Add', 'Relu'],
  spec: fc
    .record({ shape: image, how: fc.constantFrom('Flatten', 'Reshape', 'Reshape0'), between: fc.boolean(), key: seed })
    .map(({ shape: [c, h, w], how, between, key }) => {
      const size = c * h * w;
      const flat = how === 'Flatten' ? node('Flatten', ['x']) : node('Reshape', ['x', how === 'Reshape' ? 's' : 's0']);
      const middle = between ? [node('Relu', ['t0']), node('Mul', ['t1', 'k'])] : [];
      return {
        input: [c, h, w],
        tensors: [
          integers('s', [-1, size]),
          integers('s0', [0, -1]),
          weights('w', [size, 3], key),
          weights('b', [3], key + 1),
          weights('k', [size], key + 2),
        ],
        nodes: [
          flat,
          ...middle,
          node('MatMul', [between ? 't2' : 't0', 'w']),
          node('Add', [between ? 't3' : 't1', 'b']),
        ],
      };
    }),
};

const matMulImage: Case = {
  operators: ['MatMul'],
  spec: fc.record({ shape: image, rank: int(2, 3), key: seed }).map(({ shape, rank, key }) => ({
    input: rank === 3 ? shape : shape.slice(1),
    tensors: [weights('w', [shape[2], 4], key)],
    nodes: rank === 3 ? [node('MatMul', ['x', 'w'])] : [node('MatMul', ['x', 'w'])],
  })),
};

const batchNorm: Case = {
  operators: ['BatchNormalization'],
  spec: fc
    .record({ shape: fc.oneof(image, features), key: seed, epsilon: fc.constantFrom(1e-5, 1e-3) })
    .map(({ shape, key, epsilon }) => ({
      input: shape,
      tensors: [
        weights('g', [shape[0]], key),
        weights('b', [shape[0]], key + 1),
        weights('m', [shape[0]], key + 2),
        weights('v', [shape[0]], key + 3, 0.5, 2),
      ],
      nodes: [node('BatchNormalization', ['x', 'g', 'b', 'm', 'v'], { epsilon: { float: epsilon } })],
    })),
};

/** Arithmetic with a constant of any shape that broadcasts, on either side. */
const withConstant = (op: string): Case => ({
  operators: [op],
  spec: fc
    .record({
      shape: fc.oneof(image, features),
      mask: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      drop: int(0, 4),
      first: fc.boolean(),
      key: seed,
    })
    .map(({ shape, mask, drop, first, key }) => {
      const dims = [1, ...shape.map((n, i) => (mask[i] ? n : 1))].slice(Math.min(drop, shape.length + 1));
      return {
        input: shape,
        tensors: [weights('k', dims, key, 0.5, 2)],
        nodes: [node(op, first && op !== 'Div' ? ['k', 'x'] : ['x', 'k'])],
      };
    }),
});

/** Arithmetic of two tensors, one of which may be pooled to one element a channel. */
const twoTensors = (op: string): Case => ({
  operators: [op, 'Sigmoid', 'GlobalAveragePool'],
  spec: fc.record({ shape: image, pooled: fc.boolean(), swap: fc.boolean() }).map(({ shape, pooled, swap }) => ({
    input: shape,
    nodes: [
      pooled ? node('GlobalAveragePool', ['x']) : node('Tanh', ['x']),
      node('Sigmoid', ['t0']),
      // Dividing is by what is not near zero.
      node(op, swap && op !== 'Div' ? ['t1', 'x'] : ['x', 't1']),
    ],
  })),
});

const sum: Case = {
  operators: ['Sum'],
  spec: image.map((input) => ({ input, nodes: [node('Tanh', ['x']), node('Sum', ['x', 't0', 'x'])] })),
};

const concat: Case = {
  operators: ['Concat', 'Transpose'],
  spec: fc.record({ shape: image, axis: int(1, 3), turned: fc.boolean() }).map(({ shape, axis, turned }) => ({
    input: shape,
    nodes: [
      node('Tanh', ['x']),
      ...(turned
        ? [
            node('Transpose', ['x'], { perm: [0, 2, 1, 3] }),
            node('Sigmoid', ['t1']),
            node('Transpose', ['t2'], { perm: [0, 2, 1, 3] }),
          ]
        : []),
      node('Concat', ['x', 't0', turned ? 't3' : 'x'], { axis: axis - (turned ? 4 : 0) }),
    ],
  })),
};

const sliceCase: Case = {
  operators: ['Slice'],
  spec: fc
    .record({
      shape: image,
      axis: int(1, 3),
      start: int(-12, 12),
      end: fc.oneof(int(-12, 12), fc.constant(2 ** 40)),
      step: fc.constantFrom(1, 2, 3, -1, -2),
      old: fc.boolean(),
    })
    .filter(({ shape, axis, start, end, step }) => {
      const indices = Array.from({ length: shape[axis - 1]! }, (_, i) => i);
      const from = start < 0 ? start + indices.length : start;
      const to = end < 0 ? end + indices.length : end;
      return indices.some(
        (i) =>
          (step > 0 ? i >= from && i < to : i <= from && i > to) &&
          (i - Math.min(Math.max(from, 0), indices.length - 1)) % step === 0,
      );
    })
    .map(({ shape, axis, start, end, step, old }) =>
      old && step === 1
        ? {
            input: shape,
            opset: 9,
            nodes: [node('Slice', ['x'], { starts: [start], ends: [Math.min(end, 2 ** 31 - 1)], axes: [axis] })],
          }
        : {
            input: shape,
            tensors: [
              integers('s', [start]),
              integers('e', [end]),
              integers('a', [axis - (axis % 2 === 0 ? 4 : 0)]),
              integers('p', [step]),
            ],
            nodes: [node('Slice', ['x', 's', 'e', 'a', 'p'])],
          },
    ),
};

const split: Case = {
  operators: ['Split'],
  spec: fc
    .record({ shape: image, axis: int(1, 3), cut: int(1, 3), old: fc.boolean() })
    .map(({ shape, axis, cut, old }) => {
      const length = shape[axis - 1]! + 4;
      const input = shape.map((n, i) => (i === axis - 1 ? length : n));
      const parts = [cut, length - cut];
      const outputs = ['a', 'b'];
      return {
        input,
        opset: old ? 11 : 17,
        tensors: old ? [] : [integers('p', parts)],
        nodes: [
          { ...node('Split', old ? ['x'] : ['x', 'p'], old ? { axis, split: parts } : { axis }), outputs },
          { ...node('Concat', ['b', 'a'], { axis }), outputs: ['y'] },
        ],
      };
    }),
};

const gather: Case = {
  operators: ['Gather'],
  spec: fc
    .record({
      shape: image,
      axis: int(1, 3),
      picks: fc.array(int(-5, 4), { minLength: 1, maxLength: 5 }),
      form: fc.constantFrom('single', 'list', 'table'),
    })
    .map(({ shape, axis, picks, form }) => {
      const input = shape.map((n, i) => (i === axis - 1 ? n + 5 : n));
      return {
        input,
        tensors: [
          form === 'single'
            ? integers('i', [picks[0]!], [])
            : integers('i', picks, form === 'list' ? [picks.length] : [1, picks.length, 1]),
        ],
        nodes: [node('Gather', ['x', 'i'], { axis })],
      };
    }),
};

const pad: Case = {
  operators: ['Pad'],
  spec: fc
    .record({
      shape: image,
      sides: fc.array(int(-1, 2), { minLength: 6, maxLength: 6 }),
      value: fc.constantFrom(0, -1.5),
      form: fc.constantFrom('old', 'new', 'axes'),
    })
    .map(({ shape, sides, value, form }) => {
      const pads = [0, ...sides.slice(0, 3), 0, ...sides.slice(3)];
      const input = shape.map((n) => n + 2);
      if (form === 'old') return { input, opset: 9, nodes: [node('Pad', ['x'], { pads, value: { float: value } })] };
      if (form === 'new')
        return { input, tensors: [integers('p', pads), number('v', value)], nodes: [node('Pad', ['x', 'p', 'v'])] };
      return {
        input,
        opset: 18,
        tensors: [
          integers('p', [sides[0]!, sides[1]!, sides[2]!, sides[3]!]),
          number('v', value),
          integers('a', [2, -1]),
        ],
        nodes: [node('Pad', ['x', 'p', 'v', 'a'])],
      };
    }),
};

const permutations = fc.constantFrom([1, 2, 3], [2, 1, 3], [3, 1, 2], [2, 3, 1], [1, 3, 2], [3, 2, 1]);
const transpose: Case = {
  operators: ['Transpose', 'Reshape'],
  spec: fc
    .record({ shape: image, perm: permutations, reshaped: fc.boolean(), key: seed })
    .map(({ shape, perm, reshaped, key }) => ({
      input: shape,
      tensors: [integers('s', [0, 0, -1]), weights('k', [shape[perm[0]! - 1]!, 1, 1], key)],
      nodes: [
        node('Transpose', ['x'], { perm: [0, ...perm] }),
        node('Add', ['t0', 'k']),
        ...(reshaped ? [node('Reshape', ['t1', 's'])] : [node('Tanh', ['t1'])]),
      ],
    })),
};

/** Channels shuffled as ShuffleNet does. */
const shuffle: Case = {
  operators: ['Reshape', 'Transpose', 'Conv'],
  spec: fc.record({ shape: image, key: seed }).map(({ shape: [c, h, w], key }) => ({
    input: [2 * c, h, w],
    tensors: [integers('s', [0, 2, c, h, w]), integers('b', [0, -1, h, w]), weights('w', [3, 2 * c, 1, 1], key)],
    nodes: [
      node('Reshape', ['x', 's']),
      node('Transpose', ['t0'], { perm: [0, 2, 1, 3, 4] }),
      node('Reshape', ['t1', 'b']),
      node('Conv', ['t2', 'w']),
    ],
  })),
};

const squeeze: Case = {
  operators: ['Squeeze', 'Unsqueeze', 'GlobalMaxPool'],
  spec: fc.record({ shape: image, old: fc.boolean() }).map(({ shape, old }) => ({
    input: shape,
    opset: old ? 11 : 17,
    tensors: old ? [] : [integers('a', [2, 3]), integers('b', [-1])],
    nodes: [
      node('GlobalMaxPool', ['x']),
      old ? node('Squeeze', ['t0'], { axes: [2, 3] }) : node('Squeeze', ['t0', 'a']),
      old ? node('Unsqueeze', ['t1'], { axes: [2] }) : node('Unsqueeze', ['t1', 'b']),
    ],
  })),
};

const softmax: Case = {
  operators: ['Softmax', 'Mul'],
  spec: fc
    .record({ shape: fc.oneof(image, features), axis: int(1, 3), opset: fc.constantFrom(11, 17) })
    .map(({ shape, axis, opset }) => ({
      input: shape,
      opset,
      // Something behind it, since a softmax that comes last is left out.
      tensors: [number('k', 2)],
      nodes: [node('Softmax', ['x'], { axis: Math.min(axis, shape.length) }), node('Mul', ['t0', 'k'])],
    })),
};

const clip: Case = {
  operators: ['Clip'],
  spec: fc
    .record({
      shape: image,
      low: fc.constantFrom(null, 0, -0.5),
      high: fc.constantFrom(null, 6, 0.4),
      old: fc.boolean(),
    })
    .map(({ shape, low, high, old }) => ({
      input: shape,
      opset: old ? 9 : 17,
      tensors: old ? [] : [...(low === null ? [] : [number('l', low)]), ...(high === null ? [] : [number('h', high)])],
      nodes: [
        old
          ? node('Clip', ['x'], {
              ...(low === null ? {} : { min: { float: low } }),
              ...(high === null ? {} : { max: { float: high } }),
            })
          : node('Clip', ['x', low === null ? '' : 'l', high === null ? '' : 'h']),
      ],
    })),
};

const pRelu: Case = {
  operators: ['PRelu'],
  spec: fc
    .record({ shape: image, form: fc.constantFrom('channel', 'one', 'full'), key: seed })
    .map(({ shape, form, key }) => ({
      input: shape,
      tensors: [weights('s', form === 'channel' ? [shape[0], 1, 1] : form === 'one' ? [1] : shape, key)],
      nodes: [node('PRelu', ['x', 's'])],
    })),
};

const extreme = (op: string): Case => ({
  operators: [op],
  spec: fc.record({ shape: image, value: fc.constantFrom(0, 0.3, -0.2) }).map(({ shape, value }) => ({
    input: shape,
    tensors: [number('k', value)],
    nodes: [node(op, ['x', 'k'])],
  })),
});

/** Shape arithmetic as exporters write it: everything here is known while loading. */
const shapeArithmetic: Case = {
  operators: [
    'Shape',
    'Gather',
    'Concat',
    'Unsqueeze',
    'Cast',
    'Mul',
    'Div',
    'Floor',
    'Mod',
    'Constant',
    'Reshape',
    'Slice',
    'ReduceProd',
    'Identity',
    'Dropout',
  ],
  spec: fc
    .record({ shape: image, form: fc.constantFrom('product', 'slice', 'halves') })
    .map(({ shape, form }): ModelSpec => {
      const batch = [node('Shape', ['x']), node('Gather', ['t0', 'zero'])];
      if (form === 'product') {
        return {
          input: shape,
          tensors: [integers('zero', [0]), integers('one', [1]), integers('end', [4])],
          nodes: [
            ...batch,
            node('Slice', ['t0', 'one', 'end']),
            node('ReduceProd', ['t2'], { keepdims: 1 }),
            node('Concat', ['t1', 't3'], { axis: 0 }),
            node('Identity', ['x']),
            node('Reshape', ['t5', 't4']),
          ],
        };
      }
      if (form === 'slice') {
        return {
          input: shape,
          tensors: [integers('zero', [0]), integers('rest', [-1])],
          nodes: [
            ...batch,
            { ...node('Constant', [], { value_ints: [-1] }) },
            node('Concat', ['t1', 't2'], { axis: 0 }),
            node('Dropout', ['x']),
            node('Reshape', ['t4', 't3']),
          ],
        };
      }
      // Rows cut to half: floor(rows / 2) by way of real numbers.
      return {
        input: shape,
        tensors: [
          integers('two', [2], []),
          floats('half', [], [2]),
          integers('from', [0]),
          integers('axis', [2]),
          integers('front', [0]),
        ],
        nodes: [
          node('Shape', ['x']),
          node('Gather', ['t0', 'two']),
          node('Cast', ['t1'], { to: 1 }),
          node('Div', ['t2', 'half']),
          node('Floor', ['t3']),
          node('Cast', ['t4'], { to: 7 }),
          node('Unsqueeze', ['t5', 'front']),
          // As it is, whatever the number: rows mod (rows + 2).
          node('Add', ['t1', 'two']),
          node('Mod', ['t6', 't7']),
          node('Slice', ['x', 'from', 't8', 'axis']),
        ],
      };
    }),
};

/** A batch normalisation taken apart, on constants alone; padding computed by comparison and choice. */
const constantArithmetic: Case = {
  operators: [
    'Sqrt',
    'Reciprocal',
    'Neg',
    'Ceil',
    'ConstantOfShape',
    'Expand',
    'Equal',
    'Greater',
    'Less',
    'Where',
    'Range',
    'Min',
    'Max',
    'Sub',
  ],
  spec: fc.record({ shape: image, key: seed }).map(({ shape: [c, h, w], key }) => ({
    input: [c, h, w],
    tensors: [
      weights('v', [c, 1, 1], key, 0.5, 2),
      integers('n', [c, 1, 1]),
      integers('count', [1]),
      number('zero', 0),
      number('limit', 0.7),
      integers('from', [0], []),
      integers('to', [c], []),
      integers('step', [1], []),
      integers('column', [c, 1, 1]),
      number('tall', h / 2),
    ],
    nodes: [
      node('Sqrt', ['v']),
      node('Reciprocal', ['t0']),
      node('Neg', ['t1']),
      node('ConstantOfShape', ['n'], { value: { tensor: floats('', [1], [0.25]) } }),
      node('Expand', ['limit', 'n']),
      node('Max', ['t1', 't4']),
      node('Min', ['t5', 't1']),
      node('Greater', ['t6', 't4']),
      node('Where', ['t7', 't2', 't3']),
      node('Less', ['t6', 'zero']),
      node('Where', ['t9', 'zero', 't8']),
      node('Range', ['from', 'to', 'step']),
      node('Cast', ['t11'], { to: 1 }),
      node('Reshape', ['t12', 'column']),
      node('Equal', ['t13', 'zero']),
      node('Where', ['t14', 't3', 't10']),
      node('Ceil', ['tall']),
      node('Mul', ['x', 't15']),
      node('Sub', ['t17', 't16']),
    ],
  })),
};

/** Several layers as networks have them. */
const chain: Case = {
  operators: [
    'Conv',
    'BatchNormalization',
    'Relu',
    'MaxPool',
    'Add',
    'GlobalAveragePool',
    'Flatten',
    'Gemm',
    'LogSoftmax',
  ],
  spec: fc.record({ shape: image, key: seed }).map(({ shape: [c, h, w], key }) => ({
    input: [c, h, w],
    tensors: [
      weights('w1', [4, c, 3, 3], key),
      weights('w2', [4, 4, 3, 3], key + 1),
      weights('g', [4], key + 2),
      weights('b', [4], key + 3),
      weights('m', [4], key + 4),
      weights('v', [4], key + 5, 0.5, 2),
      weights('wd', [3, 4], key + 6),
    ],
    nodes: [
      node('Conv', ['x', 'w1'], { pads: [1, 1, 1, 1] }),
      node('BatchNormalization', ['t0', 'g', 'b', 'm', 'v']),
      node('Relu', ['t1']),
      node('Conv', ['t2', 'w2'], { pads: [1, 1, 1, 1] }),
      node('Add', ['t2', 't3']),
      node('MaxPool', ['t4'], { kernel_shape: [2, 2], strides: [2, 2] }),
      node('GlobalAveragePool', ['t5']),
      node('Flatten', ['t6']),
      node('Gemm', ['t7', 'wd'], { transB: 1 }),
    ],
  })),
};

export const CASES: readonly Case[] = [
  conv,
  depthwise,
  pool('MaxPool'),
  pool('AveragePool'),
  gemm,
  flatDense,
  matMulImage,
  batchNorm,
  ...['Add', 'Sub', 'Mul', 'Div'].map(withConstant),
  ...['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'].map(twoTensors),
  sum,
  concat,
  sliceCase,
  split,
  gather,
  pad,
  transpose,
  shuffle,
  squeeze,
  softmax,
  clip,
  pRelu,
  extreme('Min'),
  extreme('Max'),
  shapeArithmetic,
  constantArithmetic,
  chain,
  unary('Relu'),
  unary('LeakyRelu', { alpha: { float: 0.2 } }),
  unary('LeakyRelu'),
  unary('Sigmoid'),
  unary('Tanh'),
  unary('HardSigmoid'),
  unary('HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  unary('HardSwish'),
  unary('Neg'),
  unary('Identity'),
  unary('Dropout'),
  unary('Cast', { to: 1 }),
  ...ELECTRONIC_CASES,
  ...QUANTISED_CASES,
];
