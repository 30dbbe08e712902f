/** Commands that are shown for a result name every file that its user needs, each by its own kind. */
import { expect, it } from 'vitest';
import { parseHardware } from '../../src/hardware/parseHardware.js';
import { runCommandOf } from '../../src/report/run/runCommand.js';
import { resultJson } from './results.js';

it.each([
  [
    {
      adc: {
        noiseTable: [
          ['u', 'sigma'],
          [0, 0.01],
          [1, 0.02],
        ],
      },
    },
    '--set adc.noiseTable=NOISE_TABLE.csv',
  ],
  [
    {
      microring: {
        response: [-4, -2, -1, -0.5, -0.2, 0, 0.2, 0.5, 1].map((d) => [d, 1 - 0.99 / (1 + (d / 0.1) ** 2)]),
      },
    },
    '--set microring.response=RESPONSE.csv',
  ],
])('%j', async (overrides, words) => {
  const result = await resultJson();
  result.hardware = parseHardware(overrides);
  expect(await runCommandOf(result)).toContain(words);
});
