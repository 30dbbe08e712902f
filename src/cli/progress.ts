/** Progress with rate and time left on stderr; nothing where stderr is no terminal. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  /** What is being done, before there is a count. */
  stage(text: string): void;
  update(done: number, total: number): void;
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
    update: (done, total) => {
      if (!bar) {
        stream.write('\r\x1b[K');
        bar = new SingleBar(
          {
            stream,
            format: `{bar} {value}/{total} ${unit} | {rate} ${unit}/s | {left} left`,
            clearOnComplete: true,
            hideCursor: true,
          },
          Presets.shades_classic,
        );
        started = performance.now();
        bar.start(total, done, { rate: '-', left: '-' });
        return;
      }
      const rate = done / ((performance.now() - started) / 1000);
      bar.update(done, { rate: rate.toFixed(0), left: `${Math.ceil((total - done) / rate)} s` });
    },
    stop: () => {
      bar?.stop();
      stream.write('\r\x1b[K');
    },
  };
}
