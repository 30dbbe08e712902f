/**
 * The static side of a chip in plain code, from the text of the contract (sections 3, 4, 5 and 9): shares nothing with src.
 * Only for hardware at the preset's ring (Q 8000, 25 dB, FSR 18 nm, 2 linewidths, 5 um radius and gap) and its residuals,
 * without self-heating.
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
  readonly hoursSinceCalibration: number;
}

const widthOf = ({ size, wavelengthsPerWaveguide }: PlainBank) => Math.min(size, wavelengthsPerWaveguide);
export const slotsOf = (bank: PlainBank) => Math.ceil(bank.size / widthOf(bank)) * widthOf(bank);

/** Residual, trim (uniform), xi towards ring j of its waveguide, drift, gain and source's wavelength of a ring. */
export function ringDraws(bank: PlainBank, unit: number, rail: number, slot: number) {
  const map = (conv: number, fc: number) => chipMap(bank.chipSeed, bank.kind === 'conv' ? conv : fc);
  const [slots, w] = [slotsOf(bank), widthOf(bank)];
  const index = (unit * 2 + rail) * slots + slot;
  const waveguide = (unit * 2 + rail) * (slots / w) + Math.floor(slot / w);
  return {
    residual: map(0, 2).normal(index),
    trim_nm: 2 * 2.1 * map(1, 3).uniform(index),
    xi: (j: number) => map(4, 5).normal(index * w + j),
    drift: map(8, 9).normal(index),
    gain: (1 + 0.002 * map(6, 7).normal(index)) * (1 + 0.002 * map(10, 11).normal(waveguide)),
    source_nm: 0.001 * map(12, 13).normal(unit * slots + slot),
  };
}

/** x of A x = b by elimination with pivots. */
function solve(A: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = A.map((row, i) => [...row, b[i]!]);
  for (let i = 0; i < rows.length; i++) {
    const pivot = rows.slice(i).reduce((best, row) => (Math.abs(row[i]!) > Math.abs(best[i]!) ? row : best));
    const from = rows.indexOf(pivot);
    [rows[i], rows[from]] = [rows[from]!, rows[i]!];
    rows.forEach((row, other) => {
      if (other === i) return;
      const share = row[i]! / pivot[i]!;
      for (let j = i; j < row.length; j++) row[j]! -= share * pivot[j]!;
    });
  }
  return rows.map((row, i) => row.at(-1)! / row[i]!);
}

/** s' of the rings of the waveguide in which `slot` lies: as drawn, and with TED by as much more as keeps all heaters above 0. */
export function heatedTrims(bank: PlainBank, unit: number, rail: number, slot: number): number[] {
  const w = widthOf(bank);
  const trims = Array.from({ length: w }, (_, j) => ringDraws(bank, unit, rail, slot - (slot % w) + j).trim_nm);
  if (!bank.ted) return trims;
  const K = trims.map((_, i) => trims.map((_, j) => (i === j ? 1 : coupling(Math.abs(i - j) * 15 - 10))));
  const [drives, common] = [solve(K, trims), solve(K, new Array<number>(w).fill(1))];
  const more = Math.max(0, ...drives.map((drive, i) => -drive / common[i]!));
  return trims.map((trim) => trim + more);
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
  const trims_nm = heatedTrims(bank, unit, rail, slot);
  let heat = 0;
  for (let j = 0; j < w; j++) {
    const other = slot - (slot % w) + j;
    if (other === slot) continue;
    const delta = bank.kind === 'fc' ? detuning(TMIN + 0.5 * (TFS - TMIN)) : imprint(bank, held[other] ?? 0, rail);
    const shift = trims_nm[j]! + Math.max(delta - 0.45, 0);
    heat += coupling(Math.abs(other - slot) * 15 - 10) * (bank.ted ? own.xi(j) : 1) * shift;
  }
  const drift = 0.001 * Math.sqrt(bank.hoursSinceCalibration) * own.drift;
  return 0.001 * own.residual + (bank.ted ? 0.01 : 1) * heat + 0.07 * bank.temperatureOffset_K + drift;
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
    const { source_nm, gain } = ringDraws(bank, unit, rail, slot);
    const light = channel(slot) + source_nm;
    return resonances.slice(first, first + w).reduce((product, at) => product * T(light - at), gain);
  });
}
