import { chmodSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findCheckpoints, findDatasets, findPrograms } from '../../../src/experiments/doctor/machine.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

describe('what doctor finds', () => {
  it('is the bundled network and data of the default run', () => {
    expect(findCheckpoints().find(({ name }) => name === 'mnist')?.found).toBe(true);
    expect(findDatasets().find(({ name }) => name === 'mnist')?.found).toBe(true);
  });

  it('are programs on the search path that can be run, in the order of the path', () => {
    const [program, plain] = [folder.path('redis-server'), folder.path('chromium')];
    for (const file of [program, plain]) writeFileSync(file, '#!/bin/sh\n');
    chmodSync(program, 0o755);
    chmodSync(plain, 0o644);
    const found = findPrograms(folder.path('.'));
    expect(found.filter((finding) => finding.found).map(({ name, detail }) => [name, detail])).toEqual([
      ['redis', program],
    ]);
    expect(findPrograms('').some((finding) => finding.found)).toBe(false);
  });
});
