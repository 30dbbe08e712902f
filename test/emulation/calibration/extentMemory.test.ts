/**
 * Extents that are remembered: compiling after other compiles gives what a calibration of its own does, whatever field of the
 * description changed in between, and what nothing depends on is not measured anew.
 */
import { describe, expect, it, vi } from 'vitest';
import { WasmKernels } from '../../../src/emulation/backends/wasmKernels.js';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { withField } from '../../helpers/fieldValues.js';
import { expectNothingStale, images, network, units } from './fieldChanges.js';

describe('a program after others is that of a first compile', () => {
  it('a value of every field', () => expectNothingStale({}, 1));

  it('of another chip, too', async () => {
    const hardware = parseHardware(units);
    const shared = await calibrate(network, hardware, images);
    for (const chip of [1, 2, 1]) {
      const fresh = await compileForChip(network, hardware, chip, await calibrate(network, hardware, images));
      expect(await compileForChip(network, hardware, chip, shared)).toEqual(fresh);
    }
  });
});

describe('what is measured anew', () => {
  it.each<[string, unknown, boolean]>([
    ['cost.idlePower_mW', 5, false],
    ['adc.power_mW', 5, false],
    ['tuning.eoPower_uW_per_nm', 5, false],
    ['adc.range', 'full', false],
    // What is left without converter noise differs in its last bits, too.
    ['adc.effectiveBits', 6, true],
    // Kernels reckon in steps of the ADC, so that the last bits of a maximum are other ones.
    ['adc.bits', 9, true],
    ['adc.rangeQuantile', 0.9, true],
    ['microring.qualityFactor', 9000, true],
    ['vcsel.extinction_dB', 10, true],
  ])('after a change of %s to %j: %j', async (path, value, isAnew) => {
    const shared = await calibrate(network, parseHardware(units), images);
    await compileForChip(network, parseHardware(units), 1, shared, { withSnr: false });
    const load = vi.spyOn(WasmKernels.prototype, 'load');
    await compileForChip(network, withField(units, path, value)!, 1, shared, { withSnr: false });
    const { calls } = load.mock;
    load.mockRestore();
    expect(calls.length > 0).toBe(isAnew);
  });
});
