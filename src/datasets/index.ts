/** Data sets by name. A new one is a file beside this and a line here. */
import { DatasetError } from '../base/errors.js';
import { nearest } from '../base/text/nearest.js';
import { CATALOGUE, howToGet } from './catalogue.js';
import { loadCifar10 } from './cifar10.js';
import { loadImageFolder } from './imageFolder.js';
import { loadMnist } from './mnist.js';
import { loadStl10 } from './stl10.js';
import { loadSvhn } from './svhn.js';
import type { Dataset, LoadOptions } from './types.js';
import { isInstalled, userDataFolder } from './userData.js';

export { loadMnist } from './mnist.js';
export { sliceDataset } from './slice.js';

export type { Dataset, LoadOptions, Split } from './types.js';

type Loader = (options: LoadOptions) => Promise<Dataset>;

/** Fashion-MNIST comes in MNIST's files, so that a folder of the wrong one is easily named. */
async function loadFashionMnist(options: LoadOptions): Promise<Dataset> {
  const dataset = await loadMnist(options);
  if (dataset.name !== 'mnist') return dataset;
  throw new DatasetError(`data folder '${options.directory}' holds MNIST, not Fashion-MNIST; name another`);
}

const loaders: Readonly<Record<string, Loader>> = {
  mnist: loadMnist,
  'fashion-mnist': loadFashionMnist,
  cifar10: (options) => loadCifar10(options),
  svhn: (options) => loadSvhn(options),
  stl10: (options) => loadStl10(options),
  'image-folder': loadImageFolder,
};

/** Names that `loadDataset` knows. */
export const datasetNames: readonly string[] = Object.keys(loaders);

/** The folder to read where none is named: what the user has installed, undefined for what is bundled. */
function defaultDirectory(name: string, { split }: LoadOptions): string | undefined {
  const entry = CATALOGUE.find((candidate) => candidate.name === name);
  if (!entry || entry.complete) return undefined;
  if (isInstalled(entry, split)) return userDataFolder(name);
  if (entry.bundled !== null) return undefined;
  throw new DatasetError(`${name} (${split}) is neither bundled nor installed. ${howToGet(name)}`);
}

/**
 * One split of the data set `name`, from `directory` or, without one, as it is installed or bundled.
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
  const directory = options.directory ?? defaultDirectory(name, options);
  return loader({ ...options, directory });
}
