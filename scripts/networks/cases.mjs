/**
 * What docs/networks.md is made of: checkpoints trained elsewhere, and what is done with each. An argument `{NAME}` stands
 * for a file or folder that the caller names; the commands on the page show its own name instead.
 */

/** Claims rest on as many chips and images. */
export const CHIPS = 4;
export const IMAGES = 2000;

const CIFAR10 = ['--dataset', 'cifar10', '--data', '{cifar10}'];
const MNIST = ['--dataset', 'mnist'];

/**
 * `known` is the accuracy over all 10,000 test images that the checkpoint's authors publish, or that a program other than
 * this one (ONNX Runtime, PyTorch, Keras, TensorFlow.js) finds.
 */
export const NETWORKS = [
  {
    id: 'mnist-8',
    title: 'MNIST CNN of the ONNX model zoo',
    file: 'onnx/mnist-8/mnist-8.onnx',
    options: MNIST,
    known: 98.91,
  },
  {
    id: 'lenet',
    title: 'LeNet of TensorSpace, TF.js',
    file: 'tfjs/tensorspace-lenet/mnist.json',
    options: [...MNIST, '--preprocessing', 'scale: 1/255'],
    known: 97.64,
  },
  {
    id: 'denograd',
    title: 'CNN of denograd, safetensors',
    file: 'safetensors/denograd_mnist.safetensors',
    options: [...MNIST, '--architecture', 'denograd-mnist'],
    known: 99.16,
  },
  {
    id: 'resnet-2b',
    title: 'ResNet-2B of VNN-COMP, ONNX',
    file: 'onnx/cifar10_resnet_2b.onnx',
    options: [
      ...CIFAR10,
      '--preprocessing',
      'scale: 1/255, mean: [0.4914, 0.4822, 0.4465], std: [0.2471, 0.2435, 0.2616]',
    ],
    known: 69.25,
  },
  {
    id: 'resnet8',
    title: 'ResNet-8 of MLPerf Tiny, Keras',
    file: 'keras/mlperf_tiny_pretrainedResnet.h5',
    options: CIFAR10,
    known: 87.19,
  },
  {
    id: 'resnet20',
    title: 'ResNet-20 of akamaster, PyTorch',
    file: 'pytorch/resnet20-12fca82f.th',
    options: [...CIFAR10, '--architecture', 'resnet20-cifar10'],
    known: 91.73,
  },
];

const COUNTS = ['--images', String(IMAGES), '--chips', String(CHIPS)];
const RESNET8 = NETWORKS.find(({ id }) => id === 'resnet8');
const RESNET8_FILE = `{checkpoints}/${RESNET8.file}`;

/** How ResNet-8's loss is won back: what is done, the network that runs, what differs from the plain run. */
export const RESNET8_STUDY = [
  { id: 'bits-7', what: '7-bit weight DACs', from: RESNET8_FILE, set: ['--set', 'weightDac.bits=7'] },
  { id: 'bits-8', what: '8-bit weight DACs', from: RESNET8_FILE, set: ['--set', 'weightDac.bits=8'] },
  { id: 'bits-10', what: '10-bit weight DACs', from: RESNET8_FILE, set: ['--set', 'weightDac.bits=10'] },
  {
    id: 'optimistic',
    what: 'preset `sonic-optimistic`',
    from: RESNET8_FILE,
    set: ['--hardware', 'sonic-optimistic'],
  },
  { id: 'clusters', what: '64 clusters', from: '{made}/resnet8-clustered.safetensors', set: [] },
  { id: 'trained', what: 'trained on for the hardware', from: '{made}/resnet8-trained.safetensors', set: [] },
  {
    id: 'clusters-trained',
    what: '64 clusters, then trained on',
    from: '{made}/resnet8-clustered-trained.safetensors',
    set: [],
  },
];

const TRAINING = ['--hardware', 'sonic', '--steps', '1000', '--rate', '0.001'];

/** Checkpoints that are made first, in order: each a command that ends in the file it writes. */
export const MADE = [
  {
    file: 'resnet8-clustered.safetensors',
    args: ['cluster', RESNET8_FILE, '--clusters', '64', '--out', '{made}/resnet8-clustered.safetensors'],
  },
  {
    file: 'resnet8-trained.safetensors',
    args: ['train', RESNET8_FILE, ...CIFAR10, ...TRAINING, '--out', '{made}/resnet8-trained.safetensors'],
  },
  {
    file: 'resnet8-clustered-trained.safetensors',
    args: [
      ...['train', '{made}/resnet8-clustered.safetensors', ...CIFAR10, ...TRAINING],
      ...['--out', '{made}/resnet8-clustered-trained.safetensors'],
    ],
  },
];

/** Attribution in parts that may run side by side: the effects that move a point, of those that are on in `sonic`. */
const EFFECTS = [
  'weightQuantisation,extinction',
  'thermalCrosstalk,processVariation',
  'sourceWavelength,gainErrors',
  'selfHeating,thermalNoise',
];
export const ATTRIBUTIONS = EFFECTS.map((_, i) => `resnet8-attribution-${i + 1}`);

/** Every run, by the name of the JSON that it leaves. `emulated` ones take a backend. */
export const RUNS = [
  ...NETWORKS.flatMap(({ id, file, options }) => {
    const plain = ['run', `{checkpoints}/${file}`, ...options];
    return [
      { id: `${id}-digital`, args: [...plain, '--fidelity', 'digital'], emulated: false },
      { id: `${id}-ideal`, args: [...plain, '--hardware', 'sonic-ideal', '--images', String(IMAGES)], emulated: true },
      { id: `${id}-sonic`, args: [...plain, ...COUNTS], emulated: true },
    ];
  }),
  ...EFFECTS.map((effects, i) => ({
    id: ATTRIBUTIONS[i],
    args: ['attribute', RESNET8_FILE, ...CIFAR10, ...COUNTS, '--effects', effects],
    emulated: true,
  })),
  ...RESNET8_STUDY.map(({ id, from, set }) => ({
    id: `resnet8-${id}`,
    args: ['run', from, ...CIFAR10, ...set, ...COUNTS],
    emulated: true,
  })),
];
