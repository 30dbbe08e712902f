/**
 * The banks of dense layers in WGSL, float32: how far each ring is detuned, and what its channel transmits (sections 2 to 6 of
 * the contract; the same steps as `wasm/assembly/fcBank.ts`).
 */
/**
 * Detuning of a held level. Differences that cancel are taken of levels, whose parts below float32 come second: on its notch
 * a ring's q is small, its root is what counts.
 */
export const DETUNED_WGSL = /* wgsl */ `
// WGSL's division may be off by 2.5 units in the last place; one step of Newton's brings it to about one.
fn quotient(a : f32, b : f32) -> f32 {
  let r = a / b;
  return r + (a - r * b) / b;
}

fn aboveLevel(level : f32, base : vec2<f32>) -> f32 { return max((level - base.x) - base.y, 0.0); }

// sin and cos of pi delta / FSR, and 1 - t.
fn detuned(level : f32) -> vec3<f32> {
  let toFull = max((uniforms.full.x - level) + uniforms.full.y, 0.0);
  let taken = min(uniforms.ring.y + uniforms.ring.x * toFull, 1.0 - uniforms.ring.z);
  let above = uniforms.ring.x * aboveLevel(level, uniforms.floorLevel);
  let q = min(quotient(above, max(uniforms.ring.w * taken, 1e-30)), 1.0);
  return vec3<f32>(preciseSqrt2(vec2<f32>(q, 1.0 - q)), taken);
}
`;

/**
 * `detuneRing`: sin beta on rail + and -, then 1 - cos beta, of a ring of the run: errors and what light does to the ring included.
 * `at` counts the rings of the run's rows, `count` its active inputs.
 */
export const detuneWgsl = (heats: boolean) => /* wgsl */ `
fn detuneRing(run : u32, at : u32, count : u32) -> vec4<f32> {
  let row = at / uniforms.slots;
  let slot = at % uniforms.slots;
  let entry = row * uniforms.size + slot;
  let filled = slot < uniforms.size && entry < count;
  var level = 0.0;
  if (filled) { level = levelOfEntry(run, entry); }
  let held = detuned(level);
  let error = bank[uniforms.errorsAt + (row % uniforms.units) * uniforms.slots + slot];
  var sines = held.x * error.zw + held.y * error.xy;
  var cosines = held.y * error.zw - held.x * error.xy;
  ${
    heats
      ? `if (filled) {
    // In half turns; a half turn is none.
    let turn = held.z * excessOf(inputOfEntry(run, entry));
    let part = turn - round(turn);
    let turned = sineOfTurn(vec4<f32>(0.5 * part, 0.25 * part));
    let cosine = 1.0 - 2.0 * turned.zw * turned.zw;
    let before = sines;
    sines = sines * cosine + cosines * turned.xy;
    cosines = cosines * cosine - before * turned.xy;
  }`
      : ''
  }
  let versines = select(1.0 - cosines, sines * sines / max(1.0 + cosines, vec2<f32>(1.0)), cosines > vec2<f32>(0.0));
  return vec4<f32>(sines, versines);
}
`;

/**
 * `transmitEntry`: what an entry's channel transmits past all rings of its waveguide. sin(alpha - beta) is sin alpha - sin beta, which is exact where
 * they are near and small, and what is of second order, from 1 - cos. Rings that take little are summed up as what they take,
 * G, so that ten of them do not round H ten times; the others are factors of P: H = P (1 - G).
 */
export const transmitWgsl = (chirp: boolean) => /* wgsl */ `
fn transmitEntry(run : u32, entry : u32) {
  let row = entry / uniforms.size;
  let slot = entry % uniforms.size;
  // Gains of both rails, sin and 1 - cos of how far the VCSELs stand off their channel.
  let channel = bank[uniforms.channelsAt + (row % uniforms.units) * uniforms.slots + slot];
  let rings = (run * uniforms.rows + row) * uniforms.slots;
  var first = slot;
  var end = slot + 1u;
  if (uniforms.crosstalk == 1u) {
    first = slot - slot % uniforms.ringsPerWaveguide;
    end = first + uniforms.ringsPerWaveguide;
  }
  var P = vec2<f32>(1.0);
  var G = vec2<f32>(0.0);
  ${chirp ? 'var D = vec2<f32>(0.0);' : ''}
  for (var ring = first; ring < end; ring++) {
    let beta = betas[rings + ring];
    let distance = bank[uniforms.ringsPerWaveguide - 1u + slot - ring];
    let moved = channel.z * (1.0 - distance.z) - channel.w * distance.x;
    let sineAlpha = distance.x + moved;
    let versineAlpha = distance.z * (1.0 - channel.w) + channel.w + channel.z * distance.x;
    let sine = ((distance.x - beta.xy) + (distance.y + moved)) + (beta.xy * versineAlpha - sineAlpha * beta.zw);
    // Bounded: infinity times zero is none.
    let excess = min(uniforms.finesse * (sine * sine), vec2<f32>(1e30));
    let quotient = 1.0 / (1.0 + excess);
    let below = quotient + quotient * (1.0 - quotient * (1.0 + excess));
    let takes = (1.0 - uniforms.Tmin) * below;
    let T = (uniforms.Tmin + excess) * below;
    ${
      chirp
        ? `let cosine = (1.0 - versineAlpha) * (1.0 - beta.zw) + sineAlpha * beta.xy;
    D = D * T + P * (1.0 - G) * (uniforms.steepness * (sine * cosine) * (below * below));`
        : ''
    }
    let little = takes < vec2<f32>(0.25);
    G += select(vec2<f32>(0.0), takes * (1.0 - G), little);
    P *= select(T, vec2<f32>(1.0), little);
    let much = G > vec2<f32>(0.5);
    P *= select(vec2<f32>(1.0), 1.0 - G, much);
    G = select(G, vec2<f32>(0.0), much);
  }
  let H = P * (1.0 - G) * channel.xy;
  let at = ${chirp ? 8 : 4}u * (run * uniforms.inputs + entry);
  entries[at + 1u] = bitcast<i32>(H.x);
  entries[at + 2u] = bitcast<i32>(H.y);
  ${
    chirp
      ? `let square = uniforms.chirp * D * channel.xy;
  let linear = H - uniforms.lightPoint * square;
  entries[at + 4u] = bitcast<i32>(linear.x);
  entries[at + 5u] = bitcast<i32>(linear.y);
  entries[at + 6u] = bitcast<i32>(square.x);
  entries[at + 7u] = bitcast<i32>(square.y);`
      : ''
  }
}
`;
