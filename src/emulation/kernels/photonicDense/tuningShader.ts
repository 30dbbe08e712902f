/** What tuning the banks of a batch holds, in WGSL: for the cost model, and which rows are slow. */
/** Words of a run's tuning: active inputs; sums in words of 32 bits, low first; then a bit a row. */
export const [TUNING_SUMS, TUNING_SLOW_ROWS] = [1, 7];

/**
 * `tuneRow` adds a row to what tuning holds, [runs][7 + rows / 32]: active inputs; electro-optic shifts of fast rows, of slow rows, thermo-optic ones
 * of slow rows, in whole units, 64 bits each, so that sums do not round; which rows are slow. A ring is slow from a level on
 * that the host has found in float64.
 */
export const TUNE_WGSL = /* wgsl */ `
// asin z / z - 1 over z^2, z^2 <= 1/2, to 1.7e-8 of asin z.
fn arcsineOf(sine : f32) -> f32 {
  let z = sine * sine;
  var p = z * 0.11205934 + -0.093915985;
  p = p * z + 0.0778580016;
  p = p * z + 0.0160914278;
  p = p * z + 0.0465529441;
  p = p * z + 0.0748808686;
  p = p * z + 0.16666916;
  return sine + sine * (z * p);
}

// In units.
fn angle(sine : f32, cosine : f32) -> u32 {
  let radians = select(${Math.PI / 2} - arcsineOf(cosine), arcsineOf(sine), sine < cosine);
  return u32(max(radians * uniforms.unitsPerRadian + 0.5, 0.0));
}

fn add(sum : vec2<u32>, amount : u32) -> vec2<u32> {
  let low = sum.x + amount;
  return vec2<u32>(low, sum.y + select(0u, 1u, low < amount));
}

fn addToTuning(at : u32, sum : vec2<u32>) {
  let before = bitcast<u32>(atomicAdd(&tuning[at], bitcast<i32>(sum.x)));
  let carried = select(0u, 1u, before + sum.x < before);
  atomicAdd(&tuning[at + 1u], bitcast<i32>(sum.y + carried));
}

fn tuneRow(run : u32, row : u32, count : u32) {
  let first = row * uniforms.size;
  var electroOptic = vec2<u32>(0u);
  var thermoOptic = vec2<u32>(0u);
  var isSlow = false;
  for (var entry = first; entry < min(first + uniforms.size, count); entry++) {
    let level = levelOfEntry(run, entry);
    let held = detuned(level);
    if (level < uniforms.firstSlow) {
      electroOptic = add(electroOptic, angle(held.x, held.y));
      continue;
    }
    isSlow = true;
    electroOptic = add(electroOptic, uniforms.rangeUnits);
    // asin s - asin r = asin((s^2 - r^2) / (s cos r + r cos s)), and s^2 - r^2 follows from the levels.
    let squares = uniforms.beyond * aboveLevel(level, uniforms.rangeLevel) / held.z;
    let sine = squares / max(held.x * uniforms.range.y + uniforms.range.x * held.y, 1e-18);
    thermoOptic = add(thermoOptic, angle(sine, held.y * uniforms.range.y + held.x * uniforms.range.x));
  }
  let at = run * uniforms.words;
  let sums = at + ${TUNING_SUMS}u;
  if (!isSlow) { addToTuning(sums, electroOptic); return; }
  addToTuning(sums + 2u, electroOptic);
  addToTuning(sums + 4u, thermoOptic);
  atomicOr(&tuning[at + ${TUNING_SLOW_ROWS}u + row / 32u], i32(1u << (row % 32u)));
}
`;
