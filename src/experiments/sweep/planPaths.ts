/** The paths that a sweep can set: fields of the hardware description, and what else a run takes. */
import { PlanError, type SonicErrorClass } from '../../base/errors.js';
import { hardwareFields, pathHint } from '../../hardware/descriptionPaths.js';

/** Paths that are not of the hardware description. */
export const RUN_PATHS: readonly string[] = [
  'network',
  'architecture',
  'preprocessing',
  'key',
  'dataset',
  'data',
  'classes',
  'hardware',
  'images',
  'fidelity',
  'backend',
  'seed',
  'chip',
  'static',
  'compression.sparsity',
  'compression.clusters',
];

/** Fields of the description; its name is none that numbers depend on. */
export function hardwarePaths(): string[] {
  return hardwareFields()
    .map(({ path }) => path)
    .filter((path) => path !== 'name');
}

/**
 * @param among the paths that are allowed.
 * @throws PlanError naming the nearest path.
 */
export function checkPath(
  path: string,
  place: string,
  among: readonly string[],
  ErrorClass: SonicErrorClass = PlanError,
): void {
  if (among.includes(path)) return;
  throw new ErrorClass(`${place}: unknown path '${path}'; ${pathHint(path, among)}`);
}
