/** Random small graphs, at least one for every operator that is imported. */
import fc from 'fast-check';
import { bool, float, Graph, int, ints, text, texts } from './graph.js';

export interface Case {
  readonly operators: readonly string[];
  readonly graph: fc.Arbitrary<Graph>;
}

const n = (min: number, max: number) => fc.integer({ min, max });
/** [rows, columns, channels]. */
const image = fc.tuple(n(5, 9), n(5, 9), n(1, 4));
const seed = fc.nat(2 ** 30);
const same = fc.constantFrom('SAME', 'VALID');
const WINDOW = { data_format: text('NHWC') };

const make = <T>(operators: readonly string[], values: fc.Arbitrary<T>, build: (value: T) => Graph): Case => ({
  operators,
  graph: values.map(build),
});

const unary = (op: string, attr: Parameters<Graph['node']>[2] = {}): Case =>
  make([op], image, (shape) => {
    const graph = new Graph(shape);
    graph.node(op, ['x'], attr);
    return graph;
  });

const FUSED: readonly (readonly string[])[] = [
  [],
  ['BiasAdd'],
  ['BiasAdd', 'Relu'],
  ['BiasAdd', 'Relu6'],
  ['BiasAdd', 'LeakyRelu'],
];

const conv = (op: string, depthwise: boolean): Case =>
  make(
    [op, 'BiasAdd'],
    fc.record({
      shape: image,
      kernel: fc.tuple(n(1, 3), n(1, 3)),
      filters: n(1, 3),
      stride: n(1, 2),
      dilation: n(1, 2),
      rule: same,
      fused: fc.constantFrom(...FUSED),
      key: seed,
    }),
    ({ shape, kernel, filters, stride, dilation, rule, fused, key }) => {
      const graph = new Graph(shape);
      const weight = graph.floats('w', [...kernel, shape[2], filters], key);
      const outputs = depthwise ? shape[2] * filters : filters;
      const bias = graph.floats('b', [outputs], key + 1);
      const d = stride > 1 ? 1 : dilation;
      const attr = { ...WINDOW, strides: ints(1, stride, stride, 1), dilations: ints(1, d, d, 1), padding: text(rule) };
      if (op.includes('Fused')) {
        // TensorFlow.js' own depthwise kernel yields NaN for a fused leaky ReLU on its cpu backend.
        const isBroken = depthwise && fused[1] === 'LeakyRelu';
        const withBias = fused.length > 0 && !isBroken ? fused : ['BiasAdd'];
        graph.node(op, ['x', weight, bias], {
          ...attr,
          fused_ops: texts(...withBias),
          num_args: int(1),
          leakyrelu_alpha: float(0.1),
          epsilon: float(1e-4),
        });
      } else {
        graph.node('BiasAdd', [graph.node(op, ['x', weight], attr), bias], WINDOW);
      }
      return graph;
    },
  );

const pool = (op: string): Case =>
  make(
    [op],
    fc.record({ shape: image, size: fc.tuple(n(1, 3), n(1, 3)), stride: n(1, 2), rule: same }),
    ({ shape, size, stride, rule }) => {
      const graph = new Graph(shape);
      graph.node(op, ['x'], {
        ...WINDOW,
        ksize: ints(1, ...size, 1),
        strides: ints(1, stride, stride, 1),
        padding: text(rule),
      });
      return graph;
    },
  );

const reduce = (op: string): Case =>
  make([op], fc.record({ shape: image, keep: fc.boolean() }), ({ shape, keep }) => {
    const graph = new Graph(shape);
    graph.node(op, ['x', graph.ints('axes', [1, 2])], { keep_dims: bool(keep) });
    return graph;
  });

const norm = (op: string): Case =>
  make([op], fc.record({ shape: image, key: seed }), ({ shape, key }) => {
    const graph = new Graph(shape);
    const vector = (name: string, i: number, low = -1, high = 1) => graph.floats(name, [shape[2]], key + i, low, high);
    graph.node(op, ['x', vector('scale', 0), vector('offset', 1), vector('mean', 2), vector('variance', 3, 0.5, 2)], {
      epsilon: float(1e-3),
      is_training: bool(false),
      ...WINDOW,
    });
    return graph;
  });

const withConstant = (op: string): Case =>
  make(
    [op],
    fc.record({ shape: image, form: n(0, 3), first: fc.boolean(), key: seed }),
    ({ shape, form, first, key }) => {
      const graph = new Graph(shape);
      const dims = [[], [shape[2]], [shape[1], 1], shape][form]!;
      const constant = graph.floats('k', dims, key, 0.5, 2);
      graph.node(op, first && op !== 'RealDiv' ? [constant, 'x'] : ['x', constant]);
      return graph;
    },
  );

const twoTensors = (op: string): Case =>
  make([op], image, (shape) => {
    const graph = new Graph(shape);
    graph.node(op, ['x', graph.node('Sigmoid', ['x'])]);
    return graph;
  });

const dense = (op: string): Case =>
  make([op, 'Reshape'], fc.record({ shape: image, turned: fc.boolean(), key: seed }), ({ shape, turned, key }) => {
    const graph = new Graph(shape);
    const size = shape[0] * shape[1] * shape[2];
    const flat = graph.node('Reshape', ['x', graph.ints('s', [-1, size])]);
    const weight = graph.floats('w', turned ? [3, size] : [size, 3], key);
    const attr = { transpose_a: bool(false), transpose_b: bool(turned) };
    if (op === 'MatMul') graph.node(op, [flat, weight], attr);
    else
      graph.node(op, [flat, weight, graph.floats('b', [3], key + 1)], {
        ...attr,
        fused_ops: texts('BiasAdd', 'Relu'),
        num_args: int(1),
        epsilon: float(1e-4),
      });
    return graph;
  });

const concat = make(
  ['ConcatV2', 'Tanh'],
  fc.record({ shape: image, axis: fc.constantFrom(1, 2, 3, -1) }),
  ({ shape, axis }) => {
    const graph = new Graph(shape);
    graph.node('ConcatV2', ['x', graph.node('Tanh', ['x']), graph.ints('a', [axis], [])], { N: int(2) });
    return graph;
  },
);

const strided = make(
  ['StridedSlice'],
  fc.record({ shape: image, begin: n(0, 3), end: n(4, 5), step: n(1, 3), open: fc.boolean(), shrink: fc.boolean() }),
  ({ shape, begin, end, step, open, shrink }) => {
    const graph = new Graph(shape);
    const [from, to, by] = [
      graph.ints('f', [0, begin, shrink ? 2 : 0, 0]),
      graph.ints('t', [0, end, shrink ? 3 : 5, 0]),
      // TensorFlow.js 4.22 takes the wrong column where a step and an axis that is dropped meet.
      graph.ints('s', [1, shrink ? 1 : step, 1, 1]),
    ];
    // Bits: axes 0 and 3 are open at both ends, axis 1 at its end, axis 2 loses its axis.
    graph.node('StridedSlice', ['x', from, to, by], {
      begin_mask: int(9),
      end_mask: int(open ? 11 : 9),
      shrink_axis_mask: int(shrink ? 4 : 0),
      ellipsis_mask: int(0),
      new_axis_mask: int(0),
    });
    return graph;
  },
);

const slice = make(
  ['Slice'],
  fc.record({ shape: image, begin: n(0, 3), size: fc.constantFrom(1, 2, -1) }),
  ({ shape, begin, size }) => {
    const graph = new Graph(shape);
    graph.node('Slice', ['x', graph.ints('b', [0, begin, 0, 0]), graph.ints('s', [-1, size, -1, -1])]);
    return graph;
  },
);

const split = make(['Split', 'AddV2'], image, ([rows, columns, channels]) => {
  const graph = new Graph([rows, columns, 2 * channels]);
  const parts = graph.node('Split', [graph.ints('a', [3], []), 'x'], { num_split: int(2) });
  graph.node('AddV2', [parts, `${parts}:1`]);
  return graph;
});

const splitV = make(['SplitV', 'ConcatV2'], image, ([rows, columns, channels]) => {
  const graph = new Graph([rows, columns, channels + 2]);
  const parts = graph.node('SplitV', ['x', graph.ints('s', [2, channels]), graph.ints('a', [3], [])], {
    num_split: int(2),
  });
  graph.node('ConcatV2', [`${parts}:1`, parts, graph.ints('j', [3], [])], { N: int(2) });
  return graph;
});

const padding = (op: string): Case =>
  make([op], fc.record({ shape: image, sides: fc.tuple(n(0, 2), n(0, 2), n(0, 2), n(0, 2)) }), ({ shape, sides }) => {
    const graph = new Graph(shape);
    const pads = graph.ints('p', [0, 0, ...sides, 0, 1], [4, 2]);
    graph.node(op, op === 'PadV2' ? ['x', pads, graph.number('v', 1.5)] : ['x', pads]);
    return graph;
  });

const transpose = make(
  ['Transpose', 'Mul'],
  fc.record({ shape: image, perm: fc.constantFrom([0, 3, 1, 2], [0, 2, 1, 3], [0, 3, 2, 1]) }),
  ({ shape, perm }) => {
    const graph = new Graph(shape);
    graph.node('Relu', [graph.node('Transpose', ['x', graph.ints('p', perm)])]);
    return graph;
  },
);

const squeeze = make(['Squeeze', 'ExpandDims', 'Mean', 'Softmax'], image, (shape) => {
  const graph = new Graph(shape);
  const mean = graph.node('Mean', ['x', graph.ints('axes', [1, 2])], { keep_dims: bool(true) });
  const flat = graph.node('Squeeze', [mean], { squeeze_dims: ints(1, 2) });
  const soft = graph.node('Softmax', [flat]);
  graph.node('ExpandDims', [soft, graph.ints('e', [1], [])]);
  return graph;
});

/** Shape arithmetic as the converter leaves it. */
const arithmetic = make(
  ['Shape', 'StridedSlice', 'Pack', 'Reshape', 'Prod', 'Range', 'GatherV2', 'Cast', 'Identity', 'StopGradient'],
  image,
  (shape) => {
    const graph = new Graph(shape);
    const full = graph.node('Shape', ['x'], { out_type: { type: 'DT_INT32' } });
    const batch = graph.node('StridedSlice', [full, graph.ints('f', [0]), graph.ints('t', [1]), graph.ints('s', [1])], {
      shrink_axis_mask: int(1),
      begin_mask: int(0),
      end_mask: int(0),
      ellipsis_mask: int(0),
      new_axis_mask: int(0),
    });
    const range = graph.node('Range', [
      graph.ints('one', [1], []),
      graph.ints('four', [4], []),
      graph.ints('step', [1], []),
    ]);
    const lengths = graph.node('GatherV2', [full, range, graph.ints('zero', [0], [])]);
    const product = graph.node('Prod', [lengths, graph.ints('all', [0])], { keep_dims: bool(false) });
    const target = graph.node('Pack', [batch, product], { axis: int(0), N: int(2) });
    const passed = graph.node('StopGradient', [graph.node('Identity', ['x'])]);
    const cast = graph.node('Cast', [target], { SrcT: { type: 'DT_INT32' }, DstT: { type: 'DT_INT32' } });
    graph.node('Reshape', [passed, cast]);
    return graph;
  },
);

/** A batch normalisation taken apart. */
const apart = make(
  ['Rsqrt', 'Sqrt', 'Neg', 'Sub', 'Mul', 'Maximum', 'Minimum'],
  fc.record({ shape: image, key: seed }),
  ({ shape, key }) => {
    const graph = new Graph(shape);
    const scale = graph.node('Rsqrt', [graph.floats('v', [shape[2]], key, 0.5, 2)]);
    const root = graph.node('Sqrt', [graph.floats('u', [shape[2]], key + 1, 0.5, 2)]);
    const scaled = graph.node('Mul', ['x', scale]);
    const shifted = graph.node('Sub', [scaled, root]);
    const low = graph.node('Maximum', [shifted, graph.number('low', -1.5)]);
    graph.node('Neg', [graph.node('Minimum', [low, graph.number('high', 0.5)])]);
    return graph;
  },
);

const prelu = make(['Prelu'], fc.record({ shape: image, key: seed }), ({ shape, key }) => {
  const graph = new Graph(shape);
  graph.node('Prelu', ['x', graph.floats('a', [shape[2]], key)]);
  return graph;
});

const addN = make(['AddN'], image, (shape) => {
  const graph = new Graph(shape);
  graph.node('AddN', ['x', graph.node('Tanh', ['x']), 'x'], { N: int(3) });
  return graph;
});

export const CASES: readonly Case[] = [
  conv('Conv2D', false),
  conv('_FusedConv2D', false),
  conv('DepthwiseConv2dNative', true),
  conv('FusedDepthwiseConv2dNative', true),
  pool('MaxPool'),
  pool('AvgPool'),
  reduce('Mean'),
  reduce('Max'),
  norm('FusedBatchNorm'),
  norm('FusedBatchNormV2'),
  norm('FusedBatchNormV3'),
  ...['Add', 'AddV2', 'Sub', 'Mul', 'RealDiv'].map(withConstant),
  ...['AddV2', 'Sub', 'Mul'].map(twoTensors),
  dense('MatMul'),
  dense('_FusedMatMul'),
  concat,
  strided,
  slice,
  split,
  splitV,
  padding('Pad'),
  padding('PadV2'),
  transpose,
  squeeze,
  arithmetic,
  apart,
  prelu,
  addN,
  unary('Relu'),
  unary('Relu6'),
  unary('LeakyRelu', { alpha: float(0.3) }),
  unary('Sigmoid'),
  unary('Tanh'),
];
