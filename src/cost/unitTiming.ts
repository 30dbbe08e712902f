/**
 * SONIC's time (section 1 of the cost contract): how long the chunk rows of one pass of a layer take on the units they
 * are dealt to, and for how long their rings are held. Times in s.
 */

import { samplingInterval_ns } from '../hardware/derived.js';
import type { HardwareDescription } from '../hardware/description.js';
import type { BankKind } from '../hardware/optics/bank.js';

/** What the time of a pass depends on beside its rows. */
export interface UnitTiming {
  /** N or K. */
  readonly units: number;
  /** Between the samples of a row. */
  readonly samplePeriod_s: number;
  /** From a sample's conversion to its digital result. */
  readonly fill_s: number;
  /** Setting the rings of a row within electro-optic reach, and of one with a ring beyond it. */
  readonly load_s: readonly [fast: number, slow: number];
  /** Whether a row is loaded while the one before streams. */
  readonly doubleBuffered: boolean;
}

/** One pass of a layer on one image. */
export interface PassTime {
  /** Until the busiest unit is done. */
  readonly latency_s: number;
  /** Sum over the units of the time each works: loading, streaming, or waiting for its own load. */
  readonly busy_s: number;
  /** How long the rings of a fast and of a slow row are held, summed over the units that the row is split over. */
  readonly held_s: readonly [fast: number, slow: number];
  /** s: units that each row is split over, each of which loads the row's rings. */
  readonly unitsPerRow: number;
}

/**
 * Times of a kind of unit.
 * @param opticalGain whether the layer's batch-norm is on the broadband ring: in an FC unit each sample is another
 *   filter, so that ring must settle for every sample.
 */
export function unitTiming(hardware: HardwareDescription, kind: BankKind, opticalGain: boolean): UnitTiming {
  const { activationDac, weightDac, vcsel, photodetector, adc, tuning, vdu, cost } = hardware;
  const [streamed, held] = kind === 'conv' ? [activationDac, weightDac] : [weightDac, activationDac];
  const interval_ns = samplingInterval_ns(hardware, kind);
  const slow_ns = held.latency_ns + tuning.toLatency_us * 1e3;
  const fast_ns = tuning.mode === 'thermal' ? slow_ns : held.latency_ns + tuning.eoLatency_ns;
  const ns = 1e-9;
  return {
    units: vdu[kind].units,
    samplePeriod_s: (kind === 'fc' && opticalGain ? Math.max(interval_ns, tuning.eoLatency_ns) : interval_ns) * ns,
    fill_s: (streamed.latency_ns + vcsel.latency_ns + photodetector.latency_ps / 1000 + adc.latency_ns) * ns,
    load_s: [fast_ns * ns, slow_ns * ns],
    doubleBuffered: cost.doubleBuffered,
  };
}

/** Time of a unit for `rows` rows of which `slowRows` load slowly, `work_s` being a row's time without its load. */
function unitTime(timing: UnitTiming, rows: number, slowRows: number, work_s: number): number {
  const [fast_s, slow_s] = timing.load_s;
  if (rows === 0) return 0;
  if (!timing.doubleBuffered) return rows * work_s + slowRows * slow_s + (rows - slowRows) * fast_s;
  // Only counts are known, not the order: a slow row is taken to come first, where its load hides behind nothing.
  const slowFirst = Math.min(slowRows, 1);
  const first_s = slowFirst * slow_s + (1 - slowFirst) * fast_s;
  const slowLater = slowRows - slowFirst;
  const fastLater = rows - 1 - slowLater;
  return first_s + work_s + slowLater * Math.max(work_s, slow_s) + fastLater * Math.max(work_s, fast_s);
}

/**
 * Time of one pass. Row r is on unit r mod units, and a unit runs its rows one after the other. With fewer rows than
 * units, each row's samples are dealt as evenly as possible to s = min(samples, floor(units / rows)) units.
 * @param rows R or C.
 * @param slowRowsByUnit rows with a ring beyond electro-optic reach, by unit; empty if none.
 * @param samplesPerRow M: positions (CONV) or filters (FC).
 */
export function passTime(
  timing: UnitTiming,
  rows: number,
  slowRowsByUnit: readonly number[],
  samplesPerRow: number,
): PassTime {
  const { units, samplePeriod_s, fill_s, load_s } = timing;
  const unitsPerRow = rows > 0 && rows < units ? Math.max(1, Math.min(samplesPerRow, Math.floor(units / rows))) : 1;
  // A part of M_i samples holds its rings for load + fill + (M_i - 1) periods; the parts' M_i add up to M.
  const held = (load: number) => unitsPerRow * (load + fill_s - samplePeriod_s) + samplesPerRow * samplePeriod_s;
  const held_s: [number, number] = [held(load_s[0]), held(load_s[1])];
  const work_s = fill_s + (Math.ceil(samplesPerRow / unitsPerRow) - 1) * samplePeriod_s;
  const least = Math.floor(rows / units);
  const withOneMore = rows % units;
  let latency_s = 0;
  let busy_s = 0;
  if (slowRowsByUnit.length === 0) {
    latency_s = unitTime(timing, least + (withOneMore > 0 ? 1 : 0), 0, work_s);
    busy_s =
      withOneMore * unitTime(timing, least + 1, 0, work_s) + (units - withOneMore) * unitTime(timing, least, 0, work_s);
  } else {
    for (let unit = 0; unit < units; unit++) {
      const time_s = unitTime(timing, least + (unit < withOneMore ? 1 : 0), slowRowsByUnit[unit] ?? 0, work_s);
      latency_s = Math.max(latency_s, time_s);
      busy_s += time_s;
    }
  }
  if (unitsPerRow > 1) {
    const slow = slowRowsByUnit.reduce((sum, n) => sum + n, 0);
    busy_s = (rows - slow) * held_s[0] + slow * held_s[1];
  }
  return { latency_s, busy_s, held_s, unitsPerRow };
}
