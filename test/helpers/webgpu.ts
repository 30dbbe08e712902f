/** TensorFlow.js on WebGPU, or null where there is no adapter: tests skip then, they do not pass. */
import { BackendUnavailableError } from '../../src/base/errors.js';
import { loadTf, type Tf } from '../../src/base/tensorflow/tf.js';

export async function loadWebgpu(): Promise<Tf | null> {
  try {
    return await loadTf('webgpu');
  } catch (error) {
    if (error instanceof BackendUnavailableError) return null;
    throw error;
  }
}
