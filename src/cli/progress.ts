/**
 * Progress with rate and time left on stderr: a bar on a terminal; elsewhere, as in logs and CI, a line now and then.
 * SONIC_PROGRESS_s is the time between lines, 30 unless set, 0 for none.
 */
import { Presets, SingleBar } from 'cli-progress';
import { UsageError } from '../base/errors.js';
import { quoted } from '../base/text/printable.js';
import { formatDuration } from '../base/text/units.js';

interface ProgressDetail {
  /** Of `done`, what was done just now rather than found done: what the rate is of. */
  readonly run?: number;
  /** What else there is to say. */
  readonly note?: string;
}

export interface Progress {
  /** What is being done, before there is a count. */
  stage(text: string): void;
  /** A text of its own in place of a count. */
  show(text: string): void;
  update(done: number, total: number, detail?: ProgressDetail): void;
  stop(): void;
}

const DEFAULT_INTERVAL_s = 30;

/** @throws UsageError where SONIC_PROGRESS_s is no number */
function interval_ms(): number {
  const given = process.env['SONIC_PROGRESS_s']?.trim() ?? '';
  const seconds = given === '' ? DEFAULT_INTERVAL_s : Number(given);
  if (seconds >= 0 && Number.isFinite(seconds)) return 1000 * seconds;
  throw new UsageError(
    `SONIC_PROGRESS_s is ${quoted(given)}; give seconds between lines of progress, a number from 0 on (0: none), or unset it`,
  );
}

const rateText = (rate: number) => rate.toFixed(rate < 10 ? 1 : 0);

/** A line now and then, the first after one interval: short commands print none. */
function createLines(unit: string, stream: NodeJS.WritableStream): Progress {
  const every_ms = interval_ms();
  let timer: NodeJS.Timeout | null = null;
  let [started, last] = [0, 0];
  let counting: number | null = null;
  let text = '';
  const tick = () => {
    const now = performance.now();
    if (every_ms === 0 || text === '' || now - last < every_ms) return;
    last = now;
    stream.write(`sonic: ${text}, ${formatDuration((now - started) / 1000)} so far\n`);
  };
  const say = (next: string) => {
    text = next;
    if (!timer && every_ms > 0) {
      started = last = performance.now();
      // A stage that says nothing for long is still under way; the line must not keep the program alive.
      timer = setInterval(tick, Math.max(every_ms, 100)).unref();
    }
    tick();
  };
  return {
    stage: say,
    show: say,
    update: (done, total, { run = done, note } = {}) => {
      const begin = counting ?? performance.now();
      counting = begin;
      const rate = run / ((performance.now() - begin) / 1000);
      const pace =
        Number.isFinite(rate) && rate > 0
          ? `, ${rateText(rate)} ${unit}/s, ${formatDuration((total - done) / rate)} left`
          : '';
      say(`${done}/${total} ${unit}${pace}${note === undefined ? '' : `, ${note}`}`);
    },
    stop: () => {
      if (timer) clearInterval(timer);
      [timer, counting, text] = [null, null, ''];
    },
  };
}

/** Shows progress of `unit`s. */
export function createProgress(unit: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return createLines(unit, stream);
  let bar: SingleBar | null = null;
  let started = 0;
  return {
    stage: (text) => {
      stream.write(`\r\x1b[K${text} ...`);
    },
    show: (text) => {
      stream.write(`\r\x1b[K${text}`);
    },
    update: (done, total, { run = done, note } = {}) => {
      const text = note === undefined ? '' : ` | ${note}`;
      if (!bar) {
        stream.write('\r\x1b[K');
        bar = new SingleBar(
          {
            stream,
            format: `{bar} {value}/{total} ${unit} | {rate} ${unit}/s | {left} left{note}`,
            clearOnComplete: true,
            hideCursor: true,
          },
          Presets.shades_classic,
        );
        started = performance.now();
        bar.start(total, done, { rate: '-', left: '-', note: text });
        return;
      }
      const rate = run / ((performance.now() - started) / 1000);
      const left = rate > 0 ? formatDuration((total - done) / rate) : '-';
      bar.setTotal(total);
      bar.update(done, { rate: rateText(rate), left, note: text });
    },
    stop: () => {
      bar?.stop();
      bar = null;
      stream.write('\r\x1b[K');
    },
  };
}
