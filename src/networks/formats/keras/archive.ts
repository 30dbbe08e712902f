/** Keras 3's own files, `model.keras`: a zip archive of config.json and model.weights.h5. */
import { FormatError } from '../../../base/errors.js';
import { parseStrictJson } from '../../../base/input/jsonText.js';
import type { ZipArchive } from '../../../base/zip.js';
import { type Hdf5Object, openHdf5 } from '../hdf5/hdf5File.js';
import type { Imported } from '../import/finish.js';
import { MAXIMUM_TEXT_BYTES } from '../import/limits.js';
import type { Preprocessing } from '../import/preprocessing.js';
import { KERAS_CONFIG as CONFIG, KERAS_WEIGHTS as WEIGHTS } from '../signatures.js';
import { isObject, type Json } from './config.js';
import { CONFIG_DEPTH } from './hdf5Model.js';
import { isModel, type KerasGraph, parseKerasModel } from './kerasGraph.js';
import { importKerasModel } from './kerasModel.js';
import type { LayerWeights, WeightSource } from './kerasWeights.js';

/** As Keras' own to_snake_case names the groups of its weights. */
function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** A model of the archive: its layers, and where each has its weights. */
interface Level {
  readonly graph: KerasGraph;
  readonly groups: ReadonlyMap<string, Hdf5Object>;
}

/** Group of each layer of a model: newer files say the layer's name, older ones number the classes. */
function layerGroups(group: Hdf5Object, { layers }: KerasGraph): ReadonlyMap<string, Hdf5Object> {
  const folder = group.find('layers') ?? group.find('_layer_checkpoint_dependencies');
  const groups = new Map<string, Hdf5Object>();
  if (!folder) return groups;
  const children = new Map(folder.names().map((name) => [name, folder.find(name)!]));
  for (const child of children.values()) {
    const name = child.find('vars')?.texts('name')?.[0];
    if (name) groups.set(name, child);
  }
  if (groups.size > 0) return groups;
  const counts = new Map<string, number>();
  for (const { className, name } of layers) {
    if (className === 'InputLayer' && name.endsWith('/input')) continue;
    const stem = snakeCase(className);
    const count = counts.get(stem) ?? 0;
    counts.set(stem, count + 1);
    const child = children.get(count === 0 ? stem : `${stem}_${count}`);
    if (child) groups.set(name, child);
  }
  return groups;
}

class ArchiveWeights implements WeightSource {
  private readonly levels = new Map<string, Level | null>();

  constructor(
    root: Hdf5Object,
    model: Json,
    private readonly place: string,
  ) {
    this.levels.set('', this.level(root, model));
  }

  private level(group: Hdf5Object, model: Json): Level {
    const graph = parseKerasModel(model, this.place);
    return { graph, groups: layerGroups(group, graph) };
  }

  private inside(path: readonly string[]): Level | null {
    const key = path.join('/');
    const known = this.levels.get(key);
    if (known !== undefined) return known;
    const outer = this.inside(path.slice(0, -1));
    const layer = outer?.graph.layers.find(({ name }) => name === path.at(-1));
    const group = outer?.groups.get(path.at(-1)!);
    const found =
      layer && group && isModel(layer.className)
        ? this.level(group, { class_name: layer.className, config: layer.config })
        : null;
    this.levels.set(key, found);
    return found;
  }

  find(path: readonly string[]): LayerWeights {
    const variables = this.inside(path.slice(0, -1))?.groups.get(path.at(-1)!)?.find('vars');
    if (!variables) return [];
    // The names are '0', '1', ... in Keras' order.
    const names = [...variables.names()].sort((a, b) => Number(a) - Number(b));
    return names.map((name) => ({ name: null, read: () => variables.find(name)!.numbers() }));
  }
}

/**
 * The model in a .keras archive.
 * @throws FormatError naming file, offset or layer, and what to do
 */
export function importKerasArchive(
  archive: ZipArchive,
  place: string,
  name: string,
  preprocessing: Preprocessing,
): Imported {
  const [config, weights] = [archive.read(CONFIG, MAXIMUM_TEXT_BYTES), archive.read(WEIGHTS)];
  if (!config || !weights)
    throw new FormatError(`${place}: the archive lacks ${config ? WEIGHTS : CONFIG}; save the model again`);
  const { value: model } = parseStrictJson(config.content, {
    place: `${place}: ${CONFIG}`,
    maximumDepth: CONFIG_DEPTH,
  });
  if (!isObject(model)) throw new FormatError(`${place}: ${CONFIG} holds no model; the file is damaged`);
  const root = openHdf5(weights.content, `${place}: ${WEIGHTS}`);
  return importKerasModel({
    place,
    name,
    model,
    weights: new ArchiveWeights(root, model, place),
    dialect: { major: 3 },
    preprocessing,
  });
}
