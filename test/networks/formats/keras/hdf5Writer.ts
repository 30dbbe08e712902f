/** Keras' HDF5 files written by the HDF5 library itself (h5wasm), as model.save lays them out. */
import h5wasm, { ready } from 'h5wasm';
import type { Constant } from '../../../../src/networks/formats/import/constant.js';

/** The bytes of a file that `write` fills. */
export async function hdf5File(write: (file: InstanceType<typeof h5wasm.File>) => void): Promise<Uint8Array> {
  const { FS } = await ready;
  const name = '/made.h5';
  const file = new h5wasm.File(name, 'w');
  try {
    write(file);
  } finally {
    file.close();
  }
  const bytes = new Uint8Array(FS.readFile(name));
  FS.unlink(name);
  return bytes;
}

/** A whole model: its configuration, and a group of weights for each layer. */
export function kerasHdf5(model: unknown, weights: ReadonlyMap<string, Constant>): Promise<Uint8Array> {
  return hdf5File((file) => {
    file.create_attribute('model_config', JSON.stringify(model));
    file.create_attribute('keras_version', '2.4.0');
    const root = file.create_group('model_weights');
    const byLayer = new Map<string, string[]>();
    for (const name of weights.keys()) {
      const layer = name.slice(0, name.lastIndexOf('/'));
      byLayer.set(layer, [...(byLayer.get(layer) ?? []), name]);
    }
    root.create_attribute('layer_names', [...byLayer.keys()]);
    for (const [layer, names] of byLayer) {
      const group = root.create_group(layer);
      group.create_attribute(
        'weight_names',
        names.map((name) => `${name}:0`),
      );
      const inner = group.create_group(layer);
      for (const name of names) {
        const { shape, data } = weights.get(name)!;
        inner.create_dataset({
          name: `${name.slice(layer.length + 1)}:0`,
          data: Float32Array.from(data),
          shape: [...shape],
        });
      }
    }
  });
}
