/**
 * What one of our programs costs by itself on a WebGPU device, and what a round trip does: medians of wall time, us, of programs that
 * do next to nothing, enqueued one behind the other, and of reading a word back.
 * Usage: node launches.mjs    prints one JSON object.
 */
import { takeIntegers } from '../../dist/emulation/kernels/webgpu/readback.js';
import { allocate, launch } from '../../dist/emulation/kernels/webgpu/webgpuProgram.js';
import { onBackend } from './network.mjs';

const [ROUNDS, PROGRAMS] = [15, 300];
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const { tf } = await onBackend('webgpu');
const backend = tf.backend();

/** Wall time of `programs` programs that add to one word, and of reading it. */
async function time_us(programs) {
  const word = allocate(backend, [1], 'int32');
  const began = performance.now();
  for (let at = 0; at < programs; at++)
    launch(backend, {
      key: 'empty',
      code: 'fn main() { word[0] += i32(uniforms.one); }',
      bindings: { word: { tensor: word, type: 'i32', writes: true } },
      uniforms: { one: ['u32', 1] },
      workgroup: [1, 1],
      threads: [1, 1, 1],
    });
  await takeIntegers(tf, [tf.engine().makeTensorFromTensorInfo(word)]);
  return 1000 * (performance.now() - began);
}

await time_us(PROGRAMS);
const [few, many] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  few.push(await time_us(1));
  many.push(await time_us(PROGRAMS));
}
const launch_us = (median(many) - median(few)) / (PROGRAMS - 1);
const result = { backend: 'webgpu', launch_us, roundTrip_us: median(few) - launch_us };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
