import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const SLOW = 'test/**/*.slow.test.ts';

/** Files on devices and native libraries, which keep what befell them for as long as their process lives. */
const ALONE = [
  'test/**/*{webgpu,tensorflow}*.test.ts',
  'test/parity/*.test.ts',
  'test/{networks/finite,emulation/emulator/concurrent,emulation/backends/*}.test.ts',
  'test/experiments/doctor/*.test.ts',
];

/** The upper rooms; their processes end before those of the others begin, with all that they have in memory. */
const UPPER = ['test/{browser,cli,cost,docs,examples,experiments,report,scripts,site}/**/*.test.ts'];

/**
 * `npm test` runs the `quick` projects, `npm run test:all` also `slow`. Files of one quick project share processes and the
 * modules that they import: loading TensorFlow.js and schemas anew takes longer than most files' tests. So a test puts back
 * what it changes of its process; files that cannot are `quick-alone`.
 */
export default defineConfig({
  test: {
    testTimeout: 180_000,
    hookTimeout: 180_000,
    setupFiles: ['test/setup.ts'],
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          isolate: false,
          include: ['test/**/*.test.ts'],
          exclude: [SLOW, ...ALONE, ...UPPER],
        },
      },
      { extends: true, test: { name: 'quick-upper', isolate: false, include: UPPER, exclude: [SLOW, ...ALONE] } },
      { extends: true, test: { name: 'quick-alone', include: ALONE, exclude: [SLOW] } },
      { extends: true, test: { name: 'slow', include: [SLOW] } },
    ],
  },
});
