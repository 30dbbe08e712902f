import { describe, expect, it } from 'vitest';
import { NetworkError } from '../../../src/base/errors.js';
import type { Workload } from '../../../src/cost/accelerators/workload.js';
import { workloadOf } from '../../../src/cost/accelerators/workload.js';
import { relu } from '../../../src/networks/build.js';
import { sonicCifar10Structure } from '../../../src/networks/zoo/sonicCifar10.js';
import { sonicMnistStructure } from '../../../src/networks/zoo/sonicMnist.js';
import { inceptionBn, inceptionV3 } from './benchmarks/inception.js';
import { resNet } from './benchmarks/resnet.js';
import { alexNet, vgg } from './benchmarks/vgg.js';

const convolutionMacs = ({ layers }: Workload) =>
  layers.filter(({ kind }) => kind === 'conv2d').reduce((sum, { macs }) => sum + macs, 0);
const count = ({ operators }: Workload, kind: string) => operators.filter((operator) => operator.kind === kind).length;

describe('well-known networks', () => {
  it('VGG: multiply-accumulates of the convolutions, layer by layer, and published parameters', () => {
    expect(convolutionMacs(vgg(16))).toBe(15_346_630_656);
    expect(convolutionMacs(vgg(19))).toBe(19_508_428_800);
    expect(vgg(16).parameters).toBe(138_357_544);
    expect(vgg(11).parameters).toBe(132_863_336);
    expect(vgg(19).parameters).toBe(143_667_240);
  });

  // What torchvision prints, where a convolution before a batch-norm has no bias and moving statistics do not count: 3 of
  // our 4 + 1 parameters a filter less.
  it.each([
    ['ResNet-50', () => resNet(50), 25_557_032, 3.8e9],
    ['ResNet-152', () => resNet(152), 60_192_808, 11.3e9],
    ['Inception-v3', inceptionV3, 23_834_568, 5.71e9],
  ] as const)('%s has the parameters and multiply-accumulates of its papers and code', (_, make, parameters, macs) => {
    const network = make();
    const filters = network.layers
      .filter(({ kind }) => kind === 'conv2d')
      .reduce((sum, { output }) => sum + output[2], 0);
    expect(network.parameters - 3 * filters).toBe(parameters);
    expect(network.macs / macs).toBeCloseTo(1, 1);
  });

  it('have the layers and operators of their papers', () => {
    expect(resNet(50).layers).toHaveLength(53 + 1);
    expect(count(resNet(50), 'batchNorm')).toBe(53);
    expect(count(resNet(50), 'relu')).toBe(49);
    expect(count(resNet(50), 'add')).toBe(16);
    expect(resNet(152).layers).toHaveLength(155 + 1);
    expect(inceptionBn().layers).toHaveLength(69 + 1);
    expect(count(inceptionBn(), 'concat')).toBe(10);
    expect(inceptionV3().layers).toHaveLength(94 + 1);
    // Szegedy et al., 2015: about 2 G multiply-adds.
    expect(inceptionBn().macs / 2e9).toBeCloseTo(1, 1);
    expect(alexNet().layers.map(({ output }) => output[2])).toEqual([96, 256, 384, 384, 256, 4096, 4096, 1000]);
  });
});

describe('workloadOf', () => {
  const mnist = workloadOf(sonicMnistStructure(), { weightSparsity: { conv2: 0.5 } });

  it('has sizes and multiply-accumulates of every layer', () => {
    // conv1: 28 * 28 positions of 25 * 40; conv2: 24 * 24 of 1000 * 16; 2304 * 640; 640 * 10.
    expect(mnist.layers.map(({ macs }) => macs)).toEqual([784_000, 9_216_000, 1_474_560, 6_400]);
    expect(mnist.macs).toBe(11_480_960);
    expect(mnist.layers[1]).toMatchObject({
      input: [28, 28, 40],
      output: [24, 24, 16],
      kernel: [5, 5],
      weights: 16_000,
    });
    expect(mnist.layers[2]).toMatchObject({ input: [1, 1, 2304], output: [1, 1, 640], kernel: [1, 1] });
    expect(mnist.parameters).toBe(1_498_730);
  });

  it('knows what leaves a layer: after pooling, and the logits without zeros', () => {
    expect(mnist.layers.map(({ results }) => results)).toEqual([28 * 28 * 40, 12 * 12 * 16, 640, 10]);
    expect(mnist.layers.map(({ resultSparsity }) => resultSparsity)).toEqual([0.5, 0.5, 0.5, 0]);
  });

  it('has the given zero weights, and no zero pixels', () => {
    expect(mnist.layers.map(({ weightSparsity }) => weightSparsity)).toEqual([0, 0.5, 0, 0]);
    expect(mnist.layers.map(({ activationSparsity }) => activationSparsity)).toEqual([0, 0.5, 0.5, 0.5]);
  });

  it('lists what a framework launches: everything but flattening', () => {
    expect(count(mnist, 'flatten')).toBe(0);
    expect(mnist.operators).toHaveLength(sonicMnistStructure().layers.length - 1);
    const cifar = workloadOf(sonicCifar10Structure());
    const convolutions = 32 ** 2 * (27 + 288) * 32 + 16 ** 2 * (288 + 576) * 64 + 8 ** 2 * (576 + 1152) * 128;
    expect(cifar.macs).toBe(convolutions + 2048 * 128 + 1280);
    // 8 of multiply-accumulates, 7 batch-norms, 7 ReLUs, 3 poolings and one flattening, which launches nothing.
    expect(cifar.operators).toHaveLength(25);
  });

  it('refuses shares outside 0 .. 1 and networks without multiply-accumulates', () => {
    expect(() => workloadOf(sonicMnistStructure(), { activationSparsity: 1.2 })).toThrow(/1.2: a share/);
    const plain = { ...sonicMnistStructure(), layers: [relu('relu', 'input')], output: 'relu' };
    expect(() => workloadOf(plain)).toThrow(NetworkError);
  });
});
