import { describe, expect, it } from 'vitest';
import { calibrate, compileForChip } from '../../../src/emulation/calibration/calibrate.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { sonicMnist } from '../../../src/networks/zoo/sonicMnist.js';

describe('a layer whose activation scale is 0', () => {
  const network = sonicMnist(1);
  const pixels = 28 * 28;
  /** Two images of which a share of the pixels is lit. */
  const images = (share: number) =>
    Float32Array.from({ length: 2 * pixels }, (_, i) => (i % 100 < 100 * share ? 1 : 0));
  const warningsAt = async (activationQuantile: number, share: number) => {
    const hardware = parseHardware({ calibration: { activationQuantile } });
    const program = await compileForChip(network, hardware, 1, await calibrate(network, hardware, images(share)));
    return program.warnings.filter((line) => line.includes("'conv1'"));
  };

  it('blames the quantile where not all is zero, and zeros where all is', async () => {
    const [ofQuantile] = await warningsAt(0.5, 0.2);
    expect(ofQuantile).toMatch(
      /'conv1': at least 50 % of its inputs are 0 in calibration, .*activationQuantile 0\.5 is 0.*raise the quantile/,
    );
    expect(ofQuantile).not.toContain('only zeros');
    expect(await warningsAt(1, 0)).toEqual(["layer 'conv1' saw only zeros in calibration: it yields its shift"]);
    expect(await warningsAt(0.9, 0.2)).toEqual([]);
    expect(await warningsAt(1, 0.2)).toEqual([]);
  }, 60_000);
});
