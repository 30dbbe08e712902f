/** Whole Keras models in HDF5, as `model.save('model.h5')` writes them. */
import { bytesOf } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';
import { parseStrictJson } from '../../../base/input/jsonText.js';
import { printable } from '../../../base/text/printable.js';
import { type Hdf5Object, openHdf5 } from '../hdf5/hdf5File.js';
import type { Imported } from '../import/finish.js';
import type { Preprocessing } from '../import/preprocessing.js';
import { importKerasModel } from './kerasModel.js';
import { type LayerWeights, shortName, type WeightSource } from './kerasWeights.js';

/** Brackets that a model's configuration may open at once. */
export const CONFIG_DEPTH = 64;

/** Texts of an attribute that h5py may have cut into name0, name1, ... because attributes are small. */
function longAttribute(object: Hdf5Object, name: string): readonly string[] | null {
  const whole = object.texts(name);
  if (whole) return whole;
  const parts: string[] = [];
  for (let i = 0; ; i++) {
    const part = object.texts(`${name}${i}`);
    if (!part) return i === 0 ? null : parts;
    parts.push(...part);
  }
}

/** Weights as the groups of an HDF5 file hold them: one group per layer of the outermost model. */
class Hdf5Weights implements WeightSource {
  constructor(
    private readonly group: Hdf5Object,
    private readonly place: string,
  ) {}

  find(path: readonly string[]): LayerWeights {
    const layer = this.group.find(path[0]!);
    const names = layer && longAttribute(layer, 'weight_names');
    if (!names) return [];
    // Within a model that is a layer, weights are told apart by the inner layer's name.
    const own = path.length === 1 ? names : names.filter((name) => name.split('/').includes(path.at(-1)!));
    return own.map((name) => ({
      name: shortName(name),
      read: () => {
        const dataset = layer.find(name);
        if (!dataset)
          throw new FormatError(
            `${this.place}: layer '${printable(path.join('/'))}': the weights '${printable(name)}' are missing; the file is damaged`,
          );
        return dataset.numbers();
      },
    }));
  }
}

/**
 * The model in an HDF5 file's bytes.
 * @throws FormatError naming file, offset or layer, and what to do
 */
export function importKerasHdf5(
  bytes: Uint8Array,
  place: string,
  name: string,
  preprocessing: Preprocessing,
): Imported {
  const root = openHdf5(bytes, place);
  const text = longAttribute(root, 'model_config')?.join('');
  const weights = root.find('model_weights');
  if (!text || !weights) {
    throw new FormatError(
      `${place}: the file holds weights but no model; save the whole model with model.save(), not save_weights()`,
    );
  }
  const { value: model } = parseStrictJson(bytesOf(text), {
    place: `${place}: model_config`,
    maximumDepth: CONFIG_DEPTH,
  });
  const major = root.texts('keras_version')?.[0]?.startsWith('3') ? 3 : 2;
  return importKerasModel({
    place,
    name,
    model,
    weights: new Hdf5Weights(weights, place),
    dialect: { major },
    preprocessing,
  });
}
