/**
 * The ADC in WGSL, on u in units of its step, and sums of codes: of up to 24 bits each, so that a sum is kept in two
 * words of 12 bits and the rest.
 */

/** `ADC` is baked in: without one, samples are summed as they are. */
export function converterWgsl(adc: boolean): string {
  return adc ? ADC_ON : ADC_OFF;
}

const ADC_ON = /* wgsl */ `
struct Sums { low : vec4<i32>, high : vec4<i32> };

// WGSL's round takes ties to even.
fn codesOf(x : vec4<f32>, limit : f32) -> vec4<i32> {
  return vec4<i32>(round(clamp(x, vec4<f32>(-limit), vec4<f32>(limit))));
}

fn countBeyond(x : vec4<f32>, limit : f32, valid : vec4<bool>) -> u32 {
  let beyond = select(vec4<u32>(0u), vec4<u32>(1u), (abs(round(x)) > vec4<f32>(limit)) & valid);
  return beyond.x + beyond.y + beyond.z + beyond.w;
}

fn addCodes(sums : ptr<function, Sums>, codes : vec4<i32>, sign : i32) {
  (*sums).low += sign * (codes & vec4<i32>(0xfff));
  (*sums).high += sign * (codes >> vec4<u32>(12u));
}

fn totals(sums : ptr<function, Sums>) -> vec4<f32> {
  return vec4<f32>((*sums).high) * 4096.0 + vec4<f32>((*sums).low);
}
`;

const ADC_OFF = /* wgsl */ `
struct Sums { samples : vec4<f32> };

fn addSamples(sums : ptr<function, Sums>, x : vec4<f32>, sign : i32) {
  (*sums).samples += f32(sign) * x;
}

fn totals(sums : ptr<function, Sums>) -> vec4<f32> {
  return (*sums).samples;
}
`;
