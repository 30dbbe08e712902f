/** The active inputs of a batch in WGSL: which take a slot, and how the shaders behind find them. A run is a pass of an image. */
import { levelWgsl } from '../webgpu/activationShader.js';

/** Threads of a run that list its active inputs. */
export const LISTERS = 256;

/** The active inputs of a run, k ascending: every thread counts a share of them, then writes behind those before it. */
export const listWgsl = (quantise: boolean) => /* wgsl */ `
${levelWgsl(quantise)}
var<workgroup> counts : array<u32, ${LISTERS}>;

fn levelAt(k : u32) -> f32 {
  let element = x[workgroupId.y * uniforms.inputs + k];
  let level = levelOf(element);
  return select(-1.0, level, (element < 0.0) == (workgroupId.z == 1u) && !isZero(element, level));
}

fn main(index : i32) {
  let run = workgroupId.z * uniforms.images + workgroupId.y;
  let share = (uniforms.inputs + ${LISTERS - 1}u) / ${LISTERS}u;
  let first = min(localIndex * share, uniforms.inputs);
  let end = min(first + share, uniforms.inputs);
  var own = 0u;
  for (var k = first; k < end; k++) { own += select(0u, 1u, levelAt(k) >= 0.0); }
  counts[localIndex] = own;
  workgroupBarrier();
  for (var reach = 1u; reach < ${LISTERS}u; reach *= 2u) {
    var before = 0u;
    if (localIndex >= reach) { before = counts[localIndex - reach]; }
    workgroupBarrier();
    counts[localIndex] += before;
    workgroupBarrier();
  }
  var place = run * uniforms.inputs + counts[localIndex] - own;
  for (var k = first; k < end; k++) {
    let level = levelAt(k);
    if (!(level >= 0.0)) { continue; }
    result[uniforms.inputsAt + place] = i32(k);
    result[uniforms.levelsAt + place] = bitcast<i32>(level);
    place++;
  }
  if (localIndex == ${LISTERS - 1}u) {
    result[2u * run] = i32(run * uniforms.inputs);
    result[2u * run + 1u] = i32(run * uniforms.inputs + counts[localIndex]);
  }
}
`;

/** Where a thread's run lies in the list; every shader behind reads it so. */
export const RUN_WGSL = /* wgsl */ `
fn runOf() -> u32 { return globalId.z * uniforms.images + globalId.y; }
fn countOf(run : u32) -> u32 { return u32(listed[2u * run + 1u] - listed[2u * run]); }
fn levelOfEntry(run : u32, entry : u32) -> f32 {
  return bitcast<f32>(listed[uniforms.levelsAt + run * uniforms.inputs + entry]);
}
`;
