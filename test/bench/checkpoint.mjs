/**
 * A checkpoint of a network of torchvision's with random weights: tensors by torchvision's names, normals of He's spread, batch-norms
 * that do next to nothing, biases 0. It is written tensor by tensor, in a process of its own, so that nothing of it is in the
 * memory of the process that reads it. Usage: node checkpoint.mjs NETWORK SIZE SEED FILE
 */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { createKernels } from '../../dist/emulation/backends/index.js';

const SHAPES = new URL('../networks/formats/architecture/torchvision.json.gz', import.meta.url);
/** Normals drawn at a time. */
const PART = 2 ** 22;
/** Columns and rows of the images that torchvision's networks are trained on. */
const FULL_SIZE = 224;

const sizeOf = (shape) => shape.reduce((product, n) => product * n, 1);

/** Names and shapes of all tensors for images of size x size: of VGG the first dense layer's inputs follow the size. */
export function tensorShapes(network, size = FULL_SIZE) {
  const shapes = JSON.parse(gunzipSync(readFileSync(SHAPES)).toString())[network];
  if (!network.startsWith('vgg')) return shapes;
  return { ...shapes, 'classifier.0.weight': [4096, 512 * Math.floor(size / 32) ** 2] };
}

/** Standard deviation of a weight's normals (He et al. 2015); null for what is no weight. */
function deviationOf(shape) {
  return shape.length > 1 ? Math.sqrt(2 / sizeOf(shape.slice(1))) : null;
}

/** What the other tensors are filled with: batch-norms scatter by a tenth, so that none is exactly nothing. */
const CENTRES = { weight: 1, running_var: 1, running_mean: 0, bias: 0 };

async function* valuesOf(host, stream, name, shape) {
  const count = sizeOf(shape);
  const deviation = deviationOf(shape);
  const centre = deviation === null ? (CENTRES[name.split('.').at(-1)] ?? 0) : 0;
  for (let first = 0; first < count; first += PART) {
    const normals = host.normals(stream, Math.min(PART, count - first), first);
    yield normals.map((z) => centre + (deviation ?? 0.02) * z);
  }
}

export async function writeCheckpoint(network, size, seed, path) {
  const shapes = tensorShapes(network, size);
  let at = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = at;
    at += 4 * sizeOf(shape);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, at] }];
  });
  const text = JSON.stringify(Object.fromEntries(entries));
  const header = Buffer.from(text.padEnd(8 * Math.ceil(text.length / 8)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const host = await createKernels('wasm');
  const file = await open(path, 'w');
  try {
    await file.write(length);
    await file.write(header);
    for (const [i, [name, shape]] of Object.entries(shapes).entries()) {
      for await (const values of valuesOf(host, [seed, i], name, shape))
        await file.write(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
    }
  } finally {
    await file.close();
  }
}

if (import.meta.filename === process.argv[1]) {
  const [network, size, seed, path] = process.argv.slice(2);
  await writeCheckpoint(network, Number(size), Number(seed), path);
  process.stdout.write('{}\n');
}
