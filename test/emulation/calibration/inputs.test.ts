import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadTf, type Tf } from '../../../src/base/tensorflow/tf.js';
import {
  type CalibrationInputs,
  calibrationInputs,
  type ImageRange,
} from '../../../src/emulation/calibration/inputs.js';
import * as forward from '../../../src/networks/forward.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import { smallImages, smallNetwork } from '../emulator/smallNetwork.js';

const COUNT = 6;
const network = smallNetwork();
const images = preprocess(network, smallImages(COUNT));
let tf: Tf;
beforeAll(async () => {
  tf = await loadTf('wasm');
});

/** [layer][image] */
function all({ inputs }: CalibrationInputs, range?: ImageRange): Float32Array[][] {
  const found: Float32Array[][] = [];
  inputs((layer, x) => {
    found[layer] ??= [];
    found[layer].push(x.slice());
  }, range);
  return found;
}

describe('inputs of the layers on calibration images', () => {
  it.each([
    ['kept', Number.POSITIVE_INFINITY, 1],
    ['let go and computed anew', 0, 2],
  ])('are the same when they have been %s', (_, lastingBytes, passes) => {
    const digital = vi.spyOn(forward, 'loadDigitalNetwork');
    const kept = calibrationInputs(tf, network, images, lastingBytes);
    const before = all(kept);
    expect(before.map((ofLayer) => ofLayer.length)).toEqual(before.map(() => COUNT));
    const held: Float32Array[] = [];
    kept.inputs((_layer, x) => held.push(x.slice()));
    kept.release();
    expect(held).toEqual(before.flat());
    expect(all(kept)).toEqual(before);
    expect(all(kept, { first: 2, end: 5 })).toEqual(before.map((ofLayer) => ofLayer.slice(2, 5)));
    expect(digital).toHaveBeenCalledTimes(passes);
    digital.mockRestore();
  });
});
