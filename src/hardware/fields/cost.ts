/** What time, power and energy are counted with. */
import { z } from 'zod';
import { power_mW, time_ns } from './quantities.js';

export const cost = z
  .strictObject({
    converterScaling: z
      .enum(['table2', 'fixed'])
      .default('table2')
      .describe('Power of converters whose bits are not those of table 2: scaled from it, or power_mW as written.'),
    converterAccounting: z
      .enum(['static', 'perConversion'])
      .default('static')
      .describe('Converters and detectors: power x busy time of their unit, or power x own latency x conversions.'),
    doubleBuffered: z.boolean().default(false).describe('Loading of a row is hidden behind the row before.'),
    pipelinedLayers: z.boolean().default(false).describe('CONV and FC units work on different images at once.'),
    idlePower_mW: power_mW().default(0).describe('Power of an idle unit, mW (trim is always on).'),
    memory: z
      .enum(['none', 'literature'])
      .default('none')
      .describe('Energy of buffers and memory: none (as the paper), or cited.'),
    energyTable: z.string().nullable().default(null).describe("Path to a user's own table of energies per action."),
    electronics: z
      .strictObject({
        accumulate_ns: time_ns().default(0).describe('Time to accumulate a partial sum that does not overlap, ns.'),
        activation_ns: time_ns().default(0).describe('Time of an activation that does not overlap, ns.'),
        pool_ns: time_ns().default(0).describe('Time of a pooled value that does not overlap, ns.'),
        maximum_ns: time_ns()
          .default(0)
          .describe(
            "Time of a value in the search for an image's largest (calibration.activationScale perImage) that does not overlap, ns.",
          ),
      })
      .prefault({}),
  })
  .prefault({});
