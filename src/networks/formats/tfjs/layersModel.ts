/** TensorFlow.js layers models: Keras' configuration in JSON, weights by name. */
import type { Constant } from '../import/constant.js';
import type { Imported } from '../import/finish.js';
import type { Preprocessing } from '../import/preprocessing.js';
import { isObject } from '../keras/config.js';
import { importKerasModel } from '../keras/kerasModel.js';
import { shortName } from '../keras/kerasWeights.js';

/**
 * Imports a layers model.
 * @param topology `modelTopology` of model.json
 * @throws FormatError naming the layer and what to do
 */
export function importLayersModel(
  topology: unknown,
  weights: ReadonlyMap<string, Constant>,
  place: string,
  name: string,
  preprocessing: Preprocessing,
): Imported {
  const model = isObject(topology) && topology['model_config'] ? topology['model_config'] : topology;
  const byLayer = new Map<string, { name: string; read: () => Constant }[]>();
  for (const [full, constant] of weights) {
    const entry = { name: shortName(full), read: () => constant };
    // 'model/conv/kernel' belongs to 'conv'; a layer's own name may hold slashes, too.
    const parts = full.split('/').slice(0, -1);
    for (const key of new Set(parts.map((_, i) => parts.slice(i).join('/')))) {
      const others = byLayer.get(key);
      if (others) others.push(entry);
      else byLayer.set(key, [entry]);
    }
  }
  return importKerasModel({
    place,
    name,
    model,
    weights: { find: (path) => byLayer.get(path.at(-1)!) ?? [] },
    dialect: { major: 2 },
    preprocessing,
  });
}
