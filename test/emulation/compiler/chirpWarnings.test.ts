/** Warnings of chirp against derivatives taken from transmissions alone, by moving the light. */

import { describe, expect, it } from 'vitest';
import { chirpedRings, chirpWarnings } from '../../../src/emulation/compiler/chirpWarnings.js';
import { compileNetwork } from '../../../src/emulation/compiler/compile.js';
import { macSpecs } from '../../../src/emulation/compiler/network.js';
import { numbersOf } from '../../../src/emulation/program/coded.js';
import { chipErrors, holdBank } from '../../../src/experiments/devices/heldBank.js';
import { bankOf } from '../../../src/hardware/optics/bank.js';
import { parseHardware } from '../../../src/hardware/parseHardware.js';
import { compile, convSpec, denseSpec, streamsFor } from '../../helpers/layers.js';
import { smallNetwork } from '../emulator/smallNetwork.js';

/** Light that is off by so much sees every ring as one that is off by as much the other way. */
const STEP_nm = 1e-5;
const STILL = { selfHeating: false };
const hardwareOf = (chirp_nm: number, temperatureOffset_K = 0) =>
  parseHardware({
    vcsel: { chirp_nm },
    effects: STILL,
    vdu: { fc: { size: 20, units: 3 } },
    tuning: { thermalShift_nm_per_K: 1, temperatureOffset_K },
  });

/** |chirp D| / (2 c) of every slot of a rail that holds values, D a difference quotient over a common shift of all rings. */
function sharesOf(kind: 'conv' | 'fc', held: readonly number[], unit: number, chirp_nm: number) {
  const [low, high] = [-STEP_nm, STEP_nm].map((shift) => {
    const hardware = hardwareOf(chirp_nm, shift);
    const bank = bankOf(hardware, kind);
    return holdBank(hardware, bank, held, { errors: chipErrors(hardware, bank, 1), unit }).transmission;
  });
  const { c } = bankOf(hardwareOf(chirp_nm), kind);
  return [0, 1].map((rail) =>
    held.map((_, slot) => Math.abs((chirp_nm * (high![rail]![slot]! - low![rail]![slot]!)) / (2 * STEP_nm)) / (2 * c)),
  );
}

const beyond = (shares: readonly number[]) => shares.filter((share) => share > 0.1).length;

describe('rings that chirp moves much', () => {
  it.each([0.01, 0.03, 0.1])('are those of the weights of a convolution: %d nm', (chirp_nm) => {
    const program = compile(convSpec({ filters: 6 }), hardwareOf(chirp_nm), 1);
    const shares = Array.from(program.rowFilter).flatMap((_, r) => {
      const held = Array.from(numbersOf(program.held).subarray(program.rowStart[r], program.rowStart[r + 1]));
      const rails = sharesOf('conv', held, r % 50, chirp_nm);
      return held.map((w, slot) => rails[w < 0 ? 1 : 0]![slot]!);
    });
    const rings = chirpedRings(program, bankOf(hardwareOf(chirp_nm), 'fc'))!;
    expect([rings.beyond, rings.rings]).toEqual([beyond(shares), program.entryK.length]);
    expect(rings.worst).toBeAllclose(Math.max(...shares), { rtol: 1e-4 });
    if (chirp_nm === 0.03) expect(rings.beyond).toBeGreaterThan(0);
  });

  it.each([0.01, 0.03, 0.1])('are those of FC banks at their steepest activation: %d nm', (chirp_nm) => {
    const program = compile(denseSpec({ inputs: 30 }), hardwareOf(chirp_nm), 1);
    const most = new Array<number>(3 * 2 * 20).fill(0);
    for (let unit = 0; unit < 3; unit++) {
      for (let k = 1; k <= 20; k++) {
        sharesOf('fc', new Array<number>(20).fill(k / 20), unit, chirp_nm).forEach((rail, r) => {
          rail.forEach((share, slot) => {
            const at = (unit * 2 + r) * 20 + slot;
            most[at] = Math.max(most[at]!, share);
          });
        });
      }
    }
    const rings = chirpedRings(program, bankOf(hardwareOf(chirp_nm), 'fc'))!;
    expect([rings.beyond, rings.rings]).toEqual([beyond(most), most.length]);
    expect(rings.worst).toBeAllclose(Math.max(...most), { rtol: 1e-4 });
  });

  it('are none without chirp', () => {
    const fc = bankOf(hardwareOf(0), 'fc');
    expect(chirpedRings(compile(convSpec(), hardwareOf(0), 1), fc)).toBeNull();
    expect(chirpWarnings([compile(denseSpec(), hardwareOf(0), 1)], fc)).toEqual([]);
  });
});

describe('a compiled network', () => {
  const network = smallNetwork();
  const warningsAt = (chirp_nm: number) => {
    const scales = macSpecs(network).map((spec) => ({ activationScale: 1, ...streamsFor(spec) }));
    return compileNetwork(network, hardwareOf(chirp_nm), { chipSeed: 1, scales }).warnings.filter((w) =>
      /chirp/.test(w),
    );
  };

  it('says for each layer how many rings there are', () => {
    const lines = warningsAt(0.05);
    expect(lines).toHaveLength(network.layers.filter(({ kind }) => kind === 'conv2d' || kind === 'dense').length);
    expect(lines[0]).toMatch(
      /^layer 'conv1': half of vcsel\.chirp_nm 0\.05 moves \d+ of \d+ rings that hold a weight by more than 0\.1 of a full-scale product/,
    );
    expect(lines.at(-1)).toMatch(/ of 120 rings at some activation by more than /);
  });

  it('says nothing where chirp is small or off', () => {
    expect(warningsAt(0.001)).toEqual([]);
    expect(warningsAt(0)).toEqual([]);
  });
});
