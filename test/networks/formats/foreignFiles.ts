/**
 * Checkpoints trained elsewhere. Three come with the project (test/data/foreign, licences in its manifest); the others are
 * read where they are there: too large, or not ours to bundle.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));

export interface ForeignFile {
  readonly path: string;
  readonly dataset: 'mnist' | 'cifar10';
  readonly architecture?: string;
  readonly preprocessing?: string;
  /** Share of the 10,000 test images its authors (or the file itself, run elsewhere) get right. */
  readonly accuracy: number;
  /** How far that differs from one of their own implementations to another; 0 where they do not say. */
  readonly spread?: number;
  readonly parameters: number;
}

export const BUNDLED = fileURLToPath(new URL('../../data/foreign/', import.meta.url));
const file = (path: string) => `${DATA}checkpoints/${path}`;
const own = (path: string) => `${BUNDLED}${path}`;

export const FOREIGN: readonly ForeignFile[] = [
  { path: own('mnist-8.onnx'), dataset: 'mnist', accuracy: 0.9891, parameters: 5994 },
  {
    path: file('onnx/cifar10_resnet_2b.onnx'),
    dataset: 'cifar10',
    preprocessing: 'scale: 1/255, mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616]',
    accuracy: 0.6925,
    parameters: 112_006,
  },
  { path: own('mlperf_tiny_pretrainedResnet.h5'), dataset: 'cifar10', accuracy: 0.8719, parameters: 78_666 },
  {
    path: own('mlperf_tiny_resnet8_int8.tflite'),
    dataset: 'cifar10',
    // Of TensorFlow's own interpreter with XNNPACK; 0.8717 with its plain kernels.
    accuracy: 0.8705,
    spread: 0.0012,
    parameters: 77_706,
  },
  {
    path: own('tensorspace-lenet/mnist.json'),
    dataset: 'mnist',
    preprocessing: 'scale: 1/255',
    accuracy: 0.9764,
    parameters: 61_706,
  },
  {
    path: file('safetensors/denograd_mnist.safetensors'),
    dataset: 'mnist',
    architecture: 'denograd-mnist',
    accuracy: 0.9916,
    parameters: 88_042,
  },
  {
    path: file('pytorch/resnet20-12fca82f.th'),
    dataset: 'cifar10',
    architecture: 'resnet20-cifar10',
    accuracy: 0.9173,
    // 269,722 that are trained (0.27 M, as published) and the batch-norms' moving statistics.
    parameters: 271_098,
  },
];

export const MNIST_TEST_VECTOR = BUNDLED;
export const CIFAR10 = `${DATA}cifar10/cifar-10-binary.tar.gz`;
export const isThere = (path: string) => existsSync(path);
