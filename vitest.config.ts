import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const SLOW = 'test/**/*.slow.test.ts';

/** Two projects: `npm test` runs `quick`, `npm run test:all` both. */
export default defineConfig({
  test: {
    testTimeout: 180_000,
    hookTimeout: 180_000,
    setupFiles: ['test/setup.ts'],
    maxWorkers: availableParallelism(),
    projects: [
      { extends: true, test: { name: 'quick', include: ['test/**/*.test.ts'], exclude: [SLOW] } },
      { extends: true, test: { name: 'slow', include: [SLOW] } },
    ],
  },
});
