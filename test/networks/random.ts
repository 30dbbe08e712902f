import { philoxNormals } from '../../src/base/random/philox.js';

/** Standard normals, float32, the same ones for the same `stream`. */
export function normals(count: number, stream: number): Float32Array {
  return Float32Array.from(philoxNormals([123, stream], 0, count));
}
