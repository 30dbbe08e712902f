/** Powers of two change no digit of a float32: scaling the input and, the other way, the first weights changes no result. */
import { describe, expect, it } from 'vitest';
import { CompileError } from '../../../src/base/errors.js';
import type { BackendName } from '../../../src/emulation/backends/index.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { createBatchRunner } from '../../../src/emulation/emulator/batchRunner.js';
import { presetHardware } from '../../../src/hardware/presets/index.js';
import { preprocess } from '../../../src/networks/preprocess.js';
import type { Network } from '../../../src/networks/types.js';
import { compile, denseSpec } from '../../helpers/layers.js';
import { smallImages, smallNetwork } from './smallNetwork.js';

const COUNT = 3;
const images = smallImages(COUNT);
const hardware = presetHardware('sonic');

function scaledBy(power: number): Network {
  const network = smallNetwork();
  const { scale, ...rest } = network.preprocessing;
  return {
    ...network,
    inputRange: [0, 2 ** power],
    preprocessing: { ...rest, scale: scale * 2 ** power },
    layers: network.layers.map((layer) =>
      layer.name === 'conv1' && layer.kind === 'conv2d'
        ? { ...layer, weight: layer.weight.map((w) => w * 2 ** -power) }
        : layer,
    ),
  };
}

async function logitsOf(power: number, backend: BackendName) {
  const network = scaledBy(power);
  const program = await compileForChip(
    network,
    hardware,
    1,
    await calibrate(network, hardware, preprocess(network, images)),
  );
  const fidelities = program.layers.map(() => 'exact' as const);
  const job = { network, program, fidelities, digital: true, backend, runSeed: 1, images, imageSize: 162 };
  const runner = await createBatchRunner(job);
  const { digital, emulated } = await runner(0, COUNT);
  runner.dispose();
  return { digital, emulated };
}

describe.each(['wasm', 'reference'] as const)('scaling by powers of two on %s', (backend) => {
  it.each([-100, -60, -1, 7, 60, 100])('2^%d changes no bit', async (power) => {
    expect(await logitsOf(power, backend)).toEqual(await logitsOf(0, backend));
  });
});

describe('activation scales at the ends of float32', () => {
  const spec = denseSpec({ inputs: 60, filters: 5 });
  const fround = Math.fround;

  it.each([1e-38, 1e-36, 1e-34, Number.NaN, Number.POSITIVE_INFINITY])('%d is refused with what to do', (scale) => {
    expect(() => compile(spec, hardware, fround(scale))).toThrow(CompileError);
    expect(() => compile(spec, hardware, fround(scale))).toThrow(
      /layer 'layer': its activation scale S_x.* power of two/,
    );
  });

  it.each([1e-33, 1e-30, 1, 1e30, 1e38, 3.4e38])('%d has a code scale that float32 holds', (scale) => {
    const { codeScale } = compile(spec, hardware, fround(scale)).activationDac;
    expect(codeScale).toBeGreaterThanOrEqual(2 ** -126);
    expect(Math.abs((codeScale * fround(scale)) / 65535 - 1)).toBeLessThan(1e-6);
  });

  it('1 bit has no code scale at 1e38', () => {
    const oneBit = presetHardware('sonic', { activationDac: { bits: 1 } });
    expect(() => compile(spec, oneBit, fround(1e38))).toThrow(CompileError);
  });
});
