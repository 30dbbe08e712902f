/** What a backend computes on. Usage: node adapter.mjs BACKEND    prints one JSON object. */
import { availableParallelism, cpus } from 'node:os';
import { BackendUnavailableError } from '../../dist/base/errors.js';
import { onBackend } from './network.mjs';

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
];

async function adapter(backendName) {
  try {
    const { about, tf } = await onBackend(backendName);
    const { device } = tf.backend();
    const limits = device?.limits ? Object.fromEntries(LIMITS.map((name) => [name, device.limits[name]])) : null;
    return { backend: backendName, ...about, limits, isSoftware: /software/.test(about.device) };
  } catch (error) {
    if (!(error instanceof BackendUnavailableError)) throw error;
    return { backend: backendName, absent: `${error.reason}: ${error.remedy}` };
  }
}

const host = `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} threads`;
const result = { ...(await adapter(process.argv[2])), host, node: process.version };
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));
