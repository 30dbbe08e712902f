/**
 * Images a second of one network on one backend, by batch size, and the memory that it takes. Wall time of whole forward
 * passes, results on the host: medians after one that warms up.
 * Usage: node throughput.mjs BACKEND NETWORK SECONDS BATCH...    prints one JSON object.
 */
import { batchOf, compiled, formsOf, onBackend } from './network.mjs';

const [backendName, name, seconds, ...batches] = process.argv.slice(2);
const ROUNDS = 5;

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

async function passes(run, limit_ms) {
  await run();
  const times = [];
  const began = performance.now();
  for (let round = 0; round < ROUNDS && (round === 0 || performance.now() - began < limit_ms); round++) {
    const before = performance.now();
    await run();
    times.push(performance.now() - before);
  }
  return median(times);
}

const subject = await compiled(name, 256);
const backend = await onBackend(backendName);
const forms = formsOf(subject, backend);
const rows = [];
for (const batch of batches.map(Number)) {
  const input = batchOf(subject, backend.tf, 0, batch);
  const indices = Int32Array.from({ length: batch }, (_, i) => i);
  for (const [kind, form] of Object.entries(forms)) {
    const run = async () => {
      if (kind !== 'digital') return form.forward(input, indices, 1);
      const logits = form.forward(input);
      await logits.data();
      logits.dispose();
    };
    try {
      const time_ms = await passes(run, 1000 * Number(seconds));
      rows.push({ batch, kind, imagesPerSecond: (1000 * batch) / time_ms });
    } catch (error) {
      rows.push({ batch, kind, failed: error.message });
    }
  }
  input.dispose();
  process.stderr.write(`${name}, ${backendName}: batch ${batch}\n`);
}
const { numBytesInGPU, numBytes } = backend.tf.memory();
const memory = { tensors_MiB: numBytes / 2 ** 20, device_MiB: numBytesInGPU ? numBytesInGPU / 2 ** 20 : null };
const host_MiB = process.resourceUsage().maxRSS / 1024;
const result = { network: name, backend: backendName, ...backend.about, rows, memory: { ...memory, host_MiB } };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
