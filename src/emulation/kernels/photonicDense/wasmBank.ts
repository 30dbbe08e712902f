/** The tables from which the WebAssembly kernel evaluates an FC unit's rings. */
import type { DenseBank } from '../../program/types.js';
import type { KernelInstance } from '../wasm/instance.js';
import { Struct } from '../wasm/struct.js';

const BANK = new Struct({
  ringsPerWaveguide: 'u32',
  slots: 'u32',
  units: 'u32',
  crosstalk: 'u32',
  alpha: 'u32',
  errors: 'u32',
  beta: 'u32',
  H: 'u32',
  constants: 'u32',
  shifts: 'u32',
});

/** Uploads a bank; returns its address. */
export function loadBank({ memory }: KernelInstance, bank: DenseBank): number {
  const w = bank.ringsPerWaveguide;
  const slots = w * bank.waveguides;
  const radians = (shift_nm: number) => (Math.PI * shift_nm) / bank.freeSpectralRange_nm;

  const alpha = memory.allocate(16 * (2 * w - 1));
  for (let difference = -(w - 1); difference <= w - 1; difference++) {
    const angle = radians(difference * bank.channelSpacing_nm);
    memory.f64.set([Math.sin(angle), Math.cos(angle)], alpha / 8 + 2 * (w - 1 + difference));
  }
  const errors = memory.allocate(32 * bank.units * slots);
  for (let unit = 0; unit < bank.units; unit++) {
    for (let slot = 0; slot < slots; slot++) {
      const [plus, minus] = [0, 1].map((rail) => radians(bank.error_nm[(unit * 2 + rail) * slots + slot]!)) as [
        number,
        number,
      ];
      memory.f64.set(
        [Math.sin(plus), Math.sin(minus), Math.cos(plus), Math.cos(minus)],
        errors / 8 + 4 * (unit * slots + slot),
      );
    }
  }
  const constants = memory.allocate(8 * 5);
  memory.f64.set(
    [bank.Tmin, bank.Tfs, bank.finesseCoefficient, bank.freeSpectralRange_nm / Math.PI, bank.eoRange_nm],
    constants / 8,
  );

  const address = memory.allocate(BANK.bytes);
  BANK.write(memory, address, {
    ringsPerWaveguide: w,
    slots,
    units: bank.units,
    crosstalk: bank.spectralCrosstalk ? 1 : 0,
    alpha,
    errors,
    beta: memory.allocate(32 * slots),
    H: memory.allocate(16 * slots),
    constants,
  });
  return address;
}
