/** The experiments that come with the project: plans of sweeps under examples/experiments/, each by its file's name. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SonicError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';

const FOLDER = fileURLToPath(new URL('../../../examples/experiments/', import.meta.url));
const ENDING = '.yaml';

/** Those on MNIST first, then those of other networks. */
export function readyExperiments(): string[] {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .sort();
  const isOther = (name: string) => name.startsWith('cifar10-');
  return [...names.filter((name) => !isOther(name)), ...names.filter(isOther)];
}

/**
 * The plan file of an experiment.
 * @throws SonicError for an unknown name, naming the nearest.
 */
export function findReadyExperiment(name: string): string {
  const names = readyExperiments();
  if (names.includes(name)) return `${FOLDER}${name}${ENDING}`;
  if (name.endsWith(ENDING) && existsSync(name)) {
    throw new SonicError(`'${name}' is a file; experiments are called by name, plans of your own run with sonic sweep`);
  }
  const near = nearest(name, names);
  throw new SonicError(
    `no experiment '${name}'${near ? `, did you mean '${near}'?` : ''}: there are ${names.join(', ')}`,
  );
}
