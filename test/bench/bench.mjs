/** Benchmark of all backends: `npm run bench -- --help`. Each measurement runs in a process of its own. */
import { spawn } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkOutputs, writeFileAtomic } from '../../dist/base/files.js';
import { BACKENDS } from '../../dist/emulation/backends/index.js';
import { figureFormat, writeFigure } from '../../dist/report/kit/figures/writeFigure.js';
import { renderTable } from '../../dist/report/kit/table.js';
import { EFFECT_CASES, measureEffects } from './effects.mjs';
import { LARGE_NETWORKS, measureLarge, renderLarge } from './largeNetworks.mjs';
import { measureScaling } from './scaling.mjs';
import { scalingFigure } from './scalingFigure.mjs';
import { renderSite } from './siteReport.mjs';
import { measureStartup } from './startup.mjs';
import { renderTargets, targetsOf } from './targets.mjs';

const HELP = `Usage: npm run bench -- [OPTIONS]

Every backend and fidelity on SONIC's MNIST and CIFAR-10 networks (bundled checkpoints and test images), against the
digital forward pass on the same backend and against the reference.

  --quick            few rounds, MNIST only
  --backend NAME     only this one (${BACKENDS.join(', ')}); may be repeated
  --network NAME     only this one (mnist, cifar10); may be repeated. Or instead, with random weights, on wasm, stage by stage with
                     peak memory, calibration on 9 images among it: ${LARGE_NETWORKS.slice(0, 4).join(', ')},
                     ${LARGE_NETWORKS.slice(4).join(', ')}
  --images N         of those networks: images to run (default: 4)
  --threads N        of those networks: worker threads (default: all cores)
  --size N           of those networks: rows and columns of an image (default: 224)
  --targets          instead: what wasm is to reach, as ratios, speed-up by threads and start-up, and what is met
  --layers           instead: every layer by itself on wasm, beside the normals alone
  --threads          instead: whole runs on one thread and on two
  --effects          instead: what errors of chips and sources cost, against the same run without them
  --scaling          instead: time against non-zeros, positions and images, with fits
  --site             instead: the lab in Chromium, recompiling and running, beside the command line
  --figure FILE      with --scaling: .svg, .png or .html
  --json FILE        everything as JSON
`;

const BUNDLED_NETWORKS = ['mnist', 'cifar10'];

const say = (text) => process.stderr.write(`${text}\n`);

/** The JSON on the last line of a script of this folder. */
function runScript(script, ...args) {
  const file = fileURLToPath(new URL(script, import.meta.url));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [file, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, errors] = [[], []];
    child.stdout.on('data', (data) => out.push(String(data)));
    child.stderr.on('data', (data) => errors.push(String(data)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(JSON.parse(out.join('').trim().split('\n').at(-1)));
      reject(new Error(errors.join('').trim().split('\n').at(-1) || `ended by ${signal ?? `exit code ${code}`}`));
    });
  });
}

/** Where a forward pass takes seconds one image and one round must do. */
async function measureBackend(backend, network, quick) {
  const once = { images: 1, rounds: 1 };
  const often = { images: 4, rounds: quick ? 3 : 15 };
  const run = async (effort) => ({
    ...effort,
    ...(await runScript('one.mjs', backend, network, effort.images, effort.rounds)),
  });
  if (backend === 'wasm') return run(often);
  const first = await run(once);
  const slow = backend === 'reference' || /software/.test(first.device ?? '');
  return first.absent || slow ? first : run(often);
}

async function measureBackends(backends, networks, quick) {
  const rows = [];
  for (const network of networks) {
    for (const backend of backends) {
      say(`${network}: ${backend}`);
      try {
        rows.push({ network, backend, ...(await measureBackend(backend, network, quick)) });
      } catch (error) {
        rows.push({ network, backend, absent: `fails: ${error.message}` });
      }
    }
  }
  return rows;
}

async function measureThreads(networks, quick, counts = { mnist: 1500, cifar10: 500 }) {
  const rows = [];
  for (const network of networks) {
    say(`${network}: one thread and two`);
    const images = quick ? 200 : counts[network];
    rows.push({ network, ...(await runScript('threads.mjs', network, images, quick ? 1 : 3)) });
  }
  return rows;
}

function renderEffects(rows) {
  const right = { align: 'right' };
  const kinds = rows[0].cases[0].kinds.map(({ kind }) => kind);
  const lines = rows.flatMap(({ network, cases }) =>
    cases.map(({ name, kinds: own }) => ({ network, name, own, first: cases[0].kinds })),
  );
  return renderTable(lines, {
    columns: [
      { title: 'network', value: ({ network }) => network },
      { title: 'effects', value: ({ name }) => name },
      ...kinds.map((kind, k) => ({
        title: `${kind}, ms`,
        ...right,
        value: ({ own, first }) =>
          `${own[k].msPerImage.toFixed(2)} (${(own[k].msPerImage / first[k].msPerImage).toFixed(2)})`,
      })),
    ],
  });
}

const number = (value, digits = 3) =>
  value === null || value === undefined ? '' : Number(value.toPrecision(digits)).toString();

function renderBackends(rows) {
  const exactOf = (row) => row?.kinds?.find(({ kind }) => kind === 'exact')?.msPerImage;
  const lines = rows
    .filter(({ kinds }) => kinds)
    .flatMap((row) => {
      const reference = exactOf(rows.find((other) => other.network === row.network && other.backend === 'reference'));
      return row.kinds.map((kind) => ({ ...row, ...kind, reference }));
    });
  const right = { align: 'right' };
  const table = renderTable(lines, {
    columns: [
      { title: 'network', value: ({ network }) => network },
      { title: 'backend', value: ({ backend }) => backend },
      { title: 'fidelity', value: ({ kind }) => kind },
      { title: 'images/s', ...right, value: ({ msPerImage }) => number(1000 / msPerImage) },
      { title: 'ms/image', ...right, value: ({ msPerImage }) => number(msPerImage) },
      { title: 'ns/partial sum', ...right, value: ({ nsPerSum }) => number(nsPerSum) },
      { title: 'times digital', ...right, value: ({ toDigital }) => number(toDigital) },
      {
        title: 'faster than reference',
        ...right,
        value: ({ kind, msPerImage, reference }) =>
          reference && kind !== 'digital' ? `${number(reference / msPerImage)} x` : '',
      },
      { title: 'peak MiB', ...right, value: ({ peakMemory_MiB }) => peakMemory_MiB.toFixed(0) },
      { title: 'clock', value: ({ clock }) => clock },
    ],
  });
  const devices = new Map(
    lines.map(({ backend, version, device }) => [backend, `${backend}: ${version} on ${device}`]),
  );
  const normals = rows
    .filter(({ normals_ns }) => normals_ns)
    .map(
      ({ network, normals_ns }) =>
        `${network}: the normals alone, one a partial sum, take ${number(normals_ns)} ns on wasm`,
    );
  const absent = new Map(rows.filter(({ absent: why }) => why).map(({ backend, absent: why }) => [backend, why]));
  return [
    table,
    '',
    ...devices.values(),
    ...normals,
    ...[...absent].map(([backend, why]) => `not measured: ${backend} ${why}`),
  ].join('\n');
}

async function measureLayers(networks, quick) {
  const rows = [];
  for (const network of networks) {
    say(`${network}, layer by layer`);
    rows.push({ network, ...(await runScript('layers.mjs', network, 4, quick ? 5 : 40)) });
  }
  return rows;
}

function renderLayers(rows) {
  const lines = rows.flatMap(({ network, normals_ns, layers }) =>
    layers.map((layer) => ({ network, normals_ns, ...layer })),
  );
  const right = { align: 'right' };
  return renderTable(lines, {
    columns: [
      { title: 'network', value: ({ network }) => network },
      { title: 'layer', value: ({ name }) => name },
      { title: 'partial sums', ...right, value: ({ partialSums }) => number(partialSums) },
      { title: 'normals alone, ns', ...right, value: ({ normals_ns }) => number(normals_ns) },
      { title: 'all noise, ns a sum', ...right, value: ({ noisy_ns }) => number(noisy_ns) },
      { title: 'over normals', ...right, value: ({ noisy_ns, normals_ns }) => number(noisy_ns / normals_ns) },
      { title: 'no noise, ns a sum', ...right, value: ({ quiet_ns }) => number(quiet_ns) },
    ],
  });
}

function renderThreads(rows) {
  return renderTable(rows, {
    columns: [
      { title: 'network', value: ({ network }) => network },
      { title: 'images', align: 'right', value: ({ images }) => String(images) },
      { title: '1 thread, images/s', align: 'right', value: ({ one }) => number(one) },
      { title: '2 threads, images/s', align: 'right', value: ({ two }) => number(two) },
      { title: 'speed-up', align: 'right', value: ({ speedUp }) => number(speedUp) },
    ],
  });
}

function renderScaling(series) {
  const right = { align: 'right' };
  return renderTable(series, {
    columns: [
      { title: 'time against', value: ({ name }) => name },
      { title: 'from', ...right, value: ({ x }) => String(x[0]) },
      { title: 'to', ...right, value: ({ x }) => String(x.at(-1)) },
      { title: 'slope, us', ...right, value: ({ fit }) => number(1000 * fit.slope) },
      { title: 'intercept, ms', ...right, value: ({ fit }) => number(fit.intercept) },
      { title: 'R^2', ...right, value: ({ fit }) => fit.r2.toFixed(5) },
      { title: 'largest residual', ...right, value: ({ fit }) => `${(100 * fit.largestResidual).toFixed(1)} %` },
    ],
  });
}

/** The flags; `--threads` with a number behind it is how many a large network takes, without one a benchmark of its own. */
function flags() {
  const given = process.argv.slice(2);
  const at = given.indexOf('--threads');
  return at >= 0 && /^\d/.test(given[at + 1] ?? '') ? given.with(at, '--thread-count') : given;
}

function wholeNumber(flag, text) {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new Error(`${flag} ${text}: a whole number from 1 on is needed`);
}

function checkBackends(names) {
  for (const name of names)
    if (!BACKENDS.includes(name)) throw new Error(`--backend ${name}: unknown; one of ${BACKENDS.join(', ')}`);
}

function checkNetworks(names) {
  const known = [...BUNDLED_NETWORKS, ...LARGE_NETWORKS];
  for (const name of names)
    if (!known.includes(name)) throw new Error(`--network ${name}: unknown; one of ${known.join(', ')}`);
  const isLarge = names.every((name) => LARGE_NETWORKS.includes(name));
  if (!isLarge && names.some((name) => LARGE_NETWORKS.includes(name)))
    throw new Error(
      `--network ${names.join(', ')}: bundled and large networks are measured in other ways; ask for one kind`,
    );
  return isLarge;
}

function options() {
  const repeated = { type: 'string', multiple: true };
  const { values } = parseArgs({
    args: flags(),
    options: {
      quick: { type: 'boolean', default: false },
      backend: { ...repeated, default: [...BACKENDS] },
      network: { ...repeated, default: BUNDLED_NETWORKS },
      images: { type: 'string', default: '4' },
      'thread-count': { type: 'string', default: String(availableParallelism()) },
      size: { type: 'string', default: '224' },
      layers: { type: 'boolean', default: false },
      targets: { type: 'boolean', default: false },
      threads: { type: 'boolean', default: false },
      effects: { type: 'boolean', default: false },
      scaling: { type: 'boolean', default: false },
      site: { type: 'boolean', default: false },
      figure: { type: 'string' },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.figure) figureFormat(values.figure);
  checkBackends(values.backend);
  const large = checkNetworks(values.network) && {
    images: wholeNumber('--images', values.images),
    threads: wholeNumber('--threads', values['thread-count']),
    size: wholeNumber('--size', values.size),
  };
  return { ...values, large };
}

async function main() {
  const { quick, backend, network, targets, layers, threads, effects, scaling, site, figure, json, help, large } =
    options();
  if (help) return process.stdout.write(HELP);
  await checkOutputs(json, figure);
  const load = loadavg().map((n) => Number(n.toFixed(2)));
  const machine = { processor: cpus()[0].model, cores: availableParallelism(), node: process.versions.node, load };
  say(`load of the machine before: ${load.join(', ')}`);
  const result = { schema: 'sonic-bench/1', machine };
  const parts = [];
  const networks = quick ? network.slice(0, 1) : network;
  if (large) {
    result.large = await measureLarge(network, large, runScript, say);
    parts.push(renderLarge(result.large));
  } else if (site) {
    say('the lab, beside the command line');
    result.site = await runScript('site.mjs', quick ? 200 : 1000, quick ? 1 : 3);
    parts.push(renderSite(result.site));
  } else if (scaling) {
    result.scaling = await measureScaling(quick ? 5 : 50, say);
    if (figure) await writeFigure(figure, scalingFigure(result.scaling));
    parts.push(renderScaling(result.scaling));
  } else if (targets) {
    result.backends = await measureBackends(['wasm'], networks, quick);
    result.threads = await measureThreads(networks, quick, { mnist: 1000, cifar10: 1000 });
    result.startup = await measureStartup(quick ? 3 : 15, say);
  } else if (effects) {
    result.effects = await measureEffects(networks, quick ? 1 : 4, runScript, say);
    parts.push(renderEffects(result.effects), EFFECT_CASES.map(({ name, what }) => `${name}: ${what}`).join('\n'));
  } else if (layers) {
    result.layers = await measureLayers(networks, quick);
    parts.push(renderLayers(result.layers));
  } else if (threads) {
    result.threads = await measureThreads(networks, quick);
    parts.push(renderThreads(result.threads));
  } else {
    result.backends = await measureBackends(backend, networks, quick);
    parts.push(renderBackends(result.backends));
  }
  result.targets = targetsOf(result);
  if (result.targets.length > 0 && !threads) parts.push(renderTargets(result.targets));
  if (json) await writeFileAtomic(json, `${JSON.stringify(result, null, 2)}\n`);
  process.stdout.write(`${parts.join('\n\n')}\n`);
}

main().catch((error) => {
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
});
