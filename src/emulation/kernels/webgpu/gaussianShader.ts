/**
 * Box and Muller's transform of 23-bit uniforms in WGSL, whose own log, sin and cos may be off by 2^-11: the polynomials
 * of `wasm/assembly/gaussian.ts` (intervals and errors are stated there) in operations that every device rounds
 * correctly. Terms are such that fusing a product with a sum, which WGSL allows, changes the last bit only.
 */

/** WGSL lets sqrt be off by some units in the last place; one step of Newton's brings it to about one. */
const sqrtWgsl = (lanes: 2 | 4) => /* wgsl */ `
fn preciseSqrt${lanes}(x : vec${lanes}<f32>) -> vec${lanes}<f32> {
  let root = max(sqrt(x), vec${lanes}<f32>(1e-18));
  return root + (x - root * root) * (0.5 / root);
}
`;

/** From the bits of an exponent as an integer, e 2^23, to -2 ln 2^e. */
const MINUS_TWO_LN2 = (-2 * Math.LN2) / 2 ** 23;

export const GAUSSIAN_WGSL = /* wgsl */ `
${sqrtWgsl(2)}
${sqrtWgsl(4)}
fn onePlusUniform(words : vec4<u32>) -> vec4<f32> {
  return bitcast<vec4<f32>>((words & vec4<u32>(0x7fffffu)) | vec4<u32>(0x3f800000u));
}

// sqrt(-2 ln max(uniform, 1e-7)), ln m = 2 artanh((m - 1) / (m + 1)).
fn radius(onePlusU : vec2<f32>) -> vec2<f32> {
  let u = max(onePlusU - 1.0, vec2<f32>(1e-7));
  let bits = bitcast<vec2<u32>>(u);
  let exponentBits = (bits - vec2<u32>(0x3f3504f3u)) & vec2<u32>(0xff800000u);
  let m = bitcast<vec2<f32>>(bits - exponentBits);
  let s = (m - 1.0) / (m + 1.0);
  let z = s * s;
  var p = z * ${-4 * 0.14963257465198107} + ${-4 * 0.19987378382051865};
  p = p * z + ${-4 * 0.3333340818606617};
  p = p * z * s - s * 4.0;
  return preciseSqrt2(p + vec2<f32>(bitcast<vec2<i32>>(exponentBits)) * ${MINUS_TWO_LN2});
}

// sin(2 pi s), |s| <= 1/4.
fn sineOfTurn(s : vec4<f32>) -> vec4<f32> {
  let z = s * s;
  var p = z * 39.53670602741663 + -76.5497822880826;
  p = p * z + 81.60100407299718;
  p = p * z + -41.34165503141161;
  p = p * z + 6.283185160089461;
  return p * s;
}

// Four normals from four words. Sine and cosine are folded to a quarter turn, which takes no rounding.
fn normalsFromWords(words : vec4<u32>) -> vec4<f32> {
  let onePlusU = onePlusUniform(words);
  let angle = onePlusU.yyww;
  let fromQuarter = abs(angle - 1.75) - 0.5;
  let turnOfSine = 0.25 - abs(fromQuarter);
  let turnOfCosine = abs(angle - 1.5) - 0.25;
  let isSine = vec4<bool>(true, false, true, false);
  return radius(onePlusU.xz).xxyy * sineOfTurn(select(turnOfCosine, turnOfSine, isSine));
}
`;
