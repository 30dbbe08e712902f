/** What can be asked of a store in SQL: its tables, their columns with meanings, and where each value comes from. */
import { DEVICES } from '../../cost/energy.js';
import { valueText } from '../../hardware/descriptionFiles.js';
import type { LayerError } from '../attribution/layerErrors.js';
import type { LayerResult } from '../result/types.js';
import type { SweepManifest, SweepPoint, Trial } from '../sweep/types.js';
import { columnsOf, type Table, type TableColumn, trialColumns } from './trialColumns.js';

export type { Cell, ColumnType, Table } from './trialColumns.js';

export interface LayerRow {
  readonly trial: Trial;
  readonly index: number;
  readonly layer: LayerResult;
  readonly error: LayerError | undefined;
}

const shapeText = (shape: readonly number[] | null) => shape?.join('x') ?? null;

function layerColumns(): TableColumn<LayerRow>[] {
  const text = columnsOf<LayerRow>('VARCHAR');
  const [number, count] = [columnsOf<LayerRow>('DOUBLE'), columnsOf<LayerRow>('BIGINT')];
  return [
    text('key', 'the trial', (r) => r.trial.key),
    count('layer', 'place among the layers of the photonic core, from 0', (r) => r.index),
    text('name', 'name of the layer', (r) => r.layer.name),
    text('kind', 'conv2d or dense', (r) => r.layer.kind),
    text('input_shape', 'of one image: rows x columns x channels, or features', (r) => shapeText(r.layer.inputShape)),
    text('output_shape', 'of one image', (r) => shapeText(r.layer.outputShape)),
    text('kernel', 'rows x columns of a convolution', (r) => shapeText(r.layer.kernel)),
    count('macs', 'dense multiply-accumulates of an image', (r) => r.layer.macs),
    number('weight_sparsity', 'share of zero weight codes', (r) => r.layer.weightSparsity),
    number('activation_sparsity', 'share of zero codes in the input', (r) => r.layer.activationSparsity),
    text('weight_levels', 'codebook or uniform', (r) => r.layer.weightLevels),
    text('fidelity', 'exact or lumped', (r) => r.layer.fidelity),
    number('peak_over_range', 'validity of lumped: at most 1', (r) => r.layer.lumpedValidity.peakOverRange),
    number('step_over_dark_noise', 'validity of lumped: at most 1', (r) => r.layer.lumpedValidity.stepOverDarkNoise),
    count('passes', '2 where the input may be negative', (r) => r.layer.passes),
    number(
      'activation_scale',
      "full scale of the activations; null: every image's largest",
      (r) => r.layer.activationScale,
    ),
    number('adc_range', 'full scale of the ADC, in full-scale products', (r) => r.layer.adcRange),
    number('chunk_rows', 'rows loaded into units, per image', (r) => r.layer.chunkRows),
    number('partial_sums', 'ADC conversions per image', (r) => r.layer.partialSums),
    number('clipped_conversions', 'of those, clipped', (r) => r.layer.clippedConversions),
    number('snr_db', 'signal-to-noise ratio, dB; null without noise', (r) => r.layer.snr_dB ?? null),
    number('clipped_activations', 'activations clipped, per image', (r) => r.layer.clippedActivations),
    number('latency_s', 'time of an image, s', (r) => r.layer.latency_s),
    number('energy_J', 'energy of an image, J', (r) => r.layer.energy_J),
    number('rms', "RMS error of the layer's output alone, over its full scale", (r) => r.error?.rms ?? null),
    number(
      'effective_bits',
      'bits of a quantiser with that error; infinity: no error',
      (r) => r.error?.effectiveBits ?? null,
    ),
  ];
}

export interface DeviceRow {
  readonly trial: Trial;
  readonly device: string;
  readonly energy_J: number;
}

const DEVICE_COLUMNS: readonly TableColumn<DeviceRow>[] = [
  columnsOf<DeviceRow>('VARCHAR')('key', 'the trial', (r) => r.trial.key),
  columnsOf<DeviceRow>('VARCHAR')('device', DEVICES.join(', '), (r) => r.device),
  columnsOf<DeviceRow>('DOUBLE')('energy_J', 'energy of an image, J', (r) => r.energy_J),
];

function sweepColumns(): TableColumn<SweepManifest>[] {
  const [text, count] = [columnsOf<SweepManifest>('VARCHAR'), columnsOf<SweepManifest>('BIGINT')];
  return [
    text('sweep', 'name of the sweep', (s) => s.name),
    text('title', 'its title', (s) => s.title),
    text('description', 'what it shows', (s) => s.description),
    columnsOf<SweepManifest>('JSON')('axes', 'names of its axes', (s) =>
      JSON.stringify(s.axes.map(({ name }) => name)),
    ),
    count('points', 'points asked for', (s) => s.points.length),
    count('trials', 'trials asked for', (s) => s.points.reduce((sum, point) => sum + point.trials.length, 0)),
    text('command', 'command that reproduces it', (s) => s.command),
    text('source', 'text of the plan', (s) => s.source),
    columnsOf<SweepManifest>('TIMESTAMP')('created_at', 'when it was asked for (UTC)', (s) => new Date(s.createdAt)),
  ];
}

export interface PointRow {
  readonly sweep: SweepManifest;
  readonly point: SweepPoint;
  readonly key: string;
  readonly finished: boolean;
}

function pointColumns(): TableColumn<PointRow>[] {
  const text = columnsOf<PointRow>('VARCHAR');
  return [
    text('sweep', 'name of the sweep', (r) => r.sweep.name),
    columnsOf<PointRow>('BIGINT')('point', 'number of the point', (r) => r.point.index),
    columnsOf<PointRow>('JSON')('axis_values', "values by axis: axis_values->>'adc.bits'", (r) =>
      JSON.stringify(r.point.values),
    ),
    text('key', 'one of its trials', (r) => r.key),
    columnsOf<PointRow>('BOOLEAN')('finished', 'whether the trial is in the store', (r) => r.finished),
  ];
}

export const TRIALS: Table<Trial> = {
  name: 'trials',
  meaning: 'one row a finished trial',
  columns: trialColumns(valueText),
};
export const LAYERS: Table<LayerRow> = {
  name: 'layers',
  meaning: 'one row a trial and layer of the photonic core; means per image',
  columns: layerColumns(),
};
export const DEVICES_TABLE: Table<DeviceRow> = {
  name: 'devices',
  meaning: 'one row a trial and kind of device',
  columns: DEVICE_COLUMNS,
};
export const SWEEPS: Table<SweepManifest> = { name: 'sweeps', meaning: 'one row a sweep', columns: sweepColumns() };
export const SWEEP_POINTS: Table<PointRow> = {
  name: 'sweep_points',
  meaning: 'one row a point of a sweep and trial of it',
  columns: pointColumns(),
};

export const TABLES: readonly Table<never>[] = [TRIALS, LAYERS, DEVICES_TABLE, SWEEPS, SWEEP_POINTS];
