/** Every kind of axis of the ready experiments, and one of them from its plan to its report. */
import { readFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { buildIfStale, sonic } from './sonic.js';

/** Few images, and one part in many of the trials. */
const tiny = (shard: string) => ['--images', '4', '--set', 'calibration.images=4', '--threads', '1', '--shard', shard];

describe('sonic experiment', () => {
  const folder = temporaryFolder();
  beforeAll(buildIfStale);

  // One of each kind of axis: values, paths that move together, variants, drawn points, chips, networks.
  it.each([
    ['converter-bits', '2/10'],
    ['crosstalk', '3/18'],
    ['tuning', '1/10'],
    ['screening', '1/16'],
    ['sparsity', '1/12'],
  ])(
    'runs a part of %s',
    async (name, shard) => {
      const { code, stderr } = await sonic('experiment', 'run', name, ...tiny(shard), '--store', folder.path(name));
      expect(stderr).toBe('');
      expect(code).toBe(0);
    },
    180_000,
  );

  it('runs a whole one, says what it shows, and writes its report', async () => {
    const [json, report] = [folder.path('chips.json'), folder.path('chips.html')];
    const args = ['--chips', '2', '--until', '99%', '--images', '4', '--set', 'calibration.images=4', '--threads', '2'];
    const store = ['--store', folder.path('chips')];
    const ended = await sonic('experiment', 'run', 'chips', ...args, ...store, '--json', json, '--report', report);
    expect(ended.stderr).toBe('');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(
      /^sonic-pessimistic: [\d.]+ % \([\d.]+ % to [\d.]+ %\) over \d+ chips, digital 100\.00 %/m,
    );
    const summary = JSON.parse(await readFile(json, 'utf8'));
    expect(summary.points).toHaveLength(3);
    expect(await readFile(report, 'utf8')).toMatch(/^<!doctype html>[\s\S]*From chip to chip/i);
  }, 300_000);
});
