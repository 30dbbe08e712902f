/** What a job of the queue must hold. Redis keeps whatever anybody puts in: nothing of a job is believed before this. */
import { z } from 'zod';
import { SonicError } from '../../base/errors.js';
import { describeIssues } from '../../base/input/issues.js';
import { LAST_SEED } from '../../base/random/seeds.js';
import { BACKENDS } from '../../emulation/backends/types.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import type { QueuedTrial } from './trialQueue.js';

const text = z.string().min(1).max(4096);
const seed = z.int().min(0).max(LAST_SEED);

const settingsSchema = z.strictObject({
  network: text,
  architecture: text.optional(),
  preprocessing: z.string().max(65_536).optional(),
  key: text.optional(),
  dataset: text.optional(),
  data: text.optional(),
  classes: text.optional(),
  static: text.optional(),
  images: z.number().int().min(1).optional(),
  compression: z
    .strictObject({ sparsity: z.number().min(0).max(1).nullable(), clusters: z.number().int().min(1).nullable() })
    .nullable(),
  hardware: z.record(z.string(), z.unknown()),
  fidelity: z.enum(['exact', 'lumped', 'auto', 'digital']),
  backend: z.enum(BACKENDS),
  chipSeed: seed,
  runSeed: seed,
});

const taskSchema = z.strictObject({
  key: z.string().regex(/^[0-9a-f]{64}$/),
  label: z.string().max(4096),
  settings: settingsSchema,
});

const envelopeSchema = z.object({
  schema: z.string().regex(/^sonic-queued-trial\/\d+$/),
  code: text,
});

/** A job as it can be judged before anything is loaded. */
export type JobContent =
  | { readonly kind: 'trial'; readonly trial: QueuedTrial }
  /** For workers of another version of the code. */
  | { readonly kind: 'foreign'; readonly code: string; readonly label: string }
  | { readonly kind: 'bad'; readonly problem: string };

/**
 * Judges what a job holds.
 * @param id name of the job, which must be the key of its trial.
 * @param code hash of the code of this installation.
 */
export function readJob(data: unknown, id: string | undefined, code: string): JobContent {
  const envelope = envelopeSchema.safeParse(data);
  if (!envelope.success)
    return {
      kind: 'bad',
      problem: `it holds no trial (${describeIssues(envelope.error.issues, data, envelopeSchema)})`,
    };
  const { task } = data as { task?: { label?: unknown } };
  if (envelope.data.schema !== 'sonic-queued-trial/1' || envelope.data.code !== code) {
    const label = typeof task?.label === 'string' ? task.label.slice(0, 200) : `job '${id}'`;
    return { kind: 'foreign', code: envelope.data.code, label };
  }
  const parsed = taskSchema.safeParse(task);
  if (!parsed.success)
    return { kind: 'bad', problem: `its task is damaged (${describeIssues(parsed.error.issues, task, taskSchema)})` };
  if (parsed.data.key !== id)
    return { kind: 'bad', problem: `its name is not the key of its trial, ${parsed.data.key}` };
  try {
    parseHardware(parsed.data.settings.hardware, 'its hardware');
  } catch (error) {
    if (error instanceof SonicError) return { kind: 'bad', problem: error.message };
    throw error;
  }
  return { kind: 'trial', trial: data as QueuedTrial };
}
