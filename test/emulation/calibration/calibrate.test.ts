/** Calibration as a step of its own: what is measured, on which images, and that it does not depend on who asked before. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../../src/datasets/types.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import type { Program } from '../../../src/emulation/program/types.js';
import { calibrateOn } from '../../../src/experiments/run/runExperiment.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { randomArray } from '../../helpers/random.js';
import { smallNetwork } from '../emulator/smallNetwork.js';

const network = smallNetwork();
const SIZE = network.inputShape.reduce((a, b) => a * b);
const images = randomArray(5, 3 * SIZE, 0, 1, 0.3);

const NOTHING = parseHardware({ effects: { selfHeating: false } });
const HEATED = parseHardware({});
const CHIRPED = parseHardware({ vcsel: { chirp_nm: 0.02 }, effects: { selfHeating: false } });
/** Emit other values: a floor that is not there, and few codes. */
const FLOORLESS = parseHardware({ vcsel: { chirp_nm: 0.02 }, effects: { extinction: false } });
const COARSE = parseHardware({ activationDac: { bits: 2 } });

const measured = ({ layers }: Program) =>
  layers.map(({ activationScale, adc, operatingPoint, lightPoint, ...layer }) => ({
    ...{ activationScale, range: adc.range, operatingPoint, lightPoint },
    streamMean: layer.kind === 'conv2d' ? layer.streamMean : null,
  }));

describe('one calibration', () => {
  it('serves hardware of any kind as one of its own does, in any order', async () => {
    const all = [NOTHING, HEATED, CHIRPED, FLOORLESS, COARSE, HEATED];
    for (const order of [all, all.toReversed()]) {
      const shared = await calibrate(network, order[0]!, images);
      for (const hardware of order) {
        const own = await compileForChip(network, hardware, 1, await calibrate(network, hardware, images));
        expect(measured(await compileForChip(network, hardware, 1, shared))).toEqual(measured(own));
      }
    }
  });

  it('measures streams anew only where VCSELs emit something else', async () => {
    const shared = await calibrate(network, NOTHING, images);
    const sizes: number[] = [];
    for (const hardware of [NOTHING, HEATED, CHIRPED, FLOORLESS, COARSE]) {
      await compileForChip(network, hardware, 1, shared);
      sizes.push(shared.streams.size);
    }
    expect(sizes).toEqual([0, 1, 1, 2, 3]);
  });
});

describe('stream means and light point', () => {
  it('are those of plain loops over the images', async () => {
    const program = await compileForChip(
      network,
      parseHardware({ vcsel: { chirp_nm: 0.02 } }),
      1,
      await calibrate(network, HEATED, images),
    );
    const layer = program.layers[0]!;
    if (layer.kind !== 'conv2d') throw new Error('the first layer is a convolution');
    const { geometry, activationScale, activationDac, floor, passes } = layer;
    const [rows, columns, channels] = geometry.input;
    const [means, squares] = [0, 0].map(() => new Float64Array(layer.streamMean!.length)) as [
      Float64Array,
      Float64Array,
    ];
    const count = 3 * passes * geometry.output[0] * geometry.output[1];
    for (let image = 0; image < 3; image++) {
      for (let pass = 0; pass < passes; pass++) {
        for (let oy = 0; oy < geometry.output[0]; oy++) {
          for (let ox = 0; ox < geometry.output[1]; ox++) {
            means.forEach((_, at) => {
              const c = at % channels;
              const kx = Math.floor(at / channels) % geometry.kernel[1];
              const ky = Math.floor(at / channels / geometry.kernel[1]);
              const y = oy * geometry.strides[0] + ky * geometry.dilation[0] - geometry.padding[0][0];
              const x = ox * geometry.strides[1] + kx * geometry.dilation[1] - geometry.padding[1][0];
              if (y < 0 || x < 0 || y >= rows || x >= columns) return;
              const signed = images[image * SIZE + (y * columns + x) * channels + c]! * (pass === 0 ? 1 : -1);
              // Section 2 in two lines; no code of these images lies on an edge.
              const code = Math.round((Math.max(signed, 0) / activationScale) * activationDac.maximumCode);
              const v = Math.min(code / activationDac.maximumCode, 1);
              const light = v < floor / 2 ? 0 : Math.max(v, floor);
              means[at]! += light / count;
              squares[at]! += light ** 2 / count;
            });
          }
        }
      }
    }
    // Codes are one float32 product: a few round otherwise here, and move a mean by a level of 2^-16 over all that it is of.
    expect(layer.streamMean!).toBeAllclose(means, { rtol: 1e-6 });
    const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
    expect(layer.lightPoint!).toBeAllclose(sum(squares) / sum(means), { rtol: 1e-6 });
    const lit = means.filter((m) => m > 0);
    expect(layer.operatingPoint!).toBeAllclose(sum(lit) / lit.length, { rtol: 1e-6 });
  });
});

describe('a program', () => {
  const bytes = Uint8Array.from({ length: 4 * SIZE }, (_, i) => (i * 37) % 256);
  const labels = Uint8Array.of(0, 1, 2, 0);
  const dataset: Dataset = {
    ...{ name: 'mine', split: 'train', shape: network.inputShape as Dataset['shape'], classes: 3, count: 4 },
    ...{ images: bytes, labels, sha256: 'of all four', source: 'a test' },
  };
  const compiledOn = async (set: Dataset, count: number) => {
    const hardware = parseHardware({ calibration: { images: count } });
    return compileForChip(network, hardware, 1, await calibrateOn(network, hardware, set));
  };

  it('names the images that it was calibrated on, by the hash of these and no others', async () => {
    const hash = createHash('sha256')
      .update(bytes.subarray(0, 2 * SIZE))
      .update(labels.subarray(0, 2))
      .digest('hex');
    const { calibration } = await compiledOn(dataset, 2);
    expect(calibration).toEqual({ dataset: 'mine', split: 'train', images: 2, hash });
  });

  it('says that all were fewer than asked for, and why a split stands for another', async () => {
    const { calibration } = await compiledOn({ ...dataset, split: 'test', fallback: 'there is no other' }, 9);
    expect(calibration).toEqual({
      ...{ dataset: 'mine', split: 'test', images: 4, hash: 'of all four', fallback: 'there is no other' },
    });
  });

  it('names none where nobody said which they are', async () => {
    expect(
      (await compileForChip(network, HEATED, 1, await calibrate(network, HEATED, images))).calibration,
    ).toBeUndefined();
  });
});
