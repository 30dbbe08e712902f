/** Known networks by name: torchvision's own lists of tensors load, and come to the published numbers of operations. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FAMILIES } from '../../../../src/networks/formats/architecture/families.js';
import { importWithArchitecture } from '../../../../src/networks/formats/architecture/importArchitecture.js';
import { loadArchitecture } from '../../../../src/networks/formats/architecture/loadArchitecture.js';
import type { Constant } from '../../../../src/networks/formats/import/constant.js';
import { readPreprocessing } from '../../../../src/networks/formats/import/preprocessingText.js';
import { countMacs } from '../../../../src/networks/macCounts.js';
import { inferShapes } from '../../../../src/networks/shapes.js';
import type { Network } from '../../../../src/networks/types.js';

type Shapes = Readonly<Record<string, readonly number[]>>;
const TORCHVISION = JSON.parse(
  gunzipSync(readFileSync(new URL('torchvision.json.gz', import.meta.url))).toString(),
) as Readonly<Record<string, Shapes>>;
const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** Tensors of zeros, all in one memory; VGG's first dense layer of 100 million weights with `width` outputs. */
function zeros(shapes: Shapes, rename = (name: string) => name): Map<string, Constant> {
  const memory = new Float32Array(Math.max(...Object.values(shapes).map(size)));
  return new Map(
    Object.entries(shapes).map(([name, shape]) => [rename(name), { shape, data: memory.subarray(0, size(shape)) }]),
  );
}

/** VGG's classifier with 8 outputs in place of 4,096: its 120 million weights have nothing to show here. */
function narrow(shapes: Shapes): Shapes {
  if (!shapes['classifier.6.weight']) return shapes;
  const own = { 0: [8, 25_088], 3: [8, 8], 6: [1000, 8] };
  const parts = Object.entries(own).flatMap(([at, [outputs, inputs]]) => [
    [`classifier.${at}.weight`, [outputs, inputs]],
    [`classifier.${at}.bias`, [outputs]],
  ]);
  return { ...shapes, ...Object.fromEntries(parts) };
}

async function load(
  name: string,
  tensors: Map<string, Constant>,
  preprocessing: string | null = null,
): Promise<Network> {
  const { architecture, place } = await loadArchitecture(name);
  const names = { place: 'c', architecturePlace: place, name: 'c' };
  const given = preprocessing === null ? null : await readPreprocessing(preprocessing);
  return importWithArchitecture(tensors, architecture, names, given).network;
}

describe('torchvision', () => {
  // Multiply-accumulates as its pages print them (GFLOPS), those of the dense layers that are narrowed here left out.
  const classifier = 25_088 * 4096 + 4096 * 4096 + 4096 * 1000 - (25_088 * 8 + 64 + 8000);
  it.each([
    ['resnet18', 1.81, 0],
    ['resnet34', 3.66, 0],
    ['resnet50', 4.09, 0],
    ['vgg11', 7.61, classifier],
    ['vgg11_bn', 7.61, classifier],
    ['vgg16', 15.47, classifier],
    ['vgg16_bn', 15.47, classifier],
    ['mobilenet_v2', 0.3, 0],
    ['densenet121', 2.83, 0],
  ])('%s: every tensor has a place, %d G multiply-accumulates', async (name, giga, narrowed) => {
    const network = await load(name, zeros(narrow(TORCHVISION[name]!)));
    expect(inferShapes(network).get(network.output)).toEqual([1000]);
    expect(Math.round((countMacs(network).photonic + narrowed) / 1e7) / 100).toBe(giga);
  });

  it('is tested for every name there is', () => {
    expect(Object.keys(FAMILIES).filter((name) => !name.endsWith('-cifar10'))).toEqual(Object.keys(TORCHVISION));
  });

  it('networks trained on other images: size and classes of their own', async () => {
    const shapes = { ...TORCHVISION['resnet18']!, 'fc.weight': [10, 512], 'fc.bias': [10] };
    const network = await load('resnet18', zeros(shapes), 'image: [64, 48, 3], scale: 1/255');
    expect(network.inputShape).toEqual([64, 48, 3]);
    expect(inferShapes(network).get(network.output)).toEqual([10]);
  });

  it.each([
    ['DataParallel', (name: string) => `module.${name}`],
    ['torch.compile', (name: string) => `_orig_mod.${name}`],
  ])('names as %s writes them', async (_, rename) => {
    const shapes = TORCHVISION['mobilenet_v2']!;
    expect((await load('mobilenet_v2', zeros(shapes, rename))).layers).toHaveLength(
      (await load('mobilenet_v2', zeros(shapes))).layers.length,
    );
  });

  it('names of the first DenseNets', async () => {
    const rename = (name: string) => name.replace(/(denselayer\d+\.(?:norm|conv))(\d)/, '$1.$2');
    expect(rename('features.denseblock1.denselayer1.norm1.weight')).toContain('denselayer1.norm.1.weight');
    await load('densenet121', zeros(TORCHVISION['densenet121']!, rename));
  });

  it.each([
    ['resnet18', 'resnet34', /^c: no layer of the architecture uses \d+ tensor\(s\): 'layer1\.2\.conv1\.weight', /],
    [
      'resnet34',
      'resnet18',
      /'layer1\.2\.conv1' \(conv2d\): the checkpoint holds no tensor 'layer1\.2\.conv1\.weight'/,
    ],
    ['resnet18', 'resnet50', /the tensor 'layer1\.0\.conv1\.weight' is \[64,64,1,1\]; 64 filters of 3 x 3 are needed/],
    ['resnet50', 'resnet18', /the tensor 'layer1\.0\.conv1\.weight' is \[64,64,3,3\]; 64 filters of 1 x 1 are needed/],
    ['vgg11', 'vgg16', /the tensor 'features\.2\.weight'|holds no tensor 'features\.3\.weight'/],
    ['mobilenet_v2', 'densenet121', /holds no tensor 'features\.0\.0\.weight'/],
  ])('%s for a checkpoint of %s: the first tensor that does not fit', async (name, other, message) => {
    await expect(load(name, zeros(narrow(TORCHVISION[other]!)))).rejects.toThrow(message);
  });
});

/** Names and shapes of akamaster's ResNets, by the paper's rule: 6 n + 2 layers of 16, 32 and 64 filters. */
function cifarShapes(depth: number): Shapes {
  const shapes: Record<string, number[]> = { 'linear.weight': [10, 64], 'linear.bias': [10] };
  const add = (conv: string, bn: string, filters: number, channels: number) => {
    shapes[`module.${conv}.weight`] = [filters, channels, 3, 3];
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) shapes[`module.${bn}.${part}`] = [filters];
  };
  add('conv1', 'bn1', 16, 3);
  for (const stage of [0, 1, 2])
    for (let i = 0; i < (depth - 2) / 6; i++) {
      const filters = 16 << stage;
      const path = `layer${stage + 1}.${i}`;
      add(`${path}.conv1`, `${path}.bn1`, filters, i === 0 && stage > 0 ? filters / 2 : filters);
      add(`${path}.conv2`, `${path}.bn2`, filters, filters);
    }
  const { 'linear.weight': weight, 'linear.bias': bias, ...rest } = shapes;
  return { ...rest, 'module.linear.weight': weight!, 'module.linear.bias': bias! };
}

describe('ResNets for CIFAR-10', () => {
  // Parameters that are trained, in millions, as table 6 of He et al. 2016 has them.
  it.each([
    [20, 0.27],
    [32, 0.46],
    [44, 0.66],
    [56, 0.85],
    [110, 1.7],
  ])('resnet%d-cifar10: every tensor has a place, %d million parameters', async (depth, millions) => {
    const shapes = cifarShapes(depth);
    const trained = Object.entries(shapes).filter(([name]) => !name.includes('running'));
    const count = trained.reduce((sum, [, shape]) => sum + size(shape), 0);
    expect(Number((count / 1e6).toPrecision(2))).toBe(millions);
    const network = await load(`resnet${depth}-cifar10`, zeros(shapes));
    expect(inferShapes(network).get(network.output)).toEqual([10]);
    // Without the DataParallel it was trained with.
    await load(
      `resnet${depth}-cifar10`,
      zeros(shapes, (name) => name.slice('module.'.length)),
    );
  });
});
