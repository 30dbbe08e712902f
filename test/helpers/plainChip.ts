/**
 * The static side of a chip in plain code, from the text of the contract (sections 3, 4, 5 and 9): shares nothing with src.
 * Only for hardware at the preset's ring (Q 8000, 25 dB, FSR 18 nm, 2 linewidths, 5 um radius and gap).
 */

const MASK = 0xffffffffn;

/** Philox4x32-10 (Salmon et al., SC'11) in integers of any size. */
export function philox(counter: readonly number[], key: readonly number[]): number[] {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [0xd2511f53n * c0, 0xcd9e8d57n * c2];
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & MASK, (p0 >> 32n) ^ c3 ^ k1, p0 & MASK];
    k0 = (k0 + 0x9e3779b9n) & MASK;
    k1 = (k1 + 0xbb67ae85n) & MASK;
  }
  return [c0, c1, c2, c3].map(Number);
}

/** Word `sample` of the stream of (s0, s1); the four of its group. */
function group(s0: number, s1: number, sample: number): number[] {
  const [mix0, mix1, mix2, mix3] = philox([s0, 0, s1, 0], [0x3ec8f720, 0x02461e29]) as [number, number, number, number];
  return philox([Math.floor(sample / 4), 0, mix2, mix3], [mix0, mix1]);
}

const uniformOf = (word: number) => (word & 0x7fffff) / 2 ** 23;

export interface PlainRandom {
  uniform(sample: number): number;
  normal(sample: number): number;
}

/** Samples of the stream of (s0, s1). */
export function stream(s0: number, s1: number): PlainRandom {
  return {
    uniform: (sample) => uniformOf(group(s0, s1, sample)[sample % 4]!),
    normal: (sample) => {
      const words = group(s0, s1, sample).slice(sample % 4 < 2 ? 0 : 2);
      const radius = Math.sqrt(-2 * Math.log(Math.max(uniformOf(words[0]!), 1e-7)));
      const angle = 2 * Math.PI * uniformOf(words[1]!);
      return sample % 2 === 0 ? radius * Math.sin(angle) : radius * Math.cos(angle);
    },
  };
}

/** A static map of a chip. */
export const chipMap = (chipSeed: number, map: number) => stream(chipSeed, 2047 * 2 ** 20 + map);

const FSR = 18;
const F = 1 / Math.sin((Math.PI * (1550 / 8000)) / (2 * FSR)) ** 2;
const TMIN = 10 ** -2.5;
export const T = (d: number) => 1 - (1 - TMIN) / (1 + F * Math.sin((Math.PI * d) / FSR) ** 2);
const TFS = T((2 * 1550) / 8000);
const detuning = (t: number) => (FSR / Math.PI) * Math.asin(Math.sqrt((t - TMIN) / (F * (1 - t))));
const coupling = (gap: number) => 0.278 * Math.exp(-gap / 2.73) + 0.00614 * Math.exp(-gap / 8.72);

/** What of the hardware matters here. */
export interface PlainBank {
  readonly kind: 'conv' | 'fc';
  readonly size: number;
  readonly wavelengthsPerWaveguide: number;
  readonly chipSeed: number;
  readonly ted: boolean;
  readonly temperatureOffset_K: number;
}

const widthOf = ({ size, wavelengthsPerWaveguide }: PlainBank) => Math.min(size, wavelengthsPerWaveguide);
export const slotsOf = (bank: PlainBank) => Math.ceil(bank.size / widthOf(bank)) * widthOf(bank);

/** Residual, trim (uniform) and xi of a ring towards ring j of its waveguide. */
export function ringDraws(bank: PlainBank, unit: number, rail: number, slot: number) {
  const base = bank.kind === 'conv' ? 0 : 2;
  const index = (unit * 2 + rail) * slotsOf(bank) + slot;
  return {
    residual: chipMap(bank.chipSeed, base).normal(index),
    trim_nm: 2 * 2.1 * chipMap(bank.chipSeed, base + 1).uniform(index),
    xi: (j: number) => chipMap(bank.chipSeed, bank.kind === 'conv' ? 4 : 5).normal(index * widthOf(bank) + j),
  };
}

/** Detuning delta of a slot that holds `held` on a rail (compensation gain: nothing is solved). */
function imprint({ kind }: PlainBank, held: number, rail: number): number {
  if (kind === 'fc') return detuning(Math.max(TMIN, held * TFS));
  const carries = held !== 0 && held > 0 === (rail === 0);
  return carries ? detuning(TMIN + Math.abs(held) * (TFS - TMIN)) : 0;
}

/** e of a ring, nm: all causes of section 5, preset's magnitudes. */
function error_nm(bank: PlainBank, unit: number, rail: number, slot: number, held: readonly number[]): number {
  const w = widthOf(bank);
  const own = ringDraws(bank, unit, rail, slot);
  let heat = 0;
  for (let j = 0; j < w; j++) {
    const other = slot - (slot % w) + j;
    if (other === slot) continue;
    const delta = bank.kind === 'fc' ? detuning(TMIN + 0.5 * (TFS - TMIN)) : imprint(bank, held[other] ?? 0, rail);
    const shift = ringDraws(bank, unit, rail, other).trim_nm + Math.max(delta - 0.45, 0);
    heat += coupling(Math.abs(other - slot) * 15 - 10) * (bank.ted ? own.xi(j) : 1) * shift;
  }
  return 0.001 * own.residual + (bank.ted ? 0.01 : 1) * heat + 0.07 * bank.temperatureOffset_K;
}

/** H of the first `held.length` slots on a rail of a unit. */
export function transmissions(bank: PlainBank, unit: number, rail: number, held: readonly number[]): number[] {
  const w = widthOf(bank);
  const channel = (slot: number) => ((slot % w) - (w - 1) / 2) * (FSR / w);
  const resonances = Array.from(
    { length: slotsOf(bank) },
    (_, slot) => channel(slot) + imprint(bank, held[slot] ?? 0, rail) + error_nm(bank, unit, rail, slot, held),
  );
  return held.map((_, slot) => {
    const first = slot - (slot % w);
    return resonances.slice(first, first + w).reduce((product, at) => product * T(channel(slot) - at), 1);
  });
}
