/**
 * Intel Xeon Platinum 9282, one image at a time, FP32: launch overhead and efficiency fitted to ResNet-50, -152, Inception-BN
 * and -v3 in batches of 1 and 32 on another AVX-512 Xeon (no such measurement of the 9282 was found); AlexNet and VGG-16 at
 * batch 1 are left for the test. Peak and bandwidth are then those of the 9282.
 */
import { createRequire } from 'node:module';
import { evaluateProcessor, type ProcessorParameters } from '../processor.js';
import type { Published } from '../publishedNumbers.js';
import type { Accelerator } from '../types.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export const xeon9282: Accelerator<ProcessorParameters> = {
  id: 'xeon9282',
  title: 'Xeon 9282',
  citation: published.citation,
  defaults: {
    model: 'overhead',
    operator_us: 33.7,
    efficiency: 0.34,
    peak_TFLOPS: 9.32,
    specSheetPeak_TFLOPS: 9.32,
    bandwidth_GB_per_s: 281.6,
    bytesPerValue: 4,
    power_W: 400,
  },
  variants: { specSheet: { model: 'specSheet' } },
  choices: [
    {
      name: 'throughput',
      taken: 'as measured at batch 1: launch overhead, then arithmetic or memory',
      alternatives: [{ label: 'spec sheet: FP32 peak, no overhead', parameters: { model: 'specSheet' } }],
    },
    {
      name: 'power',
      taken: '400 W, the thermal design power',
      alternatives: [{ label: '200 W', parameters: { power_W: 200 } }],
    },
  ],
  unsourced: {},
  assumptions: [
    'Launch overhead and efficiency of a 36-core AVX-512 Xeon hold for the 9282; nominal peak at 2.6 GHz.',
    'It draws its thermal design power of 400 W all the time; zeros are not skipped.',
  ],
  evaluate: evaluateProcessor,
};
