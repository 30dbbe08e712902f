import { describe, expect, it } from 'vitest';
import { DatasetError, NetworkError } from '../../src/base/errors.js';
import type { Dataset } from '../../src/datasets/types.js';
import { checkFits, outputClasses } from '../../src/networks/fits.js';
import type { Layer, Network } from '../../src/networks/types.js';

/** 4 x 4 x 1 to `filters` by a convolution whose kernel covers the image, or a smaller part of it. */
function network(filters: number, kernel = 4, ...more: Layer[]): Network {
  const layers: Layer[] = [
    {
      kind: 'conv2d',
      name: 'conv',
      inputs: ['input'],
      weight: new Float32Array(kernel * kernel * filters),
      weightShape: [kernel, kernel, 1, filters],
      bias: null,
      strides: [1, 1],
      padding: [
        [0, 0],
        [0, 0],
      ],
      dilation: [1, 1],
      groups: 1,
    },
    ...more,
  ];
  return {
    name: 'tiny',
    inputShape: [4, 4, 1],
    inputRange: null,
    preprocessing: { scale: 1, mean: [0], std: [1] },
    layers,
    output: layers.at(-1)!.name,
  } as Network;
}

const flat: Layer = { kind: 'flatten', name: 'flat', inputs: ['conv'] };

function dataset(labels: readonly number[], classes: number, more: Partial<Dataset> = {}): Dataset {
  return {
    name: 'pictures',
    split: 'test',
    shape: [4, 4, 1],
    classes,
    count: labels.length,
    images: new Uint8Array(16 * labels.length),
    labels: Uint8Array.from(labels),
    sha256: '',
    source: '',
    ...more,
  };
}

describe('flat inputs', () => {
  const vector = (inputShape: readonly number[]): Network => ({
    ...network(2),
    inputShape,
    layers: [{ kind: 'flatten', name: 'conv', inputs: ['input'] }],
  });
  const images = (channels: number, classes: number) =>
    dataset([0], classes, { shape: [4, 4 / channels, channels], images: new Uint8Array(16) });

  it.each([[[16]], [[1, 16, 1]], [[16, 1, 1]]])('%j take images of one channel', (inputShape) => {
    expect(() => checkFits(vector(inputShape), images(1, 16))).not.toThrow();
  });

  it.each<[readonly number[], number, RegExp]>([
    [[16], 2, /takes 16; say how images are flattened with --preprocessing "image: \[4, 2, 2\]"/],
    [[8, 2, 1], 1, /takes 8x2x1; choose/],
    [[15], 1, /takes 15; choose/],
  ])('%j of %i channels: refused', (inputShape, channels, message) => {
    const size = inputShape.reduce((a, b) => a * b, 1);
    expect(() => checkFits(vector(inputShape), images(channels, size))).toThrow(message);
  });
});

describe('outputs of a network', () => {
  it.each([
    ['a flat layer', network(3, 4, flat), 3],
    ['a map of one place', network(3), 3],
    ['a map that is flattened', network(2, 3, flat), 8],
    ['a map of one channel and one row', network(1, 4, flat), 1],
  ])('are counted of %s', (_, net, outputs) => {
    expect(outputClasses(net)).toBe(outputs);
  });

  it.each([2, 3])('are not those of a map (kernel %i)', (kernel) => {
    const side = 5 - kernel;
    const wrong = () => checkFits(network(3, kernel), dataset([0], 3));
    expect(wrong).toThrow(NetworkError);
    expect(wrong).toThrow(`network 'tiny': its output 'conv' is a map of ${side} x ${side} x 3`);
  });
});

describe('a data set and a network', () => {
  it.each([1, 2, 3, 4, 10])('fit where classes are outputs: %i classes, 3 outputs', (classes) => {
    const check = () => checkFits(network(3, 4, flat), dataset([0], classes));
    if (classes === 3) return expect(check).not.toThrow();
    expect(check).toThrow(DatasetError);
    expect(check).toThrow(`data set 'pictures' has ${classes} classes, but network 'tiny' has 3 outputs`);
  });

  it('do not fit where the network has one output: its class would always be the same', () => {
    expect(() => checkFits(network(1), dataset([0, 1], 2))).toThrow(/2 classes, but network 'tiny' has 1 output;/);
  });

  it('are named with the classes, where these have names', () => {
    const classNames = ['ant', 'bee'];
    expect(() => checkFits(network(3), dataset([0, 1], 2, { classNames }))).toThrow("2 classes ('ant', 'bee'), but");
    const many = Array.from({ length: 40 }, (_, i) => `c${i}`);
    expect(() => checkFits(network(3), dataset([0], 40, { classNames: many }))).toThrow("'c5', 34 more), but");
  });

  it.each([
    [
      'a label beyond the outputs',
      [0, 3, 1],
      {},
      /\(test\): image 1 has label 3, but network 'tiny' has 3 outputs, 0 to 2/,
    ],
    ['the largest label of a byte', [255], {}, /image 0 has label 255/],
    ['a label for each image but one', [0, 1], { count: 3 }, /says it has 3 images, but holds 2 labels/],
    ['images cut off', [0, 1], { images: new Uint8Array(31) }, /31 bytes of images \(32 expected\)/],
    ['images of another size', [0], { shape: [2, 8, 1] as const }, /has images of 2x8x1.*takes 4x4x1/],
  ])('do not fit with %s', (_, labels, more, message) => {
    const check = () => checkFits(network(3), dataset(labels, 3, more));
    expect(check).toThrow(DatasetError);
    expect(check).toThrow(message);
  });
});
