/** Numbers that a program is given beside its arrays, laid out as WGSL lays out a struct. */

type UniformType = 'u32' | 'i32' | 'f32';
/** Of up to four numbers. */
export type Uniform = readonly [type: UniformType, ...values: number[]];

type Uniforms = Readonly<Record<string, Uniform>>;

const BYTES = 4;
/** Words of the whole are a multiple of this: what a vector of four is aligned to. */
const STRUCT_WORDS = 4;

function typeOf([type, ...values]: Uniform): string {
  return values.length === 1 ? type : `vec${values.length}<${type}>`;
}

/** Declarations of the struct's fields. */
export function uniformFields(uniforms: Uniforms): string {
  return Object.entries(uniforms)
    .map(([name, uniform]) => `${name} : ${typeOf(uniform)},`)
    .join(' ');
}

/** Words that a field begins at a multiple of: a vector of three is aligned as one of four. */
const alignmentOf = (numbers: number) => (numbers === 3 ? 4 : numbers);

export function packUniforms(uniforms: Uniforms): ArrayBuffer {
  const placed: { readonly at: number; readonly uniform: Uniform }[] = [];
  let words = 0;
  for (const uniform of Object.values(uniforms)) {
    const numbers = uniform.length - 1;
    const alignment = alignmentOf(numbers);
    const at = Math.ceil(words / alignment) * alignment;
    placed.push({ at, uniform });
    words = at + numbers;
  }
  const packed = new ArrayBuffer(BYTES * Math.max(1, Math.ceil(words / STRUCT_WORDS)) * STRUCT_WORDS);
  const [floats, integers] = [new Float32Array(packed), new Uint32Array(packed)];
  for (const {
    at,
    uniform: [type, ...values],
  } of placed) {
    for (const [i, value] of values.entries()) {
      if (type === 'f32') floats[at + i] = value;
      else integers[at + i] = value;
    }
  }
  return packed;
}
