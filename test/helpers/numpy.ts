/** NumPy in a process of its own, where this machine has it: the independent reader and writer of its files. */
import { spawnSync } from 'node:child_process';

export const hasNumpy = spawnSync('python3', ['-c', 'import numpy'], { encoding: 'utf8' }).status === 0;

/** Runs a script with numpy as np; what it prints as JSON. */
export function numpy(script: string, ...args: string[]): unknown {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', `import sys, json, numpy as np\n${script}`, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout === '' ? null : JSON.parse(stdout);
}
