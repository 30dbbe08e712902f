/** What of a chip's bank the kernel that holds rows needs to know (`assembly/holdJob.ts`): it does not depend on the rows. */
import type { HardwareDescription } from '../../../hardware/description.js';
import { type Bank, channelAngles } from '../../../hardware/optics/bank.js';
import { JACOBI_ROUNDS } from '../../../hardware/optics/convBank.js';
import { ringPlaces } from '../../../hardware/optics/ringPlaces.js';
import { type BankErrors, electroOpticRange_nm } from '../../../hardware/optics/variation.js';
import type { KernelInstance } from '../wasm/instance.js';
import { Struct } from '../wasm/struct.js';

export const ROWS_JOB = new Struct({
  rows: 'u32',
  ringsPerWaveguide: 'u32',
  slots: 'u32',
  rails: 'u32',
  crosstalk: 'u32',
  rounds: 'u32',
  constants: 'u32',
  alpha: 'u32',
  parked: 'u32',
  errors: 'u32',
  source: 'u32',
  gain: 'u32',
  places: 'u32',
  held: 'u32',
  excess: 'u32',
  scratch: 'u32',
  H: 'u32',
  slopes: 'u32',
  tuning: 'u32',
});

/** Place in `constants` of the heating of a ring that takes all light, radians. */
export const HEATING = 6;
/** Numbers of a block of rows, at most: it stays in the second-level cache. */
const BLOCK_NUMBERS = 2 ** 14;

/** Rows at a time. */
export const blockOf = ({ slots }: Bank) => Math.max(2, 2 * Math.floor(BLOCK_NUMBERS / (2 * slots)));

/** Writes numbers into memory. Returns their address. */
function upload({ memory }: KernelInstance, values: ArrayLike<number>): number {
  const address = memory.allocate(8 * values.length);
  memory.f64.set(values, address / 8);
  return address;
}

/** (sin, cos) of angles, one pair behind the other. */
function turns(count: number, angle: (at: number) => number): Float64Array {
  return Float64Array.from({ length: 2 * count }, (_, at) => (at % 2 ? Math.cos : Math.sin)(angle(at >> 1)));
}

/** What of a chip's bank does not depend on the rows, in memory. Returns the job. */
export function loadBank(
  instance: KernelInstance,
  hardware: HardwareDescription,
  bank: Bank,
  errors: BankErrors,
): number {
  const { ring, slots, ringsPerWaveguide: w } = bank;
  const { memory } = instance;
  const { units } = hardware.vdu.conv;
  const perNm = Math.PI / ring.freeSpectralRange_nm;
  const { sine, cosine } = channelAngles(bank);
  const parked = new Float64Array(w * w).fill(1);
  const places = ringPlaces(bank);
  for (let i = 0; i < w; i++) places.writePassed(0, i, parked, i);
  const error_nm = new Float64Array(units * 2 * slots);
  const none = new Float64Array(slots);
  for (let unit = 0; unit < units; unit++)
    for (const rail of [0, 1] as const) errors.rail(unit, rail, none, error_nm, (2 * unit + rail) * slots);
  const rows = blockOf(bank);
  const numbers = 8 * slots * rows;
  const job = memory.allocate(ROWS_JOB.bytes);
  const { Tmin, Tfs, finesseCoefficient, freeSpectralRange_nm } = ring;
  const range_nm = electroOpticRange_nm(hardware);
  const solves = hardware.grid.compensation === 'full' && bank.spectralCrosstalk;
  const { source_nm, gain } = errors;
  ROWS_JOB.write(memory, job, {
    ringsPerWaveguide: w,
    slots,
    rails: bank.rails,
    crosstalk: bank.spectralCrosstalk ? 1 : 0,
    rounds: solves ? JACOBI_ROUNDS : 0,
    constants: upload(instance, [Tmin, Tfs, finesseCoefficient, freeSpectralRange_nm / Math.PI, range_nm, bank.X, 0]),
    alpha: upload(
      instance,
      Float64Array.from({ length: 2 * w * w }, (_, at) => (at % 2 ? cosine : sine)[at >> 1]!),
    ),
    parked: upload(instance, parked),
    errors: upload(
      instance,
      turns(error_nm.length, (at) => perNm * error_nm[at]!),
    ),
    source: source_nm
      ? upload(
          instance,
          turns(source_nm.length, (at) => perNm * source_nm[at]!),
        )
      : 0,
    gain: gain ? upload(instance, gain) : 0,
    places: memory.allocate(8 * rows),
    held: memory.allocate(numbers),
    scratch: memory.allocate(64 * slots + 16 * w * (w + 3)),
    H: memory.allocate(2 * numbers),
    tuning: memory.allocate(8 * rows),
  });
  return job;
}
