/** Commands as they are typed into a shell. */

import type { Result } from '../../experiments/result/types.js';
import { BUNDLED_NETWORKS, bundledByHash } from '../../experiments/run/bundled.js';
import { diffHardware } from '../../hardware/descriptionFiles.js';
import { presetHardware } from '../../hardware/presets/index.js';
import { isTableField, TABLE_FIELDS } from '../../hardware/tableFiles.js';

/** A word that a POSIX shell reads as it is. */
export function shellWord(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** What `--set` takes; measured rows are a file of the user's, which no result names. */
const settingText = (path: string, value: unknown) => {
  if (isTableField(path) && Array.isArray(value)) return TABLE_FIELDS[path].placeholder;
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** The `sonic run` that gives a result; `CHECKPOINT` and data where they are not bundled, since a result names no paths. */
export async function runCommandOf(result: Result): Promise<string> {
  const { network, dataset, hardware, run, accuracy, chips } = result;
  const bundled = await bundledByHash(network.hash);
  const own = bundled === null ? null : BUNDLED_NETWORKS[bundled]!.dataset;
  const settings = diffHardware(presetHardware('sonic'), hardware);
  const words = [
    'sonic',
    'run',
    bundled ?? 'CHECKPOINT',
    ...(dataset.name === own ? [] : ['--dataset', dataset.name]),
    '--images',
    String(accuracy.images),
    '--fidelity',
    run.fidelity,
    '--backend',
    run.backend,
    '--seed',
    String(run.runSeed),
    '--chip',
    String(run.chipSeed),
    // A result names no paths.
    ...(run.static ? ['--static', 'STATIC.npz'] : []),
    ...(chips ? ['--chips', String(chips.emulated.length)] : []),
    ...settings.flatMap(({ path, to }) => ['--set', `${path}=${settingText(path, to)}`]),
    '--json',
    'result.json',
  ];
  return words.map(shellWord).join(' ');
}
