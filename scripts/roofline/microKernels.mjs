/** Compiles microKernels.ts and lays out what its functions work on. */
import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';
import { philoxUniforms } from '../../dist/base/random/philox.js';

const SOURCE = new URL('microKernels.ts', import.meta.url);
/** Multiply-adds of a step of `multiplyAdds`. */
const LANES = 8 * 4;
const [BLOCK, ROW] = [16, 50];

async function compile() {
  const text = await readFile(SOURCE, 'utf8');
  let binary = null;
  const { error, stderr } = await asc.main(
    [
      'microKernels.ts',
      '--outFile',
      'out.wasm',
      '--optimize',
      '--runtime',
      'stub',
      '--enable',
      'simd',
      '--importMemory',
    ],
    {
      readFile: (name) => (name === 'microKernels.ts' ? text : null),
      writeFile: (_name, content) => {
        binary = content;
      },
      listFiles: () => [],
    },
  );
  if (error || binary === null) throw new Error(`microKernels.ts does not compile: ${error?.message ?? stderr}`);
  return binary;
}

/** `exports` of microKernels.ts, and a memory that only grows. */
export async function compileMicroKernels() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { instance } = await WebAssembly.instantiate(await compile(), { env: { memory, abort: () => {} } });
  const { exports } = instance;
  // The first bytes are microKernels.ts's own.
  let top = 1024;
  const allocate = (bytes) => {
    const address = top;
    top += 64 * Math.ceil(bytes / 64);
    const missing = Math.ceil((top - memory.buffer.byteLength) / 65536);
    if (missing > 0) memory.grow(missing);
    return address;
  };
  return {
    exports,
    allocate,
    bytes: (address, length) => new Uint8Array(memory.buffer, address, length),
    LANES,
    denseLayout: (inputs, filters) => denseLayout({ memory, allocate, exports }, inputs, filters),
  };
}

/** A dense layer in both orders; `fill` draws its weights, `run` multiplies. Filters are a multiple of 16. */
function denseLayout({ memory, allocate, exports }, inputs, filters) {
  const blocks = filters / BLOCK;
  const [weights, list] = [allocate(4 * inputs * filters), allocate(8 * inputs * filters)];
  const [starts, held, sums] = [allocate(4 * (inputs + 1)), allocate(4 * inputs), allocate(4 * filters)];
  return {
    /** @param share of weights that are not 0, wherever. */
    fill(share) {
      const [f32, u32] = [new Float32Array(memory.buffer), new Uint32Array(memory.buffer)];
      const uniforms = philoxUniforms([1, 1], 0, inputs * filters);
      f32.fill(1, held / 4, held / 4 + inputs);
      f32.fill(0, sums / 4, sums / 4 + filters);
      let at = list / 4;
      for (let k = 0; k < inputs; k++) {
        u32[starts / 4 + k] = 4 * at - list;
        for (let f = 0; f < filters; f++) {
          const weight = uniforms[k * filters + f] < share ? 1 : 0;
          f32[weights / 4 + (Math.floor(f / BLOCK) * inputs + k) * BLOCK + (f % BLOCK)] = weight;
          if (weight === 0) continue;
          u32[at] = 4 * f;
          f32[at + 1] = weight;
          at += 2;
        }
      }
      u32[starts / 4 + inputs] = 4 * at - list;
    },
    run(kind) {
      if (kind === 'simd') exports.simdRows(weights, held, sums, inputs, blocks, ROW);
      else exports.scatterRows(starts, list, held, sums, inputs);
    },
    /** Sums of every filter since `fill`. */
    sums: () => new Float32Array(memory.buffer.slice(sums, sums + 4 * filters)),
  };
}
