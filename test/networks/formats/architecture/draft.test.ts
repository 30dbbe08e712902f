/** Drafts of architecture files: they run as they are written, in the network's order, and say what they leave out. */
import { describe, expect, it } from 'vitest';
import { architectureSkeleton } from '../../../../src/networks/formats/architecture/draft/skeleton.js';
import { importWithArchitecture } from '../../../../src/networks/formats/architecture/importArchitecture.js';
import { parseArchitecture } from '../../../../src/networks/formats/architecture/parse.js';
import type { Constant } from '../../../../src/networks/formats/import/constant.js';
import { inferShapes } from '../../../../src/networks/shapes.js';

type Shapes = Record<string, readonly number[]>;

const conv = (name: string, ...shape: number[]): Shapes => ({ [`${name}.weight`]: shape });
const dense = (name: string, outputs: number, inputs: number): Shapes => ({
  [`${name}.weight`]: [outputs, inputs],
  [`${name}.bias`]: [outputs],
});
const norm = (name: string, channels: number): Shapes =>
  Object.fromEntries(['weight', 'bias', 'running_mean', 'running_var'].map((part) => [`${name}.${part}`, [channels]]));

/** The network that a draft makes of tensors, and the draft. */
function drafted(shapes: Shapes) {
  const text = architectureSkeleton(
    Object.entries(shapes).map(([name, shape]) => ({ name, shape })),
    'n',
  );
  const tensors = new Map<string, Constant>(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.5) },
    ]),
  );
  const { network } = importWithArchitecture(
    tensors,
    parseArchitecture(text, 'draft'),
    { place: 'c', architecturePlace: 'draft', name: 'n' },
    null,
  );
  return { text, network, output: inferShapes(network).get(network.output)! };
}

const kinds = (text: string) =>
  [...text.slice(text.indexOf('layers:')).matchAll(/^ {2}- (?:\{ )?(\w+)/gm)].map((match) => match[1]);
/** Tensors in the order of safetensors' writers. */
const sorted = (shapes: Shapes): Shapes =>
  Object.fromEntries(Object.entries(shapes).sort(([a], [b]) => (a < b ? -1 : 1)));

/** torchvision's residual networks in their names and shapes, in small. */
function residual(width: number, isBottleneck: boolean): Shapes {
  const shapes: Shapes = { ...conv('conv1', width, 3, 7, 7), ...norm('bn1', width) };
  let channels = width;
  for (const stage of [1, 2, 3]) {
    const inner = width * 2 ** (stage - 1);
    const outer = isBottleneck ? 4 * inner : inner;
    for (const block of [0, 1]) {
      const at = `layer${stage}.${block}`;
      const convolutions = isBottleneck
        ? [
            [inner, channels, 1],
            [inner, inner, 3],
            [outer, inner, 1],
          ]
        : [
            [inner, channels, 3],
            [inner, inner, 3],
          ];
      convolutions.forEach(([filters, from, size], i) => {
        Object.assign(
          shapes,
          conv(`${at}.conv${i + 1}`, filters!, from!, size!, size!),
          norm(`${at}.bn${i + 1}`, filters!),
        );
      });
      if (channels !== outer)
        Object.assign(shapes, conv(`${at}.downsample.0`, outer, channels, 1, 1), norm(`${at}.downsample.1`, outer));
      channels = outer;
    }
  }
  return { ...shapes, ...dense('fc', 10, channels) };
}

function denselyConnected(): Shapes {
  const shapes: Shapes = { ...conv('features.conv0', 8, 3, 7, 7), ...norm('features.norm0', 8) };
  let channels = 8;
  for (let layer = 1; layer <= 3; layer++) {
    const at = `features.denseblock1.denselayer${layer}`;
    Object.assign(shapes, norm(`${at}.norm1`, channels), conv(`${at}.conv1`, 24, channels, 1, 1));
    Object.assign(shapes, norm(`${at}.norm2`, 24), conv(`${at}.conv2`, 4, 24, 3, 3));
    channels += 4;
  }
  Object.assign(
    shapes,
    norm('features.transition1.norm', channels),
    conv('features.transition1.conv', 10, channels, 1, 1),
  );
  return { ...shapes, ...norm('features.norm5', 10), ...dense('classifier', 10, 10) };
}

const LENET = {
  ...conv('conv1', 6, 1, 5, 5),
  ...conv('conv2', 16, 6, 5, 5),
  ...dense('fc1', 120, 400),
  ...dense('fc2', 84, 120),
  ...dense('fc3', 10, 84),
};
const VGG: Shapes = Object.assign(
  {},
  ...[
    [64, 3],
    [128, 64],
    [256, 128],
    [256, 256],
    [512, 256],
    [512, 512],
  ].map(([filters, channels], i) => conv(`features.${3 * i}`, filters! / 16, Math.max(3, channels! / 16), 3, 3)),
);

describe('a draft runs as it is written', () => {
  it.each<[string, Shapes, readonly number[]]>([
    ['LeNet on MNIST', LENET, [28, 28, 1]],
    ['the same, sorted', sorted(LENET), [28, 28, 1]],
    [
      'VGG on ImageNet',
      { ...VGG, ...dense('classifier.0', 20, 32 * 49), ...dense('classifier.3', 10, 20) },
      [224, 224, 3],
    ],
    ['VGG on CIFAR-10', { ...VGG, ...dense('classifier', 10, 32) }, [32, 32, 3]],
    ['ResNet', residual(8, false), [32, 32, 3]],
    ['ResNet with bottlenecks, sorted', sorted(residual(4, true)), [32, 32, 3]],
    ['DenseNet', denselyConnected(), [32, 32, 3]],
    [
      'MobileNet: depthwise, and a classifier of 1 x 1',
      {
        ...conv('stem.0', 8, 3, 3, 3),
        ...norm('stem.1', 8),
        ...conv('blocks.0.dw', 8, 1, 3, 3),
        ...norm('blocks.0.bn', 8),
        ...conv('blocks.0.pw', 16, 8, 1, 1),
        ...norm('blocks.0.bn2', 16),
        ...conv('classifier', 10, 16, 1, 1),
      },
      [32, 32, 3],
    ],
    ['features that only a pool leaves', { ...conv('c', 4, 3, 4, 4), ...dense('fc', 10, 4 * 6) }, [32, 32, 3]],
    ['a flat MNIST', { ...dense('fc1', 100, 784), ...dense('fc2', 10, 100) }, [28, 28, 1]],
    ['a flat CIFAR-10', { ...dense('0', 100, 3072), ...dense('2', 10, 100) }, [32, 32, 3]],
    ['features of no image', { ...dense('a', 5, 13), ...dense('b', 10, 5) }, [13]],
    ['one layer with the prefix of all', dense('net.fc', 10, 784), [28, 28, 1]],
  ])('%s', (_, shapes, input) => {
    const { network, output, text } = drafted(shapes);
    expect(network.inputShape).toEqual(input);
    expect(output).toEqual([10]);
    expect(text).not.toContain('ignore:');
  });

  it('leaves out what it has no layer for, and says so', () => {
    const { text, output } = drafted({
      ...dense('fc1', 100, 784),
      'ln.weight': [100],
      'ln.bias': [100],
      pos_embed: [1, 7],
      'side.weight': [3, 55],
      'rnn.weight_ih_l0': [4, 4],
      ...dense('fc2', 10, 100),
      'n.num_batches_tracked': [],
    });
    expect(output).toEqual([10]);
    const ignored = [...text.matchAll(/^ {2}- "(.*)"$/gm)].map((match) => match[1]);
    expect(ignored.sort()).toEqual(['ln.bias', 'ln.weight', 'pos_embed', 'rnn.weight_ih_l0', 'side.weight']);
  });

  it('runs with nothing that it knows', () => {
    expect(drafted({ a: [3], 'b.weight': [2, 2, 2] }).output).toEqual([784]);
  });
});

describe('the order', () => {
  const names = (shapes: Shapes) =>
    [...drafted(shapes).text.matchAll(/\{ (?:conv2d|dense|batchNorm): "?([\w.]+)/g)].map((match) => match[1]);

  it('is the same whatever the order of the file', () => {
    for (const shapes of [LENET, residual(8, true), residual(4, false), denselyConnected()])
      expect(names(sorted(shapes))).toEqual(names(shapes));
  });

  it('counts past nine, and puts the classifier last', () => {
    const all = [...Array(12).keys()].map((i) => conv(`convs.${i}`, 4, i === 0 ? 3 : 4, 3, 3));
    const shapes = sorted(Object.assign({}, ...all, dense('classifier', 10, 4)) as Shapes);
    expect(names({ ...shapes }).slice(-3)).toEqual(['convs.10', 'convs.11', 'classifier']);
  });
});

describe('activations', () => {
  it('stand between dense layers, not before the first and not after the last', () => {
    const { text } = drafted({ ...dense('0', 100, 784), ...dense('2', 50, 100), ...dense('4', 10, 50) });
    expect(kinds(text)).toEqual(['dense', 'relu', 'dense', 'relu', 'dense']);
  });

  it('stand behind the sum of a block with a shortcut', () => {
    const { text, network } = drafted(residual(8, false));
    expect(text).toMatch(
      /batchNorm: layer2\.0\.downsample\.1 \}.*\n {2}- \{ add: \[kept\d+, previous\] \}.*\n {2}- (\{ )?relu/,
    );
    expect(network.layers.filter(({ kind }) => kind === 'add')).toHaveLength(2);
  });
});
