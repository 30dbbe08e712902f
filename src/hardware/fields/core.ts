/** Units and sizes of the optical core. Field names of the paper: n, N (conv) and m, K (fc). */
import { z } from 'zod';
import { count } from './quantities.js';

export const vdu = z
  .strictObject({
    conv: z
      .strictObject({
        size: count(1024).default(5).describe('n: vector size of a CONV unit, rings per rail. (S)'),
        units: count(65536).default(50).describe('N: number of CONV units. (S)'),
        chunking: z
          .enum(['slice', 'concatenated'])
          .default('slice')
          .describe(
            "Where a filter's weights are cut into chunks: each input channel's kernel slice by itself, as the paper's " +
              'sentence on five-parameter kernels implies, or all channels in one list (fewer rows, an improvement). (S)',
          ),
      })
      .prefault({}),
    fc: z
      .strictObject({
        size: count(1024).default(50).describe('m: vector size of an FC unit, rings per rail. (S)'),
        units: count(65536).default(10).describe('K: number of FC units. (S)'),
      })
      .prefault({}),
    signs: z
      .enum(['rails', 'offset'])
      .default('rails')
      .describe(
        'Signs of weights: two rails and balanced detection (S), or one rail that holds (w - min) / (max - min) of the layer, ' +
          'the rest added electronically.',
      ),
  })
  .prefault({});
