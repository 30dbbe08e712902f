/**
 * Networks that everybody trains, as architecture files, in the names of the checkpoints that are handed round: torchvision's
 * (https://pytorch.org/vision/stable/models.html), and for CIFAR-10 those of akamaster/pytorch_resnet_cifar10.
 */
type Line = Readonly<Record<string, unknown>> | string;

const IMAGENET = { scale: '1/255', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Of torchvision's pictures. */
const FRAME = { resize: 256, crop: 224 };

interface ConvSettings {
  readonly filters: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution that keeps rows and columns, but for its stride. */
const conv = (name: string, { filters, kernel, stride = 1, groups = 1 }: ConvSettings): Line => ({
  conv2d: name,
  filters,
  kernel,
  stride,
  padding: (kernel - 1) / 2,
  groups,
});
const norm = (name: string): Line => ({ batchNorm: name });

const file = (name: string, size: number, layers: readonly Line[]): string =>
  JSON.stringify({
    name,
    input: [size, size, 3],
    preprocessing: size === 224 ? { ...IMAGENET, ...FRAME } : IMAGENET,
    layers,
  });

/** Two convolutions of 3 x 3, or one between two of 1 x 1 (He et al. 2016; the stride is that of the 3 x 3, as torchvision has it). */
function residual(path: string, filters: number, stride: number, bottleneck: boolean, projects: boolean): Line[] {
  const before = `before.${path}`;
  const out = bottleneck ? 4 * filters : filters;
  const main = bottleneck
    ? [
        conv(`${path}.conv1`, { filters, kernel: 1 }),
        norm(`${path}.bn1`),
        'relu',
        conv(`${path}.conv2`, { filters, kernel: 3, stride }),
        norm(`${path}.bn2`),
        'relu',
        conv(`${path}.conv3`, { filters: out, kernel: 1 }),
        norm(`${path}.bn3`),
      ]
    : [
        conv(`${path}.conv1`, { filters, kernel: 3, stride }),
        norm(`${path}.bn1`),
        'relu',
        conv(`${path}.conv2`, { filters, kernel: 3 }),
        norm(`${path}.bn2`),
      ];
  const last = bottleneck ? `${path}.bn3` : `${path}.bn2`;
  const shortcut = projects
    ? [
        { ...(conv(`${path}.downsample.0`, { filters: out, kernel: 1, stride }) as object), input: before },
        norm(`${path}.downsample.1`),
      ]
    : [];
  return [
    { dropout: null, name: before },
    ...main,
    ...shortcut,
    { add: [last, projects ? `${path}.downsample.1` : before] },
    'relu',
  ];
}

function resnet(name: string, blocks: readonly number[], bottleneck: boolean): string {
  const stages = blocks.flatMap((count, stage) =>
    Array.from({ length: count }, (_, i) => {
      const isFirst = i === 0;
      const filters = 64 * 2 ** stage;
      const projects = isFirst && (stage > 0 || bottleneck);
      return residual(`layer${stage + 1}.${i}`, filters, isFirst && stage > 0 ? 2 : 1, bottleneck, projects);
    }).flat(),
  );
  return file(name, 224, [
    conv('conv1', { filters: 64, kernel: 7, stride: 2 }),
    norm('bn1'),
    'relu',
    { maxPool: 3, stride: 2, padding: 1 },
    ...stages,
    'globalAveragePool',
    { dense: 'fc' },
  ]);
}

/** Shortcuts of option A: every second row and column, and as many channels of zeros as are missing (He et al. 2016, 4.2). */
function cifarResnet(depth: number): string {
  const blocks = (depth - 2) / 6;
  const stages = [16, 32, 64].flatMap((filters, stage) =>
    Array.from({ length: blocks }, (_, i): Line[] => {
      const path = `layer${stage + 1}.${i}`;
      const halves = stage > 0 && i === 0;
      const before = `before.${path}`;
      const more = filters / 4;
      return [
        { dropout: null, name: before },
        conv(`${path}.conv1`, { filters, kernel: 3, stride: halves ? 2 : 1 }),
        norm(`${path}.bn1`),
        'relu',
        conv(`${path}.conv2`, { filters, kernel: 3 }),
        norm(`${path}.bn2`),
        ...(halves
          ? [
              { slice: { rows: [0, null, 2], columns: [0, null, 2] }, input: before },
              { pad: { channels: [more, more] }, name: `${path}.shortcut` },
            ]
          : []),
        { add: [`${path}.bn2`, halves ? `${path}.shortcut` : before] },
        'relu',
      ];
    }).flat(),
  );
  return file(`resnet${depth}-cifar10`, 32, [
    conv('conv1', { filters: 16, kernel: 3 }),
    norm('bn1'),
    'relu',
    ...stages,
    'globalAveragePool',
    { dense: 'linear' },
  ]);
}

/** Simonyan and Zisserman 2015; a zero stands for a pool. */
const VGG: Readonly<Record<11 | 16, readonly number[]>> = {
  11: [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0],
  16: [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0],
};

function vgg(depth: 11 | 16, hasNorm: boolean): string {
  const layers: Line[] = [];
  // Names are the places in torch.nn.Sequential, where activations and pools count.
  let at = 0;
  for (const filters of VGG[depth]) {
    if (filters === 0) {
      layers.push({ maxPool: 2 });
      at++;
      continue;
    }
    layers.push(conv(`features.${at++}`, { filters, kernel: 3 }));
    if (hasNorm) layers.push(norm(`features.${at++}`));
    layers.push('relu');
    at++;
  }
  const dense = ['classifier.0', 'classifier.3'].flatMap((name): Line[] => [{ dense: name }, 'relu']);
  return file(`vgg${depth}${hasNorm ? '_bn' : ''}`, 224, [...layers, 'flatten', ...dense, { dense: 'classifier.6' }]);
}

/** Expansion, filters, blocks, stride of the first (Sandler et al. 2018, table 2). */
const MOBILENET_V2 = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

function mobilenetV2(): string {
  const layers: Line[] = [conv('features.0.0', { filters: 32, kernel: 3, stride: 2 }), norm('features.0.1'), 'relu6'];
  let [at, channels] = [1, 32];
  for (const [expansion, filters, count, first] of MOBILENET_V2) {
    for (let i = 0; i < count; i++) {
      const path = `features.${at++}`;
      const [stride, hidden] = [i === 0 ? first : 1, channels * expansion];
      const wide = expansion === 1 ? 0 : 1;
      const expand = [conv(`${path}.conv.0.0`, { filters: hidden, kernel: 1 }), norm(`${path}.conv.0.1`), 'relu6'];
      layers.push(
        { dropout: null, name: `before.${path}` },
        ...(wide ? expand : []),
        conv(`${path}.conv.${wide}.0`, { filters: hidden, kernel: 3, stride, groups: hidden }),
        norm(`${path}.conv.${wide}.1`),
        'relu6',
        conv(`${path}.conv.${wide + 1}`, { filters, kernel: 1 }),
        norm(`${path}.conv.${wide + 2}`),
        ...(stride === 1 && channels === filters ? [{ add: ['previous', `before.${path}`] }] : []),
      );
      channels = filters;
    }
  }
  return file('mobilenet_v2', 224, [
    ...layers,
    conv('features.18.0', { filters: 1280, kernel: 1 }),
    norm('features.18.1'),
    'relu6',
    'globalAveragePool',
    { dense: 'classifier.1' },
  ]);
}

/** Huang et al. 2017: each layer takes all before it in its block; 32 channels more a layer, half of them between blocks. */
function densenet121(): string {
  const layers: Line[] = [
    conv('features.conv0', { filters: 64, kernel: 7, stride: 2 }),
    norm('features.norm0'),
    'relu',
    { maxPool: 3, stride: 2, padding: 1 },
  ];
  let channels = 64;
  for (const [i, count] of [6, 12, 24, 16].entries()) {
    for (let j = 1; j <= count; j++) {
      const path = `features.denseblock${i + 1}.denselayer${j}`;
      layers.push(
        { dropout: null, name: `before.${path}` },
        norm(`${path}.norm1`),
        'relu',
        conv(`${path}.conv1`, { filters: 128, kernel: 1 }),
        norm(`${path}.norm2`),
        'relu',
        conv(`${path}.conv2`, { filters: 32, kernel: 3 }),
        { concat: [`before.${path}`, `${path}.conv2`] },
      );
      channels += 32;
    }
    if (i === 3) break;
    const path = `features.transition${i + 1}`;
    channels /= 2;
    layers.push(norm(`${path}.norm`), 'relu', conv(`${path}.conv`, { filters: channels, kernel: 1 }), {
      averagePool: 2,
    });
  }
  return file('densenet121', 224, [
    ...layers,
    norm('features.norm5'),
    'relu',
    'globalAveragePool',
    { dense: 'classifier' },
  ]);
}

/** The text of each architecture file, by name. */
export const FAMILIES: Readonly<Record<string, () => string>> = {
  resnet18: () => resnet('resnet18', [2, 2, 2, 2], false),
  resnet34: () => resnet('resnet34', [3, 4, 6, 3], false),
  resnet50: () => resnet('resnet50', [3, 4, 6, 3], true),
  vgg11: () => vgg(11, false),
  vgg11_bn: () => vgg(11, true),
  vgg16: () => vgg(16, false),
  vgg16_bn: () => vgg(16, true),
  mobilenet_v2: mobilenetV2,
  densenet121,
  'resnet32-cifar10': () => cifarResnet(32),
  'resnet44-cifar10': () => cifarResnet(44),
  'resnet56-cifar10': () => cifarResnet(56),
  'resnet110-cifar10': () => cifarResnet(110),
};
