/** Data sets by name. A new one is a file beside this and a line here. */
import { DatasetError } from '../errors.js';
import { nearest } from '../nearest.js';
import { loadCifar10 } from './cifar10.js';
import { loadMnist } from './mnist.js';
import type { Dataset, LoadOptions } from './types.js';

export { loadCifar10 } from './cifar10.js';
export { loadMnist } from './mnist.js';
export { sliceDataset } from './slice.js';
export type { Dataset, LoadOptions, Split } from './types.js';

type Loader = (options: LoadOptions) => Promise<Dataset>;

const loaders: Readonly<Record<string, Loader>> = {
  mnist: loadMnist,
  cifar10: (options) => loadCifar10(options),
};

/** Names that `loadDataset` knows. */
export const datasetNames: readonly string[] = Object.keys(loaders);

/**
 * One split of the data set `name`, from `directory` or, where it is bundled, without one.
 * @throws DatasetError naming the nearest name if `name` is unknown; whatever the loader throws
 */
export async function loadDataset(name: string, options: LoadOptions): Promise<Dataset> {
  const loader = Object.hasOwn(loaders, name) ? loaders[name] : undefined;
  if (!loader) {
    const near = nearest(name, datasetNames);
    throw new DatasetError(
      `unknown data set '${name}'${near ? `, did you mean '${near}'?` : ''}; known: ${datasetNames.join(', ')}`,
    );
  }
  return loader(options);
}
