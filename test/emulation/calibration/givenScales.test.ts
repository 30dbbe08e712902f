/** A quantised network on hardware with its own grid: the DAC's codes are the network's. */
import { describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { givenScales } from '../../../src/emulation/calibration/givenScales.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import type { Layer, Network } from '../../../src/networks/types.js';
import { randomArray } from '../../helpers/random.js';

const dense = (name: string, from: string, inputs: number): Layer => ({
  kind: 'dense',
  name,
  inputs: [from],
  weight: randomArray(1, inputs * 4, -1, 1),
  weightShape: [inputs, 4],
  bias: null,
});
const quantise = (name: string, from: string, scale: number, [low, high]: [number, number], zeroPoint = 0): Layer => ({
  kind: 'quantise',
  name,
  inputs: [from],
  scale,
  zeroPoint,
  low,
  high,
});
const network = (...layers: Layer[]): Network => ({
  name: 'grids',
  inputShape: [6],
  inputRange: [0, 1],
  preprocessing: { scale: 1 / 255, mean: [0], std: [1] },
  layers,
  output: layers.at(-1)!.name,
});

describe('scales that a network gives', () => {
  it('are the width of the grid of a layer, also behind what keeps it', () => {
    const relu: Layer = { kind: 'activation', name: 'relu', inputs: ['q2'], function: 'relu' };
    const given = givenScales(
      network(
        quantise('q', 'input', 0.25, [0, 255]),
        dense('a', 'q', 6),
        quantise('q2', 'a', 0.5, [-128, 127], 3),
        relu,
        dense('b', 'relu', 4),
        dense('c', 'b', 4),
      ),
    );
    expect(given).toEqual([0.25 * 255, 0.5 * 255, null]);
  });

  it('of tensors of several grids joined are the widest, and none where one is on no grid', () => {
    const joined = (...inputs: string[]): Layer => ({ kind: 'concat', name: 'join', inputs, axis: 0 });
    const [q, r] = [quantise('q', 'input', 0.25, [0, 255]), quantise('r', 'input', 1, [0, 15])];
    expect(givenScales(network(q, r, joined('q', 'r'), dense('a', 'join', 12)))).toEqual([63.75]);
    expect(givenScales(network(q, joined('q', 'input'), dense('a', 'join', 12)))).toEqual([null]);
  });

  it('are the DAC of a compiled layer: of 8 bits, steps of the grid itself', async () => {
    const net = network(quantise('q', 'input', 2 ** -9, [0, 255]), dense('a', 'q', 6));
    const images = randomArray(3, 60, 0, 0.2);
    const hardware = (activationScale: string) =>
      parseHardware({ activationDac: { bits: 8 }, calibration: { activationScale } });
    const scaleOn = async (name: string) => {
      const calibration = await calibrate(net, hardware(name), images);
      return (await compileForChip(net, hardware(name), 1, calibration)).layers[0]!.activationScale;
    };
    expect(await scaleOn('given')).toBe(255 * 2 ** -9);
    expect(await scaleOn('calibrated')).toBeLessThan(0.21);
  });

  it('are calibrated for layers that have none, which a warning names', async () => {
    const net = network(quantise('q', 'input', 2 ** -9, [0, 255]), dense('a', 'q', 6), dense('b', 'a', 4));
    const compiled = async (activationScale: string) => {
      const hardware = parseHardware({ calibration: { activationScale } });
      return compileForChip(net, hardware, 1, await calibrate(net, hardware, randomArray(3, 60, 0, 0.2)));
    };
    const [given, calibrated] = [await compiled('given'), await compiled('calibrated')];
    expect(given.layers[1]!.activationScale).toBe(calibrated.layers[1]!.activationScale);
    expect(given.warnings.filter((warning) => !calibrated.warnings.includes(warning))).toEqual([
      "calibration.activationScale given: the network gives no scale to 1 of 2 layers, whose input is on no grid; they have calibrated ones: 'b'",
    ]);
  });

  it('are asked of a quantised network only', async () => {
    const net = network(dense('a', 'input', 6));
    const hardware = parseHardware({ calibration: { activationScale: 'given' } });
    const calibration = await calibrate(net, hardware, randomArray(3, 6, 0, 1));
    await expect(compileForChip(net, hardware, 1, calibration)).rejects.toThrow(
      /^calibration\.activationScale given: no layer takes activations on a grid of the network/,
    );
  });
});
