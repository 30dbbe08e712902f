import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../src/base/errors.js';
import { batchNorm, conv2d, dense, flatten, maxPool, relu } from '../../src/networks/build.js';
import { inferShapes, validateNetwork } from '../../src/networks/shapes.js';
import type { Layer, Network } from '../../src/networks/types.js';
import { sonicMnistStructure } from '../../src/networks/zoo/sonicMnist.js';

function network(layers: Layer[], change: Partial<Network> = {}): Network {
  return {
    name: 'net',
    inputShape: [6, 5, 4],
    inputRange: [0, 1],
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers,
    output: layers.at(-1)?.name ?? '',
    ...change,
  };
}

/** A deep copy of the network in which `change` has changed one layer. */
function changed<K extends Layer['kind']>(
  base: Network,
  name: string,
  _kind: K,
  change: Partial<Extract<Layer, { kind: K }>>,
): Network {
  return {
    ...base,
    layers: base.layers.map((layer) => (layer.name === name ? ({ ...layer, ...change } as Layer) : layer)),
  };
}

const small = network([
  conv2d('conv', 'input', [3, 4, 8]),
  batchNorm('norm', 'conv', 8),
  relu('relu', 'norm'),
  maxPool('pool', 'relu', 2),
  flatten('flat', 'pool'),
  dense('logits', 'flat', 16, 10),
]);

describe('shapes', () => {
  it("are those of SONIC's MNIST network", () => {
    const shapes = inferShapes(sonicMnistStructure());
    expect(shapes.get('conv1')).toEqual([28, 28, 40]);
    expect(shapes.get('conv2')).toEqual([24, 24, 16]);
    expect(shapes.get('flatten')).toEqual([2304]);
    expect(shapes.get('dense2')).toEqual([10]);
  });

  it.each([
    ['a name twice', [relu('a', 'input'), relu('a', 'a')], /'a'.*unique/],
    ["a layer called 'input'", [relu('input', 'input')], /'input'/],
    [
      'an input that does not exist',
      [relu('first', 'input'), relu('b', 'frist')],
      /'frist' does not exist; did you mean 'first'/,
    ],
    ['layers out of order', [relu('a', 'b'), relu('b', 'input')], /'b' comes after/],
    ['wrong channels', [conv2d('c', 'input', [3, 3, 8])], /'c'.*\[6, 5, 4\].*4 channels.*want 3/],
    ['a kernel larger than the image', [conv2d('c', 'input', [7, 4, 8])], /'c'.*7 x 7.*does not fit/],
    ['a dense layer on an image', [dense('d', 'input', 120, 3)], /'d'.*flatten/],
    ['a dense layer of another size', [flatten('f', 'input'), dense('d', 'f', 100, 3)], /'d'.*120 features.*want 100/],
    [
      'unequal shapes to add',
      [maxPool('p', 'input', 2), { kind: 'add', name: 's', inputs: ['input', 'p'] }],
      /\[6, 5, 4\] and \[3, 2, 4\]/,
    ],
    ['one input to add', [{ kind: 'add', name: 's', inputs: ['input'] }], /1 input\(s\), at least 2/],
    [
      'three to subtract',
      [{ kind: 'subtract', name: 's', inputs: ['input', 'input', 'input'] }],
      /3 input\(s\), 2 needed/,
    ],
    [
      'concat of unequal images',
      [maxPool('p', 'input', 2), { kind: 'concat', name: 's', inputs: ['input', 'p'], axis: 2 }],
      /do not fit/,
    ],
    ['concat on axis 3', [{ kind: 'concat', name: 's', inputs: ['input'], axis: 3 }], /axis 3/],
    ['reshape to another size', [{ kind: 'reshape', name: 'r', inputs: ['input'], shape: [7] }], /120 elements.*has 7/],
    [
      'transpose with an axis twice',
      [{ kind: 'transpose', name: 't', inputs: ['input'], permutation: [0, 0, 1] }],
      /\[0, 0, 1\]/,
    ],
    [
      'slice beyond the end',
      [{ kind: 'slice', name: 's', inputs: ['input'], begin: [0, 0, 0], end: [6, 6, 4], strides: [1, 1, 1] }],
      /axis 1.*has 5/,
    ],
    [
      'an empty slice',
      [{ kind: 'slice', name: 's', inputs: ['input'], begin: [0, 2, 0], end: [6, 2, 4], strides: [1, 1, 1] }],
      /axis 1/,
    ],
    [
      'a negative slice stride',
      [{ kind: 'slice', name: 's', inputs: ['input'], begin: [0, 0, 0], end: [6, 5, 4], strides: [1, 1, -1] }],
      /strides holds -1/,
    ],
    [
      'negative padding',
      [
        {
          kind: 'pad',
          name: 'p',
          inputs: ['input'],
          padding: [
            [0, 0],
            [-1, 0],
            [0, 0],
          ],
          value: 0,
        },
      ],
      /padding holds -1/,
    ],
    [
      'padding of too few axes',
      [{ kind: 'pad', name: 'p', inputs: ['input'], padding: [[0, 0]], value: 0 }],
      /pads 1 axes/,
    ],
    ['a stride of 0', [{ ...conv2d('c', 'input', [3, 4, 8]), strides: [0, 1] }], /strides holds 0/],
    ['filters not divisible by groups', [{ ...conv2d('c', 'input', [1, 2, 3]), groups: 2 }], /3 filters.*2 groups/],
    ['too few weights', [{ ...conv2d('c', 'input', [3, 4, 8]), weight: new Float32Array(7) }], /7 weights.*288/],
    ['too few biases', [{ ...conv2d('c', 'input', [3, 4, 8]), bias: new Float32Array(7) }], /7 biases for 8/],
    [
      'a pool padded by its window',
      [
        {
          ...maxPool('p', 'input', 2),
          padding: [
            [2, 0],
            [0, 0],
          ],
        },
      ],
      /as wide as its window/,
    ],
    ['a batch-norm of other channels', [batchNorm('n', 'input', 3)], /4 channels.*have 3/],
    ['a batch-norm without spread', [batchNorm('n', 'input', 4, -1)], /not positive/],
  ] as [string, Layer[], RegExp][])('refuses %s', (_, layers, message) => {
    expect(() => inferShapes(network(layers))).toThrow(NetworkError);
    expect(() => inferShapes(network(layers))).toThrow(message);
  });

  it('refuses an output that is no layer, and an empty input', () => {
    expect(() => inferShapes({ ...small, output: 'logit' })).toThrow(/did you mean 'logits'/);
    expect(() => inferShapes({ ...small, inputShape: [6, 0, 4] })).toThrow(/\[6, 0, 4\]/);
  });
});

describe('a whole network', () => {
  it('passes as it is', () => {
    expect(validateNetwork(small).get('logits')).toEqual([10]);
  });

  it.each([
    [
      'weight',
      changed(small, 'conv', 'conv2d', { weight: new Float32Array(288).fill(Number.NaN, 5, 6) }),
      /'conv'.*weight\[5\] is NaN/,
    ],
    [
      'bias',
      changed(small, 'logits', 'dense', { bias: new Float32Array(10).fill(Infinity, 9) }),
      /'logits'.*bias\[9\] is Infinity/,
    ],
    [
      'variance',
      changed(small, 'norm', 'batchNorm', { variance: new Float32Array(8).fill(Number.NaN, 0, 1) }),
      /'norm'.*variance\[0\] is NaN/,
    ],
  ])('refuses a %s that is not finite', (_, bad, message) => {
    expect(() => validateNetwork(bad)).toThrow(message);
  });

  it('refuses a reversed input range and preprocessing that divides by 0 or lacks a channel', () => {
    expect(() => validateNetwork({ ...small, inputRange: [1, 0] })).toThrow(/\[1, 0\]/);
    expect(() => validateNetwork({ ...small, preprocessing: { scale: 1, mean: [0], std: [0] } })).toThrow(
      /std other than 0/,
    );
    expect(() => validateNetwork({ ...small, preprocessing: { scale: 1, mean: [0, 0], std: [1, 1] } })).toThrow(
      /4 channel/,
    );
  });
});
