/** Random graphs of every operator give what TensorFlow.js' own executor gives. */
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { FormatError } from '../../../../src/base/errors.js';
import { loadTf, type Tf } from '../../../../src/base/tensorflow/tf.js';
import { NO_PREPROCESSING } from '../../../../src/networks/formats/import/preprocessing.js';
import { importGraphModel } from '../../../../src/networks/formats/tfjs/graphModel.js';
import { TF_OPERATORS } from '../../../../src/networks/formats/tfjs/tfjsOperators.js';
import { parseManifest, readGroup } from '../../../../src/networks/formats/tfjs/tfjsWeights.js';
import { forward } from '../../../../src/networks/forward.js';
import { randomArray } from '../../../helpers/random.js';
import { expectAgreement } from '../onnx/oracle.js';
import { CASES } from './cases.js';
import { Graph, type GraphNode } from './graph.js';

const BATCH = 2;
let tf: Tf;
beforeAll(async () => {
  tf = await loadTf('cpu');
});

function importGraph(graph: Graph) {
  const { json, data } = graph.artifacts();
  const [group] = parseManifest(json.weightsManifest, 'm');
  const weights = new Map(readGroup(group!, data, 'm'));
  return importGraphModel(json.modelTopology, undefined, weights, 'm', 'm', NO_PREPROCESSING).network;
}

/** What the executor of @tensorflow/tfjs-converter computes. */
async function executed(graph: Graph, x: Float32Array): Promise<Float32Array> {
  const { json, data } = graph.artifacts();
  const model = await loadGraphModel(
    tf.io.fromMemory({
      modelTopology: json.modelTopology,
      weightSpecs: json.weightsManifest[0]!.weights as never,
      weightData: data.slice().buffer,
      format: 'graph-model',
    }),
  );
  try {
    return tf.tidy(() => {
      const output = model.execute({ x: tf.tensor(x, [BATCH, ...graph.shape]) }, graph.nodes.at(-1)!.name);
      return (output as { dataSync(): Float32Array }).dataSync().slice();
    });
  } finally {
    model.dispose();
  }
}

describe('operators against the executor of TensorFlow.js', () => {
  it('every operator that is imported occurs in a case', () => {
    const covered = new Set(CASES.flatMap(({ operators }) => operators));
    expect(Object.keys(TF_OPERATORS).filter((name) => !covered.has(name))).toEqual([]);
  });

  for (const { operators, graph } of CASES) {
    it(operators.join(', '), async () => {
      await fc.assert(
        fc.asyncProperty(graph, fc.nat(2 ** 30), async (made, seed) => {
          const count = made.shape.reduce((product, n) => product * n, BATCH);
          const x = randomArray(seed, count, -2, 2);
          const network = importGraph(made);
          const actual = tf.tidy(
            () =>
              forward(tf, network, tf.tensor(x, [BATCH, ...made.shape]))
                .dataSync()
                .slice() as Float32Array,
          );
          expectAgreement(actual, await executed(made, x));
        }),
        { numRuns: 25 },
      );
    });
  }
});

describe('what is refused', () => {
  const graphOf = (...nodes: GraphNode[]) => {
    const graph = new Graph([4, 4, 1]);
    graph.nodes.push(...nodes);
    return graph;
  };
  const cases: [string, Graph, RegExp][] = [
    [
      'an unknown operator, by name',
      graphOf({ name: 'up', op: 'ResizeBilinear', input: ['x'] }),
      /^m: node 'up' \(ResizeBilinear\): .*not supported/,
    ],
    [
      'a circle',
      graphOf(
        { name: 'a', op: 'Relu', input: ['b'] },
        { name: 'b', op: 'Relu', input: ['a'] },
        { name: 'c', op: 'Relu', input: ['a'] },
      ),
      /circle/,
    ],
    [
      'a node of itself',
      graphOf({ name: 'a', op: 'AddN', input: ['x', 'a'] }, { name: 'b', op: 'Relu', input: ['a'] }),
      /circle/,
    ],
    ['an input that is missing', graphOf({ name: 'a', op: 'Relu', input: ['nowhere'] }), /'nowhere' is missing/],
    [
      'a constant without value',
      graphOf({ name: 'k', op: 'Const' }, { name: 'a', op: 'AddV2', input: ['x', 'k'] }),
      /'k' \(Const\): .*incomplete/,
    ],
    ['a second output that is none', graphOf({ name: 'a', op: 'Relu', input: ['x:7'] }), /'x:7'/],
    [
      'a training batch-norm',
      graphOf({
        name: 'a',
        op: 'FusedBatchNormV3',
        input: ['x', 'x', 'x', 'x', 'x'],
        attr: { is_training: { b: true } },
      }),
      /is_training/,
    ],
  ];
  for (const [what, graph, message] of cases) {
    it(what, () => {
      expect(() => importGraph(graph)).toThrow(FormatError);
      expect(() => importGraph(graph)).toThrow(message);
    });
  }
});
