/** `sonic prune` and `sonic cluster`: compression of a checkpoint without training. */
import { Command } from 'commander';
import type { Column } from '../report/kit/table.js';
import * as options from './options.js';

/** Prints a report as a table after the checkpoint is written. */
async function finish<Row>(out: string, rows: readonly Row[], columns: readonly Column<Row>[]): Promise<void> {
  const { renderTable } = await import('../report/kit/table.js');
  process.stdout.write(`${renderTable(rows, { columns })}\nwritten ${out}\n`);
}

async function prune(
  nameOrFile: string,
  flags: options.NetworkFlags & { out: string; sparsity?: options.Targets },
): Promise<void> {
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.out);
  const { checkpointOf } = await import('../experiments/run/bundled.js');
  const { saveCheckpoint } = await import('../networks/formats/checkpoint.js');
  const { loadNetworkFile } = await import('../networks/formats/index.js');
  const { pruneNetwork } = await import('../networks/compression/prune.js');
  const { targetsOver } = await import('../networks/compression/targets.js');
  const { formatCount, formatShare } = await import('../base/text/units.js');
  const { network, metadata } = await loadNetworkFile(checkpointOf(nameOrFile), flags);
  const pruned = pruneNetwork(network, targetsOver(network, flags.sparsity, 0.5, 'sparsity'));
  await saveCheckpoint(flags.out, pruned.network, { metadata });
  await finish(flags.out, pruned.report, [
    { title: 'layer', value: (row) => row.name },
    { title: 'weights', align: 'right', value: (row) => formatCount(row.weights) },
    { title: 'zeros', align: 'right', value: (row) => formatCount(row.zeros) },
    { title: 'sparsity', align: 'right', value: (row) => formatShare(row.sparsity, 1) },
  ]);
}

async function cluster(
  nameOrFile: string,
  flags: options.NetworkFlags & { out: string; clusters?: options.Targets },
): Promise<void> {
  const { checkOutputs } = await import('../base/files.js');
  await checkOutputs(flags.out);
  const { checkpointOf } = await import('../experiments/run/bundled.js');
  const { saveCheckpoint } = await import('../networks/formats/checkpoint.js');
  const { loadNetworkFile } = await import('../networks/formats/index.js');
  const { clusterNetwork } = await import('../networks/compression/cluster.js');
  const { targetsOver } = await import('../networks/compression/targets.js');
  const { network, metadata } = await loadNetworkFile(checkpointOf(nameOrFile), flags);
  const clustered = clusterNetwork(network, targetsOver(network, flags.clusters, 64, 'clusters'));
  await saveCheckpoint(flags.out, clustered.network, { metadata, clusters: clustered.compressed });
  await finish(flags.out, clustered.report, [
    { title: 'layer', value: (row) => row.name },
    { title: 'clusters', align: 'right', value: (row) => String(row.clusters) },
    { title: 'RMS change', align: 'right', value: (row) => row.rmsError.toExponential(2) },
  ]);
}

/** The command `sonic prune`. */
export function pruneCommand(): Command {
  const command = new Command('prune')
    .description('Set the smallest weights of each convolution and dense layer to zero')
    .argument('<NETWORK>', options.ANY_NETWORK)
    .addOption(options.outOption())
    .addOption(options.sparsityOption());
  return options
    .withNetworkOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  sonic prune dense.safetensors --out pruned.safetensors --sparsity conv1=0.3,dense1=0.8
  sonic prune mnist --out pruned.safetensors --sparsity 'dense*=0.9,conv*=0.5'`,
    )
    .action(prune);
}

/** The command `sonic cluster`. */
export function clusterCommand(): Command {
  const command = new Command('cluster')
    .description('Cluster the non-zero weights of each layer: density-based start, then k-means; zeros stay zero')
    .argument('<NETWORK>', options.ANY_NETWORK)
    .addOption(options.outOption())
    .addOption(options.clustersOption());
  return options
    .withNetworkOptions(command)
    .addHelpText('after', '\nExample:\n  sonic cluster pruned.safetensors --out clustered.safetensors --clusters 64')
    .action(cluster);
}
