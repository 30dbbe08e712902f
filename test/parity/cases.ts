/** Layers, hardware and inputs that every backend is compared on. */
import type { LayerSpec } from '../../src/emulation/compiler/layerSpec.js';
import type { HardwareDescription } from '../../src/hardware/description.js';
import { EFFECTS } from '../../src/hardware/fields/effects.js';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { PRESETS, presetHardware } from '../../src/hardware/presets/index.js';
import { batchNormOf, compile, convSpec, denseSpec, inputSize, onlyEffects } from '../helpers/layers.js';
import { randomArray } from '../helpers/random.js';
import type { Batch } from './compare.js';

/** The first, some in between, and the last that section 9 can tell apart. */
const IMAGES = Int32Array.of(0, 5_000, 2 ** 20 - 1);
const SCALE = 0.9;

export interface Case extends Batch {
  readonly name: string;
}

/** A batch of random inputs, a third of them 0, some beyond the scale; images differ. */
function caseOf(name: string, spec: LayerSpec, hardware: HardwareDescription, given: Partial<Batch> = {}): Case {
  const elements = inputSize(spec);
  const x = randomArray(9, IMAGES.length * elements, spec.twoPasses ? -1 : 0, 1, 0.3);
  const program = spec.kind === 'conv2d' ? compile(spec, hardware, SCALE, 2.5) : compile(spec, hardware, SCALE, 6);
  return { name, program, x, images: IMAGES, ...given };
}

const sonic = presetHardware('sonic');
const conv = (options: Parameters<typeof convSpec>[0] = {}) => convSpec({ index: 3, ...options });
const dense = (options: Parameters<typeof denseSpec>[0] = {}) => denseSpec({ index: 5, ...options });
const signedConv = conv({ twoPasses: true, batchNorm: batchNormOf(4) });
const signedDense = dense({ twoPasses: true, batchNorm: batchNormOf(7) });

/** A noise table that is least beside 0, jumps, and ends within what partial sums reach. */
const tableOf = (u: 'u' | 'u_over_range') => [
  [u, u.replace('u', 'sigma')],
  ...[
    [-0.5, 0.04],
    [-0.2, 0.01],
    [-0.001, 0.002],
    [0, 0.0021],
    [0.05, 0],
    [0.051, 0.03],
    [0.3, 0.02],
  ],
];

/** Each effect alone, all and none; a signed input and a batch-norm on the ring. */
export function effectCases(): Case[] {
  const sets: [string, readonly (keyof typeof EFFECTS)[]][] = [
    ['no effect', []],
    ['all effects', Object.keys(EFFECTS) as (keyof typeof EFFECTS)[]],
    ...(Object.keys(EFFECTS) as (keyof typeof EFFECTS)[]).map((name): [string, [typeof name]] => [name, [name]]),
  ];
  const allEffects = Object.keys(EFFECTS) as (keyof typeof EFFECTS)[];
  const tables = (['u', 'u_over_range'] as const).flatMap((u): [string, typeof allEffects, object][] => [
    [`noise table of ${u} alone`, ['converterNoise'], { noiseTable: tableOf(u) }],
    [`noise table of ${u} with all effects`, allEffects, { noiseTable: tableOf(u), effectiveBits: 10 }],
  ]);
  const all = [...sets.map(([name, effects]) => [name, effects, { effectiveBits: 10 }] as const), ...tables];
  return all.flatMap(([name, effects, adc]) => {
    const hardware = parseHardware({
      effects: onlyEffects(...effects),
      adc,
      tuning: { temperatureOffset_K: 0.01 },
    });
    return [caseOf(`${name}, conv2d`, signedConv, hardware), caseOf(`${name}, dense`, signedDense, hardware)];
  });
}

/** Every preset. */
export function presetCases(): Case[] {
  return Object.keys(PRESETS).flatMap((name) => {
    const hardware = presetHardware(name);
    return [caseOf(`${name}, conv2d`, conv(), hardware), caseOf(`${name}, dense`, dense(), hardware)];
  });
}

const filterWithoutWeights = () => {
  const spec = conv();
  return { ...spec, weight: spec.weight.map((w, at) => (at % spec.filters === 1 ? 0 : w)) };
};

/** Shapes that kernels trip over, and options of a run. */
export function shapeCases(): Case[] {
  const shapes: [string, LayerSpec][] = [
    ['stride 2', conv({ input: [9, 7, 3], strides: [2, 2] })],
    ['strides 1 and 3', conv({ input: [7, 9, 2], strides: [1, 3] })],
    [
      'asymmetric padding',
      conv({
        padding: [
          [2, 0],
          [0, 1],
        ],
      }),
    ],
    ['dilation', conv({ input: [9, 10, 2], dilation: [2, 3] })],
    [
      'dilation with stride and padding',
      conv({
        input: [9, 10, 2],
        dilation: [2, 2],
        strides: [2, 1],
        padding: [
          [1, 1],
          [2, 2],
        ],
      }),
    ],
    ['two groups', conv({ input: [6, 6, 4], groups: 2, filters: 6 })],
    ['depthwise', conv({ input: [6, 6, 5], groups: 5, filters: 5 })],
    [
      'depthwise, multiplier 2',
      conv({
        input: [6, 6, 3],
        groups: 3,
        filters: 6,
        padding: [
          [1, 1],
          [1, 1],
        ],
      }),
    ],
    ['1 x 1', conv({ kernel: [1, 1], input: [5, 4, 11] })],
    ['1 x 1 on one pixel', conv({ kernel: [1, 1], input: [1, 1, 12], filters: 3 })],
    ['one filter', conv({ filters: 1 })],
    ['a flat kernel', conv({ kernel: [1, 4], input: [5, 9, 2] })],
    ['width a multiple of 4', conv({ input: [6, 10, 3], filters: 5 })],
    ['a filter without weights', filterWithoutWeights()],
    ['no weights at all', conv({ zeros: 1 })],
    ['signed input', conv({ twoPasses: true })],
    ['one filter, dense', dense({ filters: 1 })],
    ['one input, dense', dense({ inputs: 1, filters: 3 })],
    ['exactly two chunks, dense', dense({ inputs: 100, filters: 16 })],
    ['wide, dense', dense({ inputs: 70, filters: 130 })],
    ['no weights at all, dense', dense({ zeros: 1 })],
    ['signed input, dense', dense({ twoPasses: true })],
  ];
  return shapes.map(([name, spec]) => caseOf(name, spec, sonic));
}

/** A run without noise or converter, inputs of zeros, a scale of 0, the largest seed, one image. */
export function runCases(): Case[] {
  return [signedConv, signedDense].flatMap((spec) => {
    const elements = inputSize(spec);
    const own = (name: string, given: Partial<Batch>) => caseOf(`${name}, ${spec.kind}`, spec, sonic, given);
    const x = randomArray(9, 3 * elements, -1, 1, 0.3);
    const program = spec.kind === 'conv2d' ? compile(spec, sonic, 0, 2.5) : compile(spec, sonic, 0, 6);
    return [
      own('no noise', { noise: false }),
      own('no converter', { adc: false }),
      own('neither', { noise: false, adc: false }),
      own('all inputs 0', { x: new Float32Array(3 * elements) }),
      own('one image of 0 among others', { x: x.map((v, at) => (Math.floor(at / elements) === 1 ? 0 : v)) }),
      own('one pass empty', { x: x.map(Math.abs) }),
      own('scale 0', { program, x: new Float32Array(3 * elements) }),
      own('largest seed', { runSeed: 2 ** 30 - 1 }),
      own('one image', { x: x.subarray(0, elements), images: Int32Array.of(77) }),
    ];
  });
}

/** Offset weights and scales of single images: what is electronic around the kernels, which each backend does its way. */
export function electronicsCases(): Case[] {
  const descriptions: [string, object][] = [
    ['offset', { vdu: { signs: 'offset' } }],
    ['a scale of every image', { calibration: { activationScale: 'perImage' } }],
    [
      'both, all effects',
      { vdu: { signs: 'offset' }, calibration: { activationScale: 'perImage' }, vcsel: { chirp_nm: 0.005 } },
    ],
    [
      'both, no activation codes',
      {
        vdu: { signs: 'offset' },
        calibration: { activationScale: 'perImage' },
        effects: { activationQuantisation: false },
      },
    ],
  ];
  const light = { photonsPerMultiplication: 1e5, photonAverage: 'image' };
  descriptions.push(
    ['a light of every image', { calibration: light, adc: { effectiveBits: 9 } }],
    [
      'scale and light of every image, offset',
      { vdu: { signs: 'offset' }, calibration: { ...light, activationScale: 'perImage' } },
    ],
    [
      'a light of every image, all of it',
      { calibration: { ...light, photonsPerMultiplication: 1e9 }, vcsel: { chirp_nm: 0.005 } },
    ],
  );
  const padding = [
    [1, 1],
    [0, 2],
  ] as const;
  const specs = [conv({ padding }), signedConv, dense(), signedDense, conv({ zeros: 1 })];
  return descriptions.flatMap(([name, given]) =>
    specs.flatMap((spec, i) => {
      const of = caseOf(`${name}, ${spec.kind} ${i}`, spec, parseHardware(given));
      const elements = inputSize(spec);
      // Images of different scale, the last one of zeros.
      const x = of.x.map((v, at) => v * [1, 0.3, 0][Math.floor(at / elements)]!);
      return [{ ...of, x }];
    }),
  );
}

/** Layers with so many conversions that a share of one in a thousand means something; full blocks of all kernels. */
export function largeCases(): Case[] {
  const padding = [
    [1, 1],
    [1, 1],
  ] as const;
  return [
    caseOf('16 x 16, 24 filters', conv({ input: [16, 16, 5], filters: 24, padding }), sonic),
    caseOf('signed, 8 x 16, 20 filters', conv({ input: [8, 16, 4], filters: 20, padding, twoPasses: true }), sonic),
    caseOf('600 inputs, 160 filters', dense({ inputs: 600, filters: 160 }), sonic),
    caseOf('signed, 400 inputs, 96 filters', dense({ inputs: 400, filters: 96, twoPasses: true }), sonic),
  ];
}
