/** The columns of a store's trials: name, type, meaning, and where the value comes from. */
import { hardwareFields } from '../../hardware/descriptionPaths.js';
import { valueAtPath } from '../../hardware/descriptionValues.js';
import type { Trial } from '../sweep/types.js';

export type ColumnType = 'VARCHAR' | 'DOUBLE' | 'BIGINT' | 'BOOLEAN' | 'TIMESTAMP' | 'JSON';
export type Cell = string | number | boolean | Date | null;

export interface TableColumn<Row> {
  readonly name: string;
  readonly type: ColumnType;
  readonly meaning: string;
  readonly value: (row: Row) => Cell;
}

export interface Table<Row> {
  readonly name: string;
  readonly meaning: string;
  readonly columns: readonly TableColumn<Row>[];
}

/** Makes columns of one type. */
export const columnsOf =
  <Row>(type: ColumnType) =>
  (name: string, meaning: string, value: (row: Row) => Cell): TableColumn<Row> => ({ name, type, meaning, value });

const TYPES = { boolean: 'BOOLEAN', integer: 'BIGINT', number: 'DOUBLE', text: 'VARCHAR' } as const;

/** Every field of the hardware description under its path. */
function hardwareColumns(textOf: (value: unknown) => string): TableColumn<Trial>[] {
  return hardwareFields()
    .filter(({ path }) => path !== 'name')
    .map(({ path, description, type }) => ({
      name: path,
      type: TYPES[type],
      meaning: description,
      value: ({ identity }) => {
        const value = valueAtPath(identity.hardware, path) as Cell;
        return type === 'text' && value !== null ? textOf(value) : value;
      },
    }));
}

/**
 * The columns of the table of trials. Nothing here is of Node: the lab writes the same columns.
 * @param textOf the text of a field that holds a table.
 */
export function trialColumns(textOf: (value: unknown) => string): TableColumn<Trial>[] {
  const [text, number, count] = [columnsOf<Trial>('VARCHAR'), columnsOf<Trial>('DOUBLE'), columnsOf<Trial>('BIGINT')];
  return [
    text('key', 'SHA-256 of everything the numbers depend on', (t) => t.key),
    text('code', 'hash of the code that computed it', (t) => t.identity.code),
    text('network', 'name of the network', (t) => t.identity.network.name),
    text('network_hash', 'SHA-256 of the checkpoint', (t) => t.identity.network.hash),
    count('parameters', 'parameters of the network', (t) => t.result.network.parameters),
    number(
      'compression.sparsity',
      'share of zero weights pruned to, or null',
      (t) => t.identity.compression?.sparsity ?? null,
    ),
    count(
      'compression.clusters',
      'distinct non-zero weights a layer, or null',
      (t) => t.identity.compression?.clusters ?? null,
    ),
    text('dataset', 'name of the data set', (t) => t.identity.dataset.name),
    text('split', 'part of the data set', (t) => t.identity.dataset.split),
    text('dataset_hash', 'SHA-256 of the data', (t) => t.identity.dataset.hash),
    count('images', 'images run', (t) => t.identity.dataset.images),
    text('fidelity', 'exact, lumped, auto or digital', (t) => t.identity.fidelity),
    text('backend', 'backend of the photonic kernels', (t) => t.identity.backend),
    count('run_seed', 'seed of the read noise', (t) => t.identity.runSeed),
    count('chip_seed', 'seed of the chip', (t) => t.identity.chipSeed),
    text('static_hash', 'SHA-256 of static errors that were given, or null', (t) => t.identity.static ?? null),
    text('hardware', 'name of the hardware description', (t) => t.identity.hardware.name),
    text('hardware_hash', 'SHA-256 of the hardware description, its name aside', (t) => t.identity.hardwareHash),
    ...hardwareColumns(textOf),
    number('digital', 'accuracy of the digital network, a share', (t) => t.result.accuracy.digital),
    number('emulated', 'accuracy of the emulated network, a share', (t) => t.result.accuracy.emulated),
    number('interval_low', 'lower end of its 95 % interval (Wilson)', (t) => t.result.accuracy.interval95?.[0] ?? null),
    number(
      'interval_high',
      'upper end of its 95 % interval (Wilson)',
      (t) => t.result.accuracy.interval95?.[1] ?? null,
    ),
    count('changed', 'images whose class the emulation changed', (t) => t.result.accuracy.changed),
    number('latency_s', 'time of an image, s', (t) => t.result.cost?.latency_s ?? null),
    number('energy_J', 'energy of an image, J', (t) => t.result.cost?.energy_J ?? null),
    number('power_W', 'mean power, W', (t) => t.result.cost?.power_W ?? null),
    number('fps', 'images a second', (t) => t.result.cost?.framesPerSecond ?? null),
    number('fps_per_W', 'images a second and watt', (t) => t.result.cost?.framesPerSecondPerWatt ?? null),
    number('wall_time_s', 'time that the computation took, s', (t) => t.result.run.wallTime_s),
    text('warnings', 'warnings of the run, one a line', (t) => t.result.warnings.join('\n')),
    columnsOf<Trial>('TIMESTAMP')('finished_at', 'when it was finished (UTC)', (t) => new Date(t.finishedAt)),
  ];
}
