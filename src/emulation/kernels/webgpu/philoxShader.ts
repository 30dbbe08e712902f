/** Philox4x32-10 (section 9 of the contract) in WGSL. A stream is (key, high half of the counter), as `streamWords` packs it. */

import { MIX_KEY, philoxStream, type SeedPair } from '../../../base/random/philox.js';
import { readNoiseSeed } from '../../../base/random/seeds.js';
import type { MacProgram } from '../../program/types.js';
import type { Uniform } from './uniforms.js';

/** A stream's four words as the shader takes them: key 0, key 1, counter 2, counter 3. */
export function streamWords(seed: SeedPair): number[] {
  const { key, counterHigh } = philoxStream(seed);
  return [...key, ...counterHigh].map((word) => word | 0);
}

/** Whether images of a batch follow each other in their split: then nothing of them is uploaded. */
export function areConsecutive(images: Int32Array): boolean {
  return images.every((image, i) => image === images[0]! + i);
}

/** What `READ_STREAM_WGSL` wants: seed words of the first pass, of the layer's image 0, and the first image of the batch. */
export function streamUniform({ layerIndex }: MacProgram, runSeed: number, firstImage: number): Uniform {
  const [run, layer] = readNoiseSeed(runSeed, layerIndex, 0, 0);
  const [ofSecondPass] = readNoiseSeed(runSeed, layerIndex, 0, 1);
  return ['u32', run, ofSecondPass, layer, firstImage];
}

/**
 * Stream of the read noise of one pass on one image of the batch, by the seeds of section 9. Wants the uniform `seeds`.
 * @param listed whether the binding `imageNumbers` names the images.
 */
export const readStreamWgsl = (listed: boolean) => /* wgsl */ `
fn readStream(side : u32, image : u32) -> vec4<u32> {
  let number = ${listed ? 'u32(imageNumbers[image])' : 'uniforms.seeds.w + image'};
  let run = select(uniforms.seeds.x, uniforms.seeds.y, side == 1u);
  return philoxWords(run, 0u, vec4<u32>(${MIX_KEY.map((word) => `0x${word.toString(16)}u`).join(', ')}, uniforms.seeds.z | number, 0u));
}
`;

/** WGSL has no 64-bit product: the high half of a 32 x 32 bit one is put together from four of 16 x 16. */
export const PHILOX_WGSL = /* wgsl */ `
fn mulHigh(a : u32, b : u32) -> u32 {
  let aLow = a & 0xffffu;
  let aHigh = a >> 16u;
  let bLow = b & 0xffffu;
  let bHigh = b >> 16u;
  let middle = aHigh * bLow + ((aLow * bLow) >> 16u);
  let middleLow = aLow * bHigh + (middle & 0xffffu);
  return aHigh * bHigh + (middle >> 16u) + (middleLow >> 16u);
}

struct PhiloxState { counter : vec4<u32>, key : vec2<u32> };

fn philoxRound(state : PhiloxState) -> PhiloxState {
  let c = state.counter;
  let product0 = vec2<u32>(mulHigh(0xd2511f53u, c.x), 0xd2511f53u * c.x);
  let product1 = vec2<u32>(mulHigh(0xcd9e8d57u, c.z), 0xcd9e8d57u * c.z);
  return PhiloxState(
    vec4<u32>(product1.x ^ c.y ^ state.key.x, product1.y, product0.x ^ c.w ^ state.key.y, product0.y),
    state.key + vec2<u32>(0x9e3779b9u, 0xbb67ae85u),
  );
}

// Words of the group (low, high): samples 4 group .. 4 group + 3.
fn philoxWords(low : u32, high : u32, stream : vec4<u32>) -> vec4<u32> {
  var state = PhiloxState(vec4<u32>(low, high, stream.zw), stream.xy);
  for (var round = 0; round < 10; round++) { state = philoxRound(state); }
  return state.counter;
}

// What of the first two rounds is the same in all groups below 2^32: half of the products. \`x\` and \`y\` of their state are without
// the group's share.
fn philoxStream(stream : vec4<u32>) -> PhiloxState {
  let first = philoxRound(PhiloxState(vec4<u32>(0u, 0u, stream.zw), stream.xy));
  let second = philoxRound(PhiloxState(vec4<u32>(first.counter.xy, 0u, 0u), first.key));
  return PhiloxState(vec4<u32>(first.counter.y ^ first.key.x, stream.w ^ stream.y, second.counter.zw), second.key);
}

// \`philoxWords\` of the group (low, 0) of a prepared stream.
fn philoxWordsOf(low : u32, prepared : PhiloxState) -> vec4<u32> {
  let z = mulHigh(0xd2511f53u, low) ^ prepared.counter.y;
  let product = vec2<u32>(mulHigh(0xcd9e8d57u, z), 0xcd9e8d57u * z);
  let counter = vec4<u32>(
    product.x ^ prepared.counter.x,
    product.y,
    prepared.counter.z ^ (0xd2511f53u * low),
    prepared.counter.w,
  );
  var state = PhiloxState(counter, prepared.key);
  for (var round = 2; round < 10; round++) { state = philoxRound(state); }
  return state.counter;
}
`;
