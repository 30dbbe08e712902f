import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgress } from '../../src/cli/progress.js';
import { MAIN, runProcess, sonicProcess } from './sonic.js';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A stream that is no terminal, and what was written to it. */
function log() {
  const stream = new PassThrough() as PassThrough & NodeJS.WriteStream;
  let text = '';
  stream.on('data', (chunk) => {
    text += chunk;
  });
  return { stream, text: () => text };
}

describe('progress where stderr is no terminal', () => {
  let before: string | undefined;
  beforeEach(() => {
    before = process.env['SONIC_PROGRESS_s'];
  });
  afterEach(() => {
    if (before === undefined) delete process.env['SONIC_PROGRESS_s'];
    else process.env['SONIC_PROGRESS_s'] = before;
  });

  it('is lines at most one an interval, without carriage returns, with count, rate and time left', async () => {
    process.env['SONIC_PROGRESS_s'] = '0.2';
    const { stream, text } = log();
    const progress = createProgress('images', stream);
    progress.stage('loading');
    for (let done = 1; done <= 60; done++) {
      progress.update(done, 100, { note: 'chip 2' });
      await wait(10);
    }
    progress.stop();
    const lines = text().split('\n').slice(0, -1);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    expect(lines.length).toBeLessThanOrEqual(12);
    for (const line of lines) {
      expect(line).toMatch(
        /^sonic: \d+\/100 images, [\d.]+ images\/s, (\d+ min )?[\d.]+ s left, chip 2, (\d+ min )?[\d.]+ s so far$/,
      );
    }
    expect(/[\p{Cc}]/u.test(text().replaceAll('\n', ''))).toBe(false);
    const ended = text();
    await wait(300);
    expect(text()).toBe(ended);
  });

  it('says that a silent stage is still under way', async () => {
    process.env['SONIC_PROGRESS_s'] = '0.1';
    const { stream, text } = log();
    const progress = createProgress('images', stream);
    progress.stage('compiling');
    await wait(500);
    progress.stop();
    expect(text()).toMatch(/^sonic: compiling, [\d.]+ s so far\n/);
  });

  it.each(['0', undefined, ''])('SONIC_PROGRESS_s %s: a short command prints nothing', async (given) => {
    if (given === undefined) delete process.env['SONIC_PROGRESS_s'];
    else process.env['SONIC_PROGRESS_s'] = given;
    const { stream, text } = log();
    const progress = createProgress('images', stream);
    for (let done = 0; done < 20; done++) {
      progress.update(done, 20);
      await wait(5);
    }
    progress.stop();
    expect(text()).toBe('');
  });

  it.each(['soon', '-1', 'Infinity', '3 s'])('SONIC_PROGRESS_s %s is one clear error, and no result', async (given) => {
    process.env['SONIC_PROGRESS_s'] = given;
    const { code, stdout, stderr } = await sonicProcess('run', 'mnist', '--hardware', 'sonic-ideal', '--images', '1');
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `sonic: SONIC_PROGRESS_s is '${given}'; give seconds between lines of progress, a number from 0 on (0: none), or unset it\n`,
    );
  });

  it('a command prints its lines, and its result stays what it is', async () => {
    process.env['SONIC_PROGRESS_s'] = '0.1';
    const { code, stdout, stderr } = await runProcess(process.execPath, [
      ...[MAIN, 'run', 'mnist', '--hardware', 'sonic-ideal', '--images', '20', '--batch', '1', '--threads', '1'],
    ]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^(sonic: [^\r\n]+ so far\n)+$/);
    expect(stderr).toMatch(/\/20 images/);
    expect(stdout).toMatch(/^network {4}/);
  }, 120_000);
});
