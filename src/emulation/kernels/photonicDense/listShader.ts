/** The active inputs of a run (a pass of an image) in WGSL: which take a slot, and what is counted of an image. */
import { levelWgsl } from '../webgpu/activationShader.js';
import { COUNTS, TALLY_WGSL } from '../webgpu/countShader.js';

/** Threads of a run, all in one workgroup. */
export const THREADS = 256;

/**
 * `listInputs` writes the active inputs of a run into its entries, k ascending: k as an entry's first word, its level as the fourth.
 * Every thread counts a share of them, then writes behind those before it. `activeInputs` is theirs, then.
 */
export const listWgsl = (quantise: boolean, words: number) => /* wgsl */ `
${levelWgsl(quantise)}${TALLY_WGSL}
var<workgroup> listed : array<u32, ${THREADS}>;

fn isActive(element : f32, level : f32, side : u32) -> bool {
  return (element < 0.0) == (side == 1u) && !isZero(element, level) && level >= 0.0;
}

fn listInputs(run : u32, image : u32, side : u32) {
  let share = (uniforms.inputs + ${THREADS - 1}u) / ${THREADS}u;
  let first = min(localIndex * share, uniforms.inputs);
  let end = min(first + share, uniforms.inputs);
  var own = 0u;
  var tally : Tally;
  for (var k = first; k < end; k++) {
    let element = x[image * uniforms.inputs + k];
    let level = levelOf(element);
    own += select(0u, 1u, isActive(element, level, side));
    if (side == 0u) { tallyElement(&tally, element, level, usesOf(k)); }
  }
  addTally(tally);
  listed[localIndex] = own;
  workgroupBarrier();
  for (var reach = 1u; reach < ${THREADS}u; reach *= 2u) {
    var before = 0u;
    if (localIndex >= reach) { before = listed[localIndex - reach]; }
    workgroupBarrier();
    listed[localIndex] += before;
    workgroupBarrier();
  }
  var place = run * uniforms.inputs + listed[localIndex] - own;
  for (var k = first; k < end; k++) {
    let element = x[image * uniforms.inputs + k];
    let level = levelOf(element);
    if (!isActive(element, level, side)) { continue; }
    entries[${words}u * place] = i32(k);
    entries[${words}u * place + 3u] = bitcast<i32>(level);
    place++;
  }
}

fn activeInputs() -> u32 { return listed[${THREADS - 1}]; }

// Of the run's entry \`entry\`.
fn levelOfEntry(run : u32, entry : u32) -> f32 {
  return bitcast<f32>(entries[${words}u * (run * uniforms.inputs + entry) + 3u]);
}
fn inputOfEntry(run : u32, entry : u32) -> u32 { return u32(entries[${words}u * (run * uniforms.inputs + entry)]); }

// What a run leaves beside its entries, by one thread: where they are, and of an image what was counted, rows' counts at 0.
fn writeRange(run : u32, image : u32, side : u32) {
  ranges[2u * run] = i32(run * uniforms.inputs);
  ranges[2u * run + 1u] = i32(run * uniforms.inputs + activeInputs());
  if (side == 1u) { return; }
  let at = ${COUNTS}u * image;
  for (var which = 0u; which < ${COUNTS}u; which++) { counts[at + which] = 0; }
  for (var which = 0u; which < 5u; which++) { counts[at + which] = bitcast<i32>(atomicLoad(&tallies[which])); }
}
`;
