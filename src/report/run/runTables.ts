/** Columns of a run's tables: what `sonic run` prints, reports write and the lab shows. */
import { formatCount, formatShare, formatSi } from '../../base/text/units.js';
import { quotient } from '../../cost/quotient.js';
import type { LayerResult } from '../../experiments/result/types.js';
import type { Column } from '../kit/table.js';

function shapeText({ kernel, inputShape, outputShape }: LayerResult): string {
  const shapes = `${inputShape.join('x')} -> ${outputShape.join('x')}`;
  return kernel ? `${shapes}, ${kernel.join('x')}` : shapes;
}

/** One line a layer: what it is, how sparse, what the hardware did, what that costs. */
export const LAYER_COLUMNS: readonly Column<LayerResult>[] = [
  { title: 'layer', value: (layer) => layer.name },
  { title: 'kind', value: (layer) => (layer.kind === 'conv2d' ? 'CONV' : 'FC') },
  { title: 'shape', value: shapeText },
  { title: 'MACs', align: 'right', value: (layer) => formatSi(layer.macs, '') },
  { title: 'zero weights', align: 'right', value: (layer) => formatShare(layer.weightSparsity, 1) },
  { title: 'zero activ.', align: 'right', value: (layer) => formatShare(layer.activationSparsity, 1) },
  { title: 'chunk rows', align: 'right', value: (layer) => formatCount(layer.chunkRows) },
  { title: 'partial sums', align: 'right', value: (layer) => formatCount(layer.partialSums) },
  { title: 'ADC clips', align: 'right', value: (layer) => formatCount(layer.clippedConversions) },
  {
    title: 'SNR',
    align: 'right',
    value: ({ snr_dB }) => (typeof snr_dB !== 'number' ? '-' : `${snr_dB.toFixed(1)} dB`),
  },
  { title: 'latency', align: 'right', value: (layer) => formatSi(layer.latency_s, 's') },
  { title: 'energy', align: 'right', value: (layer) => formatSi(layer.energy_J, 'J') },
];

export const FIDELITY_COLUMN: Column<LayerResult> = { title: 'fidelity', value: (layer) => layer.fidelity };

/** A drive of a layer's light, of both rails in a dense layer: '0.137', '0.18 +, 0.21 -'. */
function pointText(point: LayerResult['lightPoint']): string {
  if (typeof point === 'number') return point.toPrecision(3);
  return point ? `${point[0].toPrecision(3)} +, ${point[1].toPrecision(3)} -` : '-';
}

/** What the compiler and the calibration chose for a layer. */
export const SCALE_COLUMNS: readonly Column<LayerResult>[] = [
  { title: 'layer', value: (layer) => layer.name },
  { title: 'weight levels', value: (layer) => layer.weightLevels },
  { title: 'fidelity', value: (layer) => layer.fidelity },
  { title: 'peak / range', align: 'right', value: ({ lumpedValidity: v }) => v.peakOverRange.toPrecision(3) },
  { title: 'step / dark noise', align: 'right', value: ({ lumpedValidity: v }) => v.stepOverDarkNoise.toPrecision(3) },
  { title: 'passes', align: 'right', value: (layer) => String(layer.passes) },
  {
    title: 'activation scale',
    align: 'right',
    value: ({ activationScale }) => activationScale?.toPrecision(5) ?? "each image's largest",
  },
  { title: 'ADC range', align: 'right', value: (layer) => layer.adcRange.toPrecision(5) },
  { title: 'operating point', align: 'right', value: ({ operatingPoint }) => pointText(operatingPoint) },
  { title: 'light point', align: 'right', value: ({ lightPoint }) => pointText(lightPoint) },
  { title: 'clipped activ.', align: 'right', value: (layer) => formatCount(layer.clippedActivations) },
];

/** Energy of an image in a kind of device. */
interface DeviceShare {
  readonly name: string;
  readonly energy_J: number;
  /** Of all energy; null where there is none. */
  readonly share: number | null;
}

/** Energy of an image by device, as `--verbose` lists it. */
export function deviceShares(cost: {
  readonly energy_J: number;
  readonly devices: Readonly<Record<string, number>>;
}): DeviceShare[] {
  return Object.entries(cost.devices).map(([name, energy_J]) => ({
    name,
    energy_J,
    share: quotient(energy_J, cost.energy_J),
  }));
}

export const DEVICE_COLUMNS: readonly Column<DeviceShare>[] = [
  { title: 'device', value: ({ name }) => name },
  { title: 'energy an image', align: 'right', value: ({ energy_J }) => formatSi(energy_J, 'J') },
  { title: 'share', align: 'right', value: ({ share }) => formatShare(share, 1) },
];
