/**
 * One network on one backend and on wasm: accuracies, and images to which the two give different classes.
 * Usage: node accuracy.mjs BACKEND NETWORK IMAGES BATCH [DATA]    prints one JSON object.
 */
import { wilsonInterval95 } from '../../dist/base/statistics/wilson.js';
import { batchOf, compiled, formsOf, onBackend } from './network.mjs';

const [backendName, name, imagesText, batchText, data] = process.argv.slice(2);
const BATCH = Number(batchText);

/** Class of every image: [images]. */
async function classes(subject, form, tf) {
  const count = subject.labels.length;
  const found = new Int32Array(count);
  for (let first = 0; first < count; first += BATCH) {
    const size = Math.min(BATCH, count - first);
    const input = batchOf(subject, tf, first, size);
    const images = Int32Array.from({ length: size }, (_, i) => first + i);
    const { logits } = await form.forward(input, images, 1);
    input.dispose();
    const width = logits.length / size;
    for (let i = 0; i < size; i++) {
      const own = logits.subarray(i * width, (i + 1) * width);
      found[first + i] = own.indexOf(Math.max(...own));
    }
  }
  return found;
}

const subject = await compiled(name, Number(imagesText), data || undefined);
const accuracies = {};
const found = {};
for (const on of [backendName, 'wasm']) {
  const backend = await onBackend(on);
  const forms = formsOf(subject, backend);
  for (const kind of ['exact', 'lumped']) {
    found[`${on} ${kind}`] = await classes(subject, forms[kind], backend.tf);
    const right = found[`${on} ${kind}`].filter((value, i) => value === subject.labels[i]).length;

    accuracies[`${on} ${kind}`] = {
      accuracy: right / subject.labels.length,
      interval95: wilsonInterval95(right, subject.labels.length),
    };
  }
}
const different = Object.fromEntries(
  ['exact', 'lumped'].map((kind) => [
    kind,
    found[`${backendName} ${kind}`].filter((value, i) => value !== found[`wasm ${kind}`][i]).length,
  ]),
);
const result = { network: name, backend: backendName, images: subject.labels.length, accuracies, different };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
