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

/**
 * `npm test` runs `quick` and `quick-alone`, `npm run test:all` also `slow`. Files of `quick` share processes and the modules
 * that they import: loading TensorFlow.js and schemas anew takes longer than most files' tests. So a test puts back what it
 * changes of its process.
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
        test: { name: 'quick', isolate: false, include: ['test/**/*.test.ts'], exclude: [SLOW, ...ALONE] },
      },
      { extends: true, test: { name: 'quick-alone', include: ALONE, exclude: [SLOW] } },
      { extends: true, test: { name: 'slow', include: [SLOW] } },
    ],
  },
});
