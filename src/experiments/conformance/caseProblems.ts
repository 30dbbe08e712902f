/** What the format's types cannot say of a case: shapes that fit together, numbers in range, hardware that exists. */

import { LAST_SEED, MAXIMUM_IMAGES, MAXIMUM_MAC_LAYERS } from '../../base/random/seeds.js';
import { hardwareOf } from '../../hardware/descriptionFiles.js';
import type { BankCase, ConformanceCase, LayerCase, NestedNumbers, PhiloxCase, StaticCase } from './caseSchema.js';

/** A key of a case and what is wrong with its value. */
export interface CaseProblem {
  readonly key: string;
  readonly what: string;
}

type Test = readonly [good: boolean, key: string, what: string];

function firstProblem(tests: readonly Test[]): CaseProblem | null {
  const failed = tests.find(([good]) => !good);
  return failed ? { key: failed[1], what: failed[2] } : null;
}

/** Sizes of nested arrays, or null where they are ragged or empty. */
function shapeOf(values: NestedNumbers | number): readonly number[] | null {
  if (typeof values === 'number') return [];
  const shapes = values.map((value) => shapeOf(value));
  const [first] = shapes;
  if (!first || shapes.some((shape) => shape?.join() !== first.join())) return null;
  return [values.length, ...first];
}

const isWithin = (value: number, last: number) => value >= 0 && value <= last;
const SEED_RANGE = 'is not from 0 to 2^30 - 1';

/** What calibration would have measured, and the hardware needs. */
function measuredProblem({ layer, hardware: given }: LayerCase): CaseProblem | null {
  const { calibration, effects, vcsel } = hardwareOf(given);
  const chirps = effects.chirp && vcsel.chirp_nm !== 0;
  const byStream = chirps && vcsel.tuningPoint === 'stream';
  const isConv = layer.kind === 'conv2d';
  return firstProblem([
    [
      calibration.photonsPerMultiplication === null || layer.meanActivation !== undefined,
      'layer.meanActivation',
      'is missing, from which light by calibration.photonsPerMultiplication follows',
    ],
    [
      !isConv || !(effects.selfHeating || byStream) || layer.streamMean !== undefined,
      'layer.streamMean',
      'is missing, which effects.selfHeating and vcsel.tuningPoint stream take',
    ],
    [
      !isConv || !chirps || byStream || layer.lightPoint !== undefined,
      'layer.lightPoint',
      'is missing, about which sources of vcsel.chirp_nm are tuned',
    ],
  ]);
}

function convProblem({ layer, input }: LayerCase): CaseProblem | null {
  if (layer.kind !== 'conv2d') return null;
  const weight = shapeOf(layer.weight)!;
  const [rows, columns, channels] = shapeOf(input) as [number, number, number];
  const outputs = [rows, columns].map((size, axis) => {
    const [before, after] = layer.padding[axis]!;
    return (size + before + after - layer.dilation[axis]! * (weight[axis]! - 1) - 1) / layer.strides[axis]! + 1;
  });
  return firstProblem([
    [
      layer.groups >= 1 && layer.bias.length % layer.groups === 0,
      'layer.groups',
      'does not divide the number of filters',
    ],
    [
      channels === weight[2]! * layer.groups,
      'input',
      `has ${channels} channels, the weights and groups ask for ${weight[2]! * layer.groups}`,
    ],
    [layer.strides.every((stride) => stride >= 1), 'layer.strides', 'is not 1 or more'],
    [layer.dilation.every((dilation) => dilation >= 1), 'layer.dilation', 'is not 1 or more'],
    [layer.padding.flat().every((zeros) => zeros >= 0), 'layer.padding', 'is negative'],
    [outputs.every((size) => size >= 1), 'input', 'is smaller than the kernel'],
  ]);
}

function layerProblem(given: LayerCase): CaseProblem | null {
  const { layer, input, seeds, imageIndex, expected } = given;
  const filters = layer.bias.length;
  const isConv = layer.kind === 'conv2d';
  const [weight, inputShape] = [shapeOf(layer.weight), shapeOf(input)];
  const common = firstProblem([
    [isWithin(seeds.run, LAST_SEED), 'seeds.run', SEED_RANGE],
    [isWithin(seeds.chip, LAST_SEED), 'seeds.chip', SEED_RANGE],
    [isWithin(imageIndex, MAXIMUM_IMAGES - 1), 'imageIndex', `is not from 0 to ${MAXIMUM_IMAGES - 1}`],
    [isWithin(layer.index, MAXIMUM_MAC_LAYERS - 1), 'layer.index', `is not from 0 to ${MAXIMUM_MAC_LAYERS - 1}`],
    [layer.activationScale >= 0, 'layer.activationScale', 'is negative'],
    [layer.adcRange > 0, 'layer.adcRange', 'is not positive'],
    [filters > 0, 'layer.bias', 'is empty'],
    [weight?.length === (isConv ? 4 : 2), 'layer.weight', `is not a full array of ${isConv ? 4 : 2} dimensions`],
    [weight?.at(-1) === filters, 'layer.weight', `is for ${weight?.at(-1)} filters, layer.bias for ${filters}`],
    [inputShape?.length === (isConv ? 3 : 1), 'input', `is not a full array of ${isConv ? 3 : 1} dimensions`],
    [
      isConv || inputShape?.[0] === weight?.[0],
      'input',
      `has ${inputShape?.[0]} elements, layer.weight is for ${weight?.[0]}`,
    ],
    [
      layer.twoPasses || !JSON.stringify(input).includes('-'),
      'input',
      'has a negative value, but layer.twoPasses is false',
    ],
    [expected.passes.length <= 2, 'expected.passes', 'has more than two entries'],
  ]);
  if (common) return common;
  const { batchNorm } = layer;
  const short =
    batchNorm && (['gamma', 'beta', 'mean', 'variance'] as const).find((key) => batchNorm[key].length !== filters);
  if (short)
    return { key: `layer.batchNorm.${short}`, what: `has ${batchNorm[short].length} values for ${filters} filters` };
  return convProblem(given) ?? measuredProblem(given);
}

function unitProblem(given: BankCase | StaticCase): CaseProblem | null {
  const { size, units } = hardwareOf(given.hardware).vdu[given.bank];
  const indices = given.kind === 'bank' ? given.unit : [given.unit];
  return firstProblem([
    [isWithin(given.seeds.chip, LAST_SEED), 'seeds.chip', SEED_RANGE],
    [indices.every((unit) => isWithin(unit, units - 1)), 'unit', `is not from 0 to ${units - 1}`],
    ...(given.kind === 'bank'
      ? ([
          [
            given.held.length === given.unit.length,
            'held',
            `has ${given.held.length} rows, unit has ${given.unit.length}`,
          ],
          [given.held.every((row) => row.length <= size), 'held', `has a row longer than the unit's ${size} slots`],
        ] satisfies Test[])
      : []),
  ]);
}

function philoxProblem({ seed, firstSample, samples, expected }: PhiloxCase): CaseProblem | null {
  return firstProblem([
    [seed.every((word) => isWithin(word, 2 ** 31 - 1)), 'seed', 'is not a pair from 0 to 2^31 - 1'],
    [isWithin(firstSample, 2 ** 53 - 1), 'firstSample', 'is negative'],
    [
      samples === expected.normals.length,
      'samples',
      `is ${samples}, but expected.normals has ${expected.normals.length}`,
    ],
  ]);
}

/**
 * The first thing that is wrong with a case, or null.
 * @throws DescriptionError for a hardware description that does not exist.
 */
export function caseProblem(given: ConformanceCase): CaseProblem | null {
  switch (given.kind) {
    case 'layer':
      return hardwareOf(given.hardware) && layerProblem(given);
    case 'bank':
    case 'static':
      return unitProblem(given);
    case 'ring':
      return hardwareOf(given.hardware) && null;
    case 'philox':
      return philoxProblem(given);
    default:
      return given satisfies never;
  }
}
