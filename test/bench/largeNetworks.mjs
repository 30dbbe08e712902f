/** Networks on images of 224 x 224: seeded random weights and images, each network in a process of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderTable } from '../../dist/report/kit/table.js';

/** Names that `--network` takes besides the bundled ones. */
export const LARGE_NETWORKS = ['resnet18', 'resnet34', 'resnet50', 'vgg11', 'vgg11_bn', 'mobilenet_v2', 'densenet121'];

/** One network, its random checkpoint written to a folder that is gone afterwards. */
async function measureNetwork(network, { images, threads, size }, runScript) {
  const folder = await mkdtemp(join(tmpdir(), 'sonic-bench-'));
  try {
    const file = join(folder, `${network}.safetensors`);
    await runScript('checkpoint.mjs', network, size, 1, file);
    return { network, images, threads, size, ...(await runScript('large.mjs', file, network, size, images, threads)) };
  } finally {
    await rm(folder, { recursive: true });
  }
}

export async function measureLarge(networks, options, runScript, say) {
  const rows = [];
  for (const network of networks) {
    say(`${network}, ${options.images} images of ${options.size} x ${options.size}, ${options.threads} threads`);
    rows.push(await measureNetwork(network, options, runScript));
  }
  return rows;
}

/** What a run of `sonic` holds at most: loading, calibrating, compiling and running in fidelity exact. */
export function peakOf({ stages }) {
  return Math.max(...stages.filter(({ name }) => !['lumped', 'digital'].includes(name)).map((stage) => stage.peak_MiB));
}

export function renderLarge(rows) {
  const right = { align: 'right' };
  const digits = (value) => Number(value.toPrecision(3)).toString();
  const lines = rows.flatMap((row) => {
    const digital = row.stages.find(({ name }) => name === 'digital');
    return row.stages.map((stage) => ({ ...row, ...stage, count: row.images, digital }));
  });
  const perImage = (line, value) => (line.images ? value / line.count : null);
  const table = renderTable(
    lines.map((line) => ({ ...line, images: ['exact', 'lumped', 'digital'].includes(line.name) ? line.count : 0 })),
    {
      columns: [
        { title: 'network', value: ({ network }) => network },
        { title: 'stage', value: ({ name }) => name },
        { title: 'wall, s', ...right, value: ({ wall_s }) => digits(wall_s) },
        { title: 'processor, s', ...right, value: ({ processor_s }) => digits(processor_s) },
        { title: 'wall, s/image', ...right, value: (line) => (line.images ? digits(perImage(line, line.wall_s)) : '') },
        {
          title: 'processor, s/image',
          ...right,
          value: (line) => (line.images ? digits(perImage(line, line.processor_s)) : ''),
        },
        {
          title: 'times digital (processor)',
          ...right,
          value: (line) => (line.images ? digits(line.processor_s / line.digital.processor_s) : ''),
        },
        { title: 'peak MiB', ...right, value: ({ peak_MiB }) => peak_MiB.toFixed(0) },
      ],
    },
  );
  const peaks = rows.map((row) => `${row.network}: a run in fidelity exact peaks at ${peakOf(row).toFixed(0)} MiB`);
  const what = rows.map(
    ({ calibrationImages }) => `calibrate and compile: on ${calibrationImages} images, ranges of the ADCs among it`,
  );
  return [table, '', ...peaks, ...new Set(what)].join('\n');
}
