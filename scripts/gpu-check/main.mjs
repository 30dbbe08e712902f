/** `scripts/gpu-check.sh`: every check of the emulator on a GPU, each in a process of its own; see HELP. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../../dist/base/files.js';
import { reportOf } from './report.mjs';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = dirname(dirname(HERE));
const SONIC = join(ROOT, 'dist', 'cli', 'main.js');

const HELP = `Usage: scripts/gpu-check.sh [OPTIONS]

Runs the emulator on this machine's GPU: what the adapter is, the conformance cases and random layers on it, accuracy of MNIST
and CIFAR-10 beside wasm, images a second by batch size and fidelity, memory; of webgpu what a program and a round trip cost,
and what the device takes for each layer, by its own clock. Under 4 minutes on a large GPU. Writes gpu-check.json and gpu-check.md; in a clone or in a bundle ('npm run bundle').

  --backend NAME   webgpu or tensorflow-gpu (default: each one that is here)
  --images N       of the accuracy (default: 2000, or what the data set has)
  --cifar10 DIR    folder of all of CIFAR-10 (default: the 1,000 test images that come along)
  --output DIR     where to write (default: .)
  --rehearse       few images, small batches: for a software adapter, which takes this by itself

Exits with 1 where something is out of tolerance or fails.
`;

const FULL = { random: 200, images: 2000, batch: 256, batches: [1, 16, 64, 256, 1024, 2048], seconds: 2 };
const REHEARSAL = { random: 10, images: 4, batch: 4, batches: [1, 4], seconds: 1 };
/** No step takes longer on a GPU; one that hangs ends. */
const STEP_LIMIT_ms = 240_000;

/** Runs a script that prints JSON last. @returns what it printed, or { failed }. */
function step(name, script, args) {
  const began = performance.now();
  process.stderr.write(`${name} ...\n`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args.map(String)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: STEP_LIMIT_ms,
    });
    const [out, errors] = [[], []];
    child.stdout.on('data', (data) => out.push(data));
    child.stderr.on('data', (data) => errors.push(data));
    child.on('close', (code, signal) => {
      const text = Buffer.concat(out).toString().trim();
      const seconds = (performance.now() - began) / 1000;
      process.stderr.write(`${name}: ${seconds.toFixed(0)} s\n`);
      try {
        resolve({ ...JSON.parse(text.startsWith('{\n') ? text : text.split('\n').at(-1)), seconds });
      } catch {
        const said = Buffer.concat(errors).toString().trim().split('\n').at(-1);
        resolve({ failed: said || `ended by ${signal ?? `exit code ${code}`}`, seconds });
      }
    });
  });
}

/** Of a report of \`sonic conformance\`: how many cases, and the comparisons that are out. */
function summary(report) {
  if (report.failed) return report;
  const out = report.cases.flatMap(({ file, name, comparisons }) =>
    comparisons.filter(({ passed }) => !passed).map(({ quantity }) => `${file}: ${name}: ${quantity}`),
  );
  const worst = report.cases
    .flatMap(({ comparisons }) => comparisons)
    .filter(({ quantity }) => / u$|^u$/.test(quantity))
    .reduce((most, { deviation, tolerance }) => Math.max(most, deviation / tolerance), 0);
  return { passed: report.passed, cases: report.cases.length, out, worstOfTolerance_u: worst, seconds: report.seconds };
}

function conformanceFiles() {
  const folder = join(ROOT, 'test', 'conformance');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name));
}

/** Costs that only WebGPU's queue tells. */
async function deviceOf(backend, { batches }) {
  if (backend !== 'webgpu') return {};
  const launches = await step(`${backend}: launches`, join(HERE, 'launches.mjs'), []);
  const layers = [];
  for (const network of ['mnist', 'cifar10']) {
    const args = [network, batches.at(-1)];
    layers.push(await step(`${backend}: device times of ${network}`, join(HERE, 'deviceTimes.mjs'), args));
  }
  return { launches, layers };
}

async function checkBackend(adapter, { images, cifar10, rehearse }) {
  const { backend } = adapter;
  const size = rehearse || adapter.isSoftware ? REHEARSAL : FULL;
  const conformance = (args) =>
    step(`${backend}: conformance ${args[0]}`, SONIC, ['conformance', ...args, '--backend', backend, '--json', '-']);
  const files = summary(await conformance(conformanceFiles()));
  const random = summary(await conformance(['--random', size.random]));
  const [throughput, accuracy] = [[], []];
  for (const network of ['mnist', 'cifar10']) {
    const args = [backend, network, size.seconds, ...size.batches];
    throughput.push(await step(`${backend}: speed on ${network}`, join(HERE, 'throughput.mjs'), args));
  }
  for (const network of ['mnist', 'cifar10']) {
    const data = network === 'cifar10' ? (cifar10 ?? '') : '';
    const args = [backend, network, images ?? size.images, size.batch, data];
    accuracy.push(await step(`${backend}: accuracy of ${network}`, join(HERE, 'accuracy.mjs'), args));
  }
  return { adapter, conformance: files, random, throughput, accuracy, ...(await deviceOf(backend, size)) };
}

const isFine = ({ conformance, random, throughput, accuracy, launches = {}, layers = [] }) =>
  conformance.passed &&
  random.passed &&
  [...throughput, ...accuracy, launches, ...layers].every(({ failed }) => !failed);

async function main() {
  const { values } = parseArgs({
    options: {
      backend: { type: 'string' },
      images: { type: 'string' },
      cifar10: { type: 'string' },
      output: { type: 'string', default: '.' },
      rehearse: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return process.stdout.write(HELP);
  const backends = values.backend ? [values.backend] : ['webgpu', 'tensorflow-gpu'];
  const wrong = backends.find((name) => !['webgpu', 'tensorflow-gpu'].includes(name));
  if (wrong) throw Object.assign(new Error(`--backend ${wrong}: it is webgpu or tensorflow-gpu`), { isUsage: true });
  if (values.images !== undefined && !/^[1-9]\d*$/.test(values.images))
    throw Object.assign(new Error(`--images ${values.images}: it is a whole number from 1 on`), { isUsage: true });
  if (values.cifar10 !== undefined && !existsSync(values.cifar10))
    throw Object.assign(new Error(`--cifar10 ${values.cifar10}: there is no such file or folder`), { isUsage: true });
  mkdirSync(values.output, { recursive: true });
  const result = { schema: 'sonic-gpu-check/1', date: new Date().toISOString(), backends: [] };
  const write = async () => {
    await writeFileAtomic(join(values.output, 'gpu-check.json'), `${JSON.stringify(result, null, 1)}\n`);
    await writeFileAtomic(join(values.output, 'gpu-check.md'), reportOf(result));
  };
  for (const name of backends) {
    const adapter = await step(`${name}: adapter`, join(HERE, 'adapter.mjs'), [name]);
    const isHere = !adapter.absent && !adapter.failed;
    result.backends.push(isHere ? await checkBackend(adapter, values) : { adapter });
    await write();
  }
  process.stdout.write(reportOf(result));
  const ran = result.backends.filter(({ conformance }) => conformance);
  if (ran.length === 0)
    throw new Error(
      `no GPU backend is here: ${result.backends.map(({ adapter }) => adapter.absent ?? adapter.failed).join('; ')}`,
    );
  if (!ran.every(isFine)) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  const isUsage = error.isUsage || String(error.code).startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`gpu-check: ${error.message}${isUsage ? ' (scripts/gpu-check.sh --help)' : ''}\n`);
  process.exitCode = isUsage ? 2 : 1;
}
