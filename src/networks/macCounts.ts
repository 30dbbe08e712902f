/** Multiply-accumulates of one image: on the photonic units, and of products of two activations, which stay electronic. */
import { sizeOf } from '../base/batch.js';
import { matMulMacs } from './runElectronic.js';
import { inferShapes } from './shapes.js';
import { isMacLayer, type Network } from './types.js';

export interface MacCounts {
  /** Of convolutions and dense layers. */
  readonly photonic: number;
  /** Of matrix products of two activations. */
  readonly electronic: number;
  /** Number of those products. */
  readonly products: number;
}

/** @throws NetworkError as `inferShapes` */
export function countMacs(network: Network): MacCounts {
  const shapes = inferShapes(network);
  const counts = { photonic: 0, electronic: 0, products: 0 };
  for (const layer of network.layers) {
    if (isMacLayer(layer))
      counts.photonic += (sizeOf(shapes.get(layer.name)!) * layer.weight.length) / layer.weightShape.at(-1)!;
    if (layer.kind !== 'matMul') continue;
    const [a, b] = layer.inputs.map((name) => shapes.get(name)!);
    counts.products++;
    counts.electronic += matMulMacs(a!, b!);
  }
  return counts;
}

const LARGE: readonly [number, string][] = [
  [1e9, 'billion'],
  [1e6, 'million'],
];
function number(count: number): string {
  const [unit, name] = LARGE.find(([least]) => count >= least) ?? [1, ''];
  return name === '' ? count.toLocaleString('en') : `${Number((count / unit).toPrecision(3))} ${name}`;
}

/** What a user should know of products that do not run on the photonic units: a line, or none where there are none. */
export function electronicProductNotes(network: Network): string[] {
  const { photonic, electronic, products } = countMacs(network);
  if (products === 0) return [];
  return [
    `${products === 1 ? '1 matrix product' : `${products} matrix products`} of two activations (attention) run electronically, ` +
      `${number(electronic)} multiply-accumulates an image beside ${number(photonic)} on the photonic units; they have no share in time and energy`,
  ];
}
