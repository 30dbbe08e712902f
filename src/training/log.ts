/** What a training run says about itself. */
import { writeFile } from 'node:fs/promises';
import { SonicError } from '../base/errors.js';
import { withNotFinite } from '../base/text/notFinite.js';

/** One line of the log. Losses and accuracies are means since the line before, on the training batches. */
export interface TrainingLogEntry {
  readonly epoch: number;
  /** Steps done, of how many. */
  readonly step: number;
  readonly steps: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Share of zeros by layer, of the layers that are pruned. */
  readonly sparsity: Readonly<Record<string, number>>;
  readonly learningRate: number;
  readonly elapsed_s: number;
  readonly timeLeft_s: number;
  /** Accuracy on the evaluation images, at the end of an epoch. */
  readonly testAccuracy?: number;
  /** Accuracy on the images kept back for early stopping, at the end of an epoch, once nothing is pruned any more. */
  readonly validationAccuracy?: number;
}

const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

/** An entry as one line for people. */
export function describeEntry(entry: TrainingLogEntry): string {
  const { epoch, step, steps, loss, accuracy, testAccuracy, validationAccuracy, timeLeft_s } = entry;
  const minutes = `${Math.floor(timeLeft_s / 60)}:${String(Math.floor(timeLeft_s % 60)).padStart(2, '0')}`;
  const test = testAccuracy === undefined ? '' : `, test ${percent(testAccuracy)}`;
  const validation = validationAccuracy === undefined ? '' : `, validation ${percent(validationAccuracy)}`;
  return `epoch ${epoch + 1}, step ${step}/${steps}: loss ${loss.toFixed(4)}, accuracy ${percent(accuracy)}${validation}${test}, ${minutes} left`;
}

/**
 * Starts a log of JSON lines; what was in the file is kept if a run `resumes`, and replaced otherwise.
 * @throws SonicError if the file cannot be written
 */
export async function startLogFile(path: string, resumes: boolean): Promise<(entry: object) => Promise<void>> {
  const write = async (text: string, flag: 'a' | 'w') => {
    try {
      await writeFile(path, text, { flag });
    } catch (error) {
      throw new SonicError(`cannot write the log '${path}': ${(error as Error).message}; name another file`, {
        cause: error,
      });
    }
  };
  await write('', resumes ? 'a' : 'w');
  return (entry) => write(`${JSON.stringify(withNotFinite(entry))}\n`, 'a');
}
