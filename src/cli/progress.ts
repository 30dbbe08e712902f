/** Progress with rate and time left on stderr; nothing where stderr is no terminal. */
import { Presets, SingleBar } from 'cli-progress';
import { formatDuration } from '../report/units.js';

export interface ProgressDetail {
  /** Of `done`, what was done just now rather than found done: what the rate is of. */
  readonly run?: number;
  /** What else there is to say. */
  readonly note?: string;
}

export interface Progress {
  /** What is being done, before there is a count. */
  stage(text: string): void;
  update(done: number, total: number, detail?: ProgressDetail): void;
  stop(): void;
}

const SILENT: Progress = { stage: () => {}, update: () => {}, stop: () => {} };

/** Shows progress of `unit`s. */
export function createProgress(unit: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return SILENT;
  let bar: SingleBar | null = null;
  let started = 0;
  return {
    stage: (text) => {
      stream.write(`\r\x1b[K${text} ...`);
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
      bar.update(done, { rate: rate.toFixed(rate < 10 ? 1 : 0), left, note: text });
    },
    stop: () => {
      bar?.stop();
      bar = null;
      stream.write('\r\x1b[K');
    },
  };
}
