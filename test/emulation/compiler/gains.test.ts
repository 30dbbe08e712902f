import { describe, expect, it } from 'vitest';
import type { BatchNormSpec } from '../../../src/emulation/compiler/layerSpec.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, inputSize, naive, onlyEffects, runReference } from '../../helpers/layers.js';
import { randomArray } from '../../helpers/random.js';

/** Four filters; the second gain is negative, the third 0. */
const batchNorm: BatchNormSpec = {
  gamma: [1.5, -0.7, 0, 0.25],
  beta: [0.1, -0.2, 0.3, 0],
  mean: [0.5, 0, -0.4, 2],
  variance: [0.8, 1.9, 0.3, 4],
  epsilon: 1e-3,
};

/** What batch-norm makes of plain sums. */
function digital(sums: Float64Array, bias: ArrayLike<number>): Float64Array {
  return sums.map((sum, at) => {
    const f = at % 4;
    const deviation = Math.sqrt(batchNorm.variance[f]! + batchNorm.epsilon);
    return (batchNorm.gamma[f]! * (sum + bias[f]! - batchNorm.mean[f]!)) / deviation + batchNorm.beta[f]!;
  });
}

describe.each(['conv2d', 'dense'] as const)('batch-norm of a %s layer', (kind) => {
  const spec =
    kind === 'conv2d'
      ? convSpec({ batchNorm, twoPasses: true })
      : denseSpec({ batchNorm, filters: 4, twoPasses: true });
  const x = randomArray(11, inputSize(spec), -1, 1, 0.3);
  const program = (hardware: ReturnType<typeof parseHardware>) =>
    spec.kind === 'conv2d' ? compile(spec, hardware, 1) : compile(spec, hardware, 1);

  it.each(['optical', 'folded'] as const)('%s is batch-norm after the layer, with all effects off', (place) => {
    const hardware = parseHardware({ batchNorm: place, effects: onlyEffects() });
    expect(runReference(program(hardware), x).y).toBeAllclose(digital(naive(spec, x), spec.bias!), {
      atol: 1e-10,
      rtol: 0,
    });
  });

  it('optical: gains are scaled to the largest, coded, and never below the notch', () => {
    const { gain, gainScale, weightScale } = program(parseHardware({ batchNormDac: { bits: 4 } }));
    const G = [0, 1, 2, 3].map((f) => batchNorm.gamma[f]! / Math.sqrt(batchNorm.variance[f]! + batchNorm.epsilon));
    expect(gainScale).toBeAllclose(Math.abs(G[0]!));
    // 4 bits: |G| / largest = 1, 0.3031.., 0, 0.0746.. -> codes 15, 5 (4.55), 0, 1 (1.12); 0 becomes Tmin = 10^-2.5.
    expect(gain).toBeAllclose([1, 5 / 15, 10 ** -2.5, 1 / 15]);
    expect(weightScale).toBeAllclose(Math.max(...spec.weight.map(Math.abs)));
  });

  it('folded: weights are scaled before quantisation, and a codebook breaks', () => {
    const levels = Float32Array.from({ length: spec.weight.length }, (_, at) => ((at % 41) + 1) / 64);
    const clustered = { ...spec, weight: levels } as typeof spec;
    const [optical, folded] = (['optical', 'folded'] as const).map((place) => {
      const hardware = parseHardware({ batchNorm: place });
      return clustered.kind === 'conv2d' ? compile(clustered, hardware, 1) : compile(clustered, hardware, 1);
    });
    expect([optical!.weightLevels, folded!.weightLevels]).toEqual(['codebook', 'uniform']);
    expect(folded!.gainScale).toBe(1);
    expect([...folded!.gain]).toEqual([1, 1, 1, 1]);
  });
});

describe('without batch-norm', () => {
  it('gains are 1 and the shift is the bias; no bias is 0', () => {
    const { gain, gainScale, shift } = compile(convSpec({ bias: null }), parseHardware({}), 1);
    expect([...gain, gainScale]).toEqual([1, 1, 1, 1, 1]);
    expect([...shift]).toEqual([0, 0, 0, 0]);
  });
});

describe('a gain of 0 everywhere', () => {
  it('does no optics', () => {
    const none = { ...batchNorm, gamma: [0, 0, 0, 0] };
    const { y, passes } = runReference(
      compile(convSpec({ batchNorm: none }), parseHardware({}), 1),
      randomArray(1, 90, 0, 1),
    );
    expect(passes).toEqual([]);
    expect([...y.subarray(0, 4)]).toBeAllclose(batchNorm.beta as number[]);
  });
});
