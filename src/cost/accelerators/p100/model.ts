/**
 * NVIDIA Tesla P100 (SXM2), one image at a time, FP32: launch overhead and efficiency fitted to measured ResNet-50, -152,
 * Inception-BN and -v3 in batches of 1 and 32; AlexNet and VGG-11 at batch 1 are left for the test.
 */
import { createRequire } from 'node:module';
import { evaluateProcessor, type ProcessorParameters } from '../processor.js';
import type { Published } from '../publishedNumbers.js';
import type { Accelerator } from '../types.js';
import type publishedJson from './published.json';

export const published: Published = createRequire(import.meta.url)('./published.json') as typeof publishedJson;

export const p100: Accelerator<ProcessorParameters> = {
  id: 'p100',
  title: 'Tesla P100',
  citation: published.citation,
  defaults: {
    model: 'overhead',
    operator_us: 29.5,
    efficiency: 0.81,
    peak_TFLOPS: 10.6,
    specSheetPeak_TFLOPS: 21.2,
    bandwidth_GB_per_s: 720,
    bytesPerValue: 4,
    power_W: 300,
  },
  variants: { specSheet: { model: 'specSheet' } },
  choices: [
    {
      name: 'throughput',
      taken: 'as measured at batch 1: launch overhead, then arithmetic or memory',
      alternatives: [{ label: 'spec sheet: FP16 peak, no overhead', parameters: { model: 'specSheet' } }],
    },
    {
      name: 'power',
      taken: '300 W, the thermal design power',
      alternatives: [{ label: '100 W', parameters: { power_W: 100 } }],
    },
    {
      name: 'operand width',
      taken: '32 bit',
      alternatives: [{ label: '16 bit at twice the peak', parameters: { bytesPerValue: 2, peak_TFLOPS: 21.2 } }],
    },
  ],
  unsourced: {},
  assumptions: [
    'One operator a layer of the network (convolution, batch-norm, ReLU, pooling, dense), launched one after the other.',
    'It draws its thermal design power of 300 W all the time; zeros are not skipped.',
    'Variant specSheet: multiply-accumulates at the FP16 peak; CrossLight (same authors) seems to have counted so.',
  ],
  evaluate: evaluateProcessor,
};
