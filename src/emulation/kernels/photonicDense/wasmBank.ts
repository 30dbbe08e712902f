/** The tables from which the WebAssembly kernel evaluates an FC unit's rings. */
import type { DenseProgram } from '../../program/types.js';
import type { KernelInstance, MeasuredBank } from '../wasm/instance.js';
import { Struct } from '../wasm/struct.js';
import { bankOfProgram, rowHolderOf, rowTuning } from './holdRow.js';

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
  source: 'u32',
  gain: 'u32',
  streamExcess: 'u32',
  excess: 'u32',
  slopes: 'u32',
  measured: 'u32',
  shifts: 'u32',
});

/** [units][slots] of a value of rail + and one of rail -, float64, from [units][2 rails][slots]. */
function loadRailPairs({ memory }: KernelInstance, values: Float64Array, slots: number): number {
  const address = memory.allocate(8 * values.length);
  for (let at = 0; at < values.length; at++) {
    const [unit, rail, slot] = [Math.floor(at / (2 * slots)), Math.floor(at / slots) % 2, at % slots];
    memory.f64[address / 8 + 2 * (unit * slots + slot) + rail] = values[at]!;
  }
  return address;
}

/** Uploads a layer's bank; returns its address. */
export function loadBank(instance: KernelInstance, program: DenseProgram): number {
  const { memory } = instance;
  const { bank, chirp_nm, lightPoint, inputs } = program;
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
  const source = bank.source_nm ? memory.allocate(16 * bank.source_nm.length) : 0;
  bank.source_nm?.forEach((shift_nm, at) => {
    memory.f64.set([Math.sin(radians(shift_nm)), Math.cos(radians(shift_nm))], source / 8 + 2 * at);
  });
  const constants = memory.allocate(8 * 10);
  memory.f64.set(
    [
      bank.Tmin,
      bank.Tfs,
      bank.finesseCoefficient,
      bank.freeSpectralRange_nm / Math.PI,
      bank.eoRange_nm,
      radians(bank.heating?.full_nm ?? 0),
      chirp_nm,
      lightPoint?.[0] ?? 0,
      lightPoint?.[1] ?? 0,
      bank.rails,
    ],
    constants / 8,
  );

  const address = memory.allocate(BANK.bytes);
  const H = memory.allocate(16 * slots);
  const slopes = chirp_nm === 0 ? 0 : memory.allocate(16 * slots);
  BANK.write(memory, address, {
    ringsPerWaveguide: w,
    slots,
    units: bank.units,
    crosstalk: bank.spectralCrosstalk ? 1 : 0,
    alpha,
    errors,
    beta: memory.allocate(32 * slots),
    H,
    constants,
    source,
    gain: bank.gain ? loadRailPairs(instance, bank.gain, slots) : 0,
    streamExcess: bank.heating ? loadRailPairs(instance, bank.heating.excess, inputs) : 0,
    excess: bank.heating ? memory.allocate(16 * slots) : 0,
    slopes,
    measured: bank.response ? 1 : 0,
  });
  if (bank.response) instance.measuredBanks.set(address, measuredBank(instance, program, { address, H, slopes }));
  return address;
}

/** Evaluates a bank whose response is measured on the host, by the functions that define it. */
function measuredBank(
  { memory }: KernelInstance,
  program: DenseProgram,
  { address, H, slopes }: { readonly address: number; readonly H: number; readonly slopes: number },
): MeasuredBank {
  const holdRow = rowHolderOf(program, bankOfProgram(program));
  return (unit, values, count) => {
    const held = memory.f64.slice(values / 8, values / 8 + count);
    const excess = BANK.read(memory, address, 'excess') / 8;
    const heat = (rail: 0 | 1) =>
      program.bank.heating
        ? Float64Array.from({ length: count }, (_, slot) => memory.f64[excess + 2 * slot + rail]!)
        : null;
    const row = holdRow(unit, held, heat);
    for (const rail of [0, 1] as const) {
      for (let slot = 0; slot < count; slot++) {
        memory.f64[H / 8 + 2 * slot + rail] = row.H[rail][slot]!;
        if (slopes) memory.f64[slopes / 8 + 2 * slot + rail] = row.D![rail][slot]!;
      }
    }
    const { eo_nm, to_nm, slow } = rowTuning(program.bank, row.detuning_nm.subarray(0, count));
    const shifts = BANK.read(memory, address, 'shifts') / 8 + (slow ? 1 : 0);
    memory.f64[shifts]! += eo_nm;
    memory.f64[shifts + 2]! += to_nm;
    return slow ? 1 : 0;
  };
}
