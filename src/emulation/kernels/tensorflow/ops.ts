/** Operations of the TensorFlow library that TensorFlow.js has no function for, or one that reads its arguments back. */

import type { SeedPair } from '../../../base/random/philox.js';
import type { Tensor, Tf } from '../../../base/tensorflow/tf.js';

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** What the backend of tfjs-node offers beside its kernels. */
interface TensorflowBackend {
  readonly binding: Readonly<
    Record<'TF_ATTR_TYPE' | 'TF_ATTR_INT' | 'TF_ATTR_STRING' | 'TF_FLOAT' | 'TF_INT32', number>
  >;
  executeSingleOutput(name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor;
}

const backendOf = (tf: Tf) => tf.backend() as unknown as TensorflowBackend;

function typeOf({ binding }: TensorflowBackend, name: string, type: 'TF_FLOAT' | 'TF_INT32'): Attribute {
  return { name, type: binding.TF_ATTR_TYPE, value: binding[type] };
}

/** Elements `indices` of `axis`; `tf.gather` would read the indices back from the device to check them. */
export function gather(tf: Tf, x: Tensor, indices: Tensor, axis: number): Tensor {
  const backend = backendOf(tf);
  const { TF_ATTR_INT } = backend.binding;
  const attributes = [
    { name: 'batch_dims', type: TF_ATTR_INT, value: 0 },
    typeOf(backend, 'Tparams', 'TF_FLOAT'),
    typeOf(backend, 'Tindices', 'TF_INT32'),
    typeOf(backend, 'Taxis', 'TF_INT32'),
  ];
  return tf.tidy(() => backend.executeSingleOutput('GatherV2', attributes, [x, indices, tf.scalar(axis, 'int32')]));
}

/**
 * Windows of a padded batch: [batch, rows, columns, channels] -> [batch, output rows, output columns, taps * channels],
 * kernel row slowest, channel fastest.
 */
export function extractPatches(
  tf: Tf,
  x: Tensor,
  sizes: readonly [number, number],
  strides: readonly [number, number],
  dilation: readonly [number, number],
): Tensor {
  const backend = backendOf(tf);
  const { TF_ATTR_INT, TF_ATTR_STRING } = backend.binding;
  const pair = (name: string, [down, across]: readonly [number, number]) => ({
    name,
    type: TF_ATTR_INT,
    value: [1, down, across, 1],
  });
  const attributes = [
    typeOf(backend, 'T', 'TF_FLOAT'),
    pair('ksizes', sizes),
    pair('strides', strides),
    pair('rates', dilation),
    { name: 'padding', type: TF_ATTR_STRING, value: 'VALID' },
  ];
  return backend.executeSingleOutput('ExtractImagePatches', attributes, [x]);
}

/** How many of `sorted`, ascending, do not exceed each value: [n] and [values] -> [values], int32. */
export function upperBound(tf: Tf, sorted: Tensor, values: Tensor): Tensor {
  const backend = backendOf(tf);
  const attributes = [typeOf(backend, 'T', 'TF_FLOAT'), typeOf(backend, 'out_type', 'TF_INT32')];
  return tf.tidy(() => {
    const row = (x: Tensor) => tf.reshape(x, [1, x.size]);
    return tf.reshape(backend.executeSingleOutput('UpperBound', attributes, [row(sorted), row(values)]), [values.size]);
  });
}

function stateless(
  tf: Tf,
  op: string,
  dtype: 'TF_FLOAT' | 'TF_INT32',
  shape: readonly number[],
  seed: SeedPair,
): Tensor {
  const backend = backendOf(tf);
  const attributes = [
    typeOf(backend, 'dtype', dtype),
    typeOf(backend, 'T', 'TF_INT32'),
    typeOf(backend, 'Tseed', 'TF_INT32'),
  ];
  return tf.tidy(() =>
    backend.executeSingleOutput(op, attributes, [tf.tensor1d([...shape], 'int32'), tf.tensor1d([...seed], 'int32')]),
  );
}

/** The first standard normals of the stream of `seed`: the operation that section 9 of the contract is defined by. */
export function statelessNormal(tf: Tf, shape: readonly number[], seed: SeedPair): Tensor {
  return stateless(tf, 'StatelessRandomNormal', 'TF_FLOAT', shape, seed);
}

/** The first words of the stream of `seed`, int32. */
export function statelessWords(tf: Tf, count: number, seed: SeedPair): Tensor {
  return stateless(tf, 'StatelessRandomUniformFullInt', 'TF_INT32', [count], seed);
}
