/** What `sonic experiment run --refine` refuses; refine.slow.test.ts has what it does. */
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/folder.js';
import { sonic } from './sonic.js';

describe('sonic experiment run --refine', () => {
  const folder = temporaryFolder();

  it.each([
    [['--refine', '--plan'], /--plan cannot list the points of --refine/],
    [['--refine', '--shard', '1/2'], /--shard: every round of --refine needs/],
    [['--refine', '--until', '1%'], /--until: with --refine/],
    [['--rounds', '2'], /--rounds is of a refined run; add --refine/],
    [['--coarse-images', '20'], /--coarse-images is of a refined run; add --refine/],
    [['--margin', '0'], /share above 0 and below 1/],
    [['--refine', '--images', '99999'], /99999 images were asked of mnist/],
  ])('refuses %j', async (args, text) => {
    const ended = await sonic('experiment', 'run', 'temperature', ...args, '--store', folder.path('none'));
    expect(ended.stderr).toMatch(text);
    expect(ended.code).not.toBe(0);
    expect(ended.stdout).toBe('');
  });
});
