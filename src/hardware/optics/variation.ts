/**
 * Static errors of resonance of a chip (section 5 of the contract): what process variation leaves, what neighbours'
 * heaters add, and a common temperature offset. Maps are drawn once per chip.
 */
import { philoxNormals, philoxUniforms } from '../../base/random/philox.js';
import { STATIC_MAP, staticSeed } from '../../base/random/seeds.js';
import type { HardwareDescription } from '../description.js';
import type { Bank, BankKind } from './bank.js';
import { convTransmission, detuning_nm } from './ring.js';
import { couplingByDistance } from './thermal.js';

/** What is drawn for a bank of every unit. Index of a ring: (unit * 2 + rail) * slots + slot, rail 0 = +. */
export interface StaticMaps {
  /** Standard normals, before trimResidual_nm. */
  readonly residual: Float64Array;
  /** s in nm: the shift that trimming must undo. */
  readonly trim_nm: Float64Array;
  /** Standard normals, error of the coupling TED knows: [ring index][ring j of the waveguide]. */
  readonly coupling: Float64Array;
}

function bankSlots(hardware: HardwareDescription, kind: BankKind): { slots: number; ringsPerWaveguide: number } {
  const { size } = hardware.vdu[kind];
  const ringsPerWaveguide = Math.min(size, hardware.grid.wavelengthsPerWaveguide);
  return { ringsPerWaveguide, slots: Math.ceil(size / ringsPerWaveguide) * ringsPerWaveguide };
}

/** The trims s of a chip in nm, [units][2 rails][slots]. */
export function drawTrims(hardware: HardwareDescription, chipSeed: number, kind: BankKind): Float64Array {
  const rings = hardware.vdu[kind].units * 2 * bankSlots(hardware, kind).slots;
  const uniforms = philoxUniforms(staticSeed(chipSeed, STATIC_MAP[kind].trim), 0, rings);
  return uniforms.map((uniform) => uniform * 2 * hardware.tuning.trimShift_nm);
}

/** All maps of a chip for `units` units of a bank from unit 0 on. */
export function drawStaticMaps(hardware: HardwareDescription, chipSeed: number, kind: BankKind): StaticMaps {
  const { slots, ringsPerWaveguide } = bankSlots(hardware, kind);
  const rings = hardware.vdu[kind].units * 2 * slots;
  return {
    residual: philoxNormals(staticSeed(chipSeed, STATIC_MAP[kind].residual), 0, rings),
    trim_nm: drawTrims(hardware, chipSeed, kind),
    coupling: philoxNormals(staticSeed(chipSeed, STATIC_MAP[kind].coupling), 0, rings * ringsPerWaveguide),
  };
}

/** Thermo-optic part of an imprint: what the electro-optic tuner cannot reach. */
export function thermoOpticShift_nm(hardware: HardwareDescription, delta_nm: number): number {
  const { mode, eoRange_nm } = hardware.tuning;
  return mode === 'thermal' ? delta_nm : Math.max(delta_nm - eoRange_nm, 0);
}

/** to_j of every FC ring: that of a CONV imprint of one half, whatever is held. */
export function fcThermoOpticShift_nm(hardware: HardwareDescription, bank: Bank): number {
  return thermoOpticShift_nm(hardware, detuning_nm(bank.ring, convTransmission(bank.ring, 0.5)));
}

/**
 * Writes e of one rail of one unit, in nm.
 * @param rail 0 for +, 1 for -.
 * @param thermoOptic_nm to_j of the rail's rings, [slots].
 * @param out written from `offset` on, [slots].
 */
export type RailErrors = (
  unit: number,
  rail: 0 | 1,
  thermoOptic_nm: ArrayLike<number>,
  out: Float64Array,
  offset: number,
) => void;

/** The static errors of a bank on the chip that `maps` were drawn for. */
export function railErrors(hardware: HardwareDescription, bank: Bank, maps: StaticMaps): RailErrors {
  const { slots, ringsPerWaveguide: w } = bank;
  const { effects, tuning } = hardware;
  const coupling = couplingByDistance(hardware, w);
  const common_nm = effects.temperatureOffset ? tuning.thermalShift_nm_per_K * tuning.temperatureOffset_K : 0;
  const share = tuning.ted ? tuning.tedResidual : 1;
  return (unit, rail, thermoOptic_nm, out, offset) => {
    const first = (unit * 2 + rail) * slots;
    for (let slot = 0; slot < slots; slot++) {
      let error_nm = effects.processVariation ? tuning.trimResidual_nm * maps.residual[first + slot]! : 0;
      if (effects.thermalCrosstalk) {
        const waveguide = slot - (slot % w);
        let parasitic_nm = 0;
        for (let j = 0; j < w; j++) {
          const ring = waveguide + j;
          if (ring === slot) continue;
          const known = tuning.ted ? maps.coupling[(first + slot) * w + j]! : 1;
          parasitic_nm +=
            coupling[Math.abs(ring - slot)]! * known * (maps.trim_nm[first + ring]! + thermoOptic_nm[ring]!);
        }
        error_nm += share * parasitic_nm;
      }
      out[offset + slot] = error_nm + common_nm;
    }
  };
}
