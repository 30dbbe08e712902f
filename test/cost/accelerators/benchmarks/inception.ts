/**
 * Inception-BN (Ioffe and Szegedy, arXiv 1502.03167, with the widths of MXNet's example) on 224 x 224 images, and
 * Inception-v3 (Szegedy et al., arXiv 1512.00567, with the widths of its published code) on 299 x 299.
 */
import type { Workload } from '../../../../src/cost/accelerators/workload.js';
import { type ConvOptions, type Map3, WorkloadBuilder } from './builder.js';

type Kernel = number | readonly [number, number];

function unit(builder: WorkloadBuilder, input: Map3, filters: number, kernel: Kernel, options: ConvOptions = {}): Map3 {
  return builder.conv(input, filters, kernel, { batchNorm: true, ...options });
}

/** 1x1; 1x1, 3x3; 1x1, 3x3, 3x3; pooling, 1x1. */
function keep(builder: WorkloadBuilder, input: Map3, [one, r3, f3, r33, f33, pooled]: readonly number[]): Map3 {
  const a = unit(builder, input, one!, 1);
  const b = unit(builder, unit(builder, input, r3!, 1), f3!, 3);
  const c = unit(builder, unit(builder, unit(builder, input, r33!, 1), f33!, 3), f33!, 3);
  const d = unit(builder, builder.pool(input, 3, 1, 1), pooled!, 1);
  return builder.concat([a, b, c, d]);
}

/** 1x1, 3x3 of stride 2; 1x1, 3x3, 3x3 of stride 2; pooling of stride 2. */
function halve(builder: WorkloadBuilder, input: Map3, [r3, f3, r33, f33]: readonly number[]): Map3 {
  const a = unit(builder, unit(builder, input, r3!, 1), f3!, 3, { stride: 2 });
  const b = unit(builder, unit(builder, unit(builder, input, r33!, 1), f33!, 3), f33!, 3, { stride: 2 });
  return builder.concat([a, b, builder.pool(input, 3, 2, 1)]);
}

export function inceptionBn(): Workload {
  const builder = new WorkloadBuilder();
  let map = unit(builder, [224, 224, 3], 64, 7, { stride: 2 });
  map = unit(builder, builder.pool(map, 3, 2, 0, true), 64, 1);
  map = builder.pool(unit(builder, map, 192, 3), 3, 2, 0, true);
  for (const widths of [
    [64, 64, 64, 64, 96, 32],
    [64, 64, 96, 64, 96, 64],
    [128, 160, 64, 96],
    [224, 64, 96, 96, 128, 128],
    [192, 96, 128, 96, 128, 128],
    [160, 128, 160, 128, 160, 128],
    [96, 128, 192, 160, 192, 128],
    [128, 192, 192, 256],
    [352, 192, 320, 160, 224, 128],
    [352, 192, 320, 192, 224, 128],
  ]) {
    map = widths.length === 4 ? halve(builder, map, widths) : keep(builder, map, widths);
  }
  map = builder.dense(builder.globalPool(map), 1000, false);
  builder.elementwise('softmax', map);
  return builder.build('Inception-BN');
}

const row = (n: number) => [1, n] as const;
const column = (n: number) => [n, 1] as const;

/** 35 x 35: 1x1; 1x1, 5x5; 1x1, 3x3, 3x3; pooling, 1x1. */
function blockA(builder: WorkloadBuilder, input: Map3, pooled: number): Map3 {
  const a = unit(builder, input, 64, 1);
  const b = unit(builder, unit(builder, input, 48, 1), 64, 5);
  const c = unit(builder, unit(builder, unit(builder, input, 64, 1), 96, 3), 96, 3);
  const d = unit(builder, builder.pool(input, 3, 1, 1), pooled, 1);
  return builder.concat([a, b, c, d]);
}

/** 17 x 17, with 7x7 convolutions as rows and columns of `width` filters. */
function blockC(builder: WorkloadBuilder, input: Map3, width: number): Map3 {
  const a = unit(builder, input, 192, 1);
  let b = unit(builder, unit(builder, input, width, 1), width, row(7));
  b = unit(builder, b, 192, column(7));
  let c = unit(builder, input, width, 1);
  for (const kernel of [column(7), row(7), column(7)]) c = unit(builder, c, width, kernel);
  c = unit(builder, c, 192, row(7));
  const d = unit(builder, builder.pool(input, 3, 1, 1), 192, 1);
  return builder.concat([a, b, c, d]);
}

/** 8 x 8. */
function blockE(builder: WorkloadBuilder, input: Map3): Map3 {
  const a = unit(builder, input, 320, 1);
  const b = unit(builder, input, 384, 1);
  const c = unit(builder, unit(builder, input, 448, 1), 384, 3);
  const split = (map: Map3) => builder.concat([unit(builder, map, 384, row(3)), unit(builder, map, 384, column(3))]);
  const d = unit(builder, builder.pool(input, 3, 1, 1), 192, 1);
  return builder.concat([a, split(b), split(c), d]);
}

export function inceptionV3(): Workload {
  const builder = new WorkloadBuilder();
  const valid = { padding: 0 };
  let map = unit(builder, [299, 299, 3], 32, 3, { ...valid, stride: 2 });
  map = unit(builder, unit(builder, map, 32, 3, valid), 64, 3);
  map = unit(builder, builder.pool(map, 3, 2), 80, 1);
  map = builder.pool(unit(builder, map, 192, 3, valid), 3, 2);
  for (const pooled of [32, 64, 64]) map = blockA(builder, map, pooled);
  map = builder.concat([
    unit(builder, map, 384, 3, { ...valid, stride: 2 }),
    unit(builder, unit(builder, unit(builder, map, 64, 1), 96, 3), 96, 3, { ...valid, stride: 2 }),
    builder.pool(map, 3, 2),
  ]);
  for (const width of [128, 160, 160, 192]) map = blockC(builder, map, width);
  let long = unit(builder, unit(builder, unit(builder, map, 192, 1), 192, row(7)), 192, column(7));
  long = unit(builder, long, 192, 3, { ...valid, stride: 2 });
  map = builder.concat([
    unit(builder, unit(builder, map, 192, 1), 320, 3, { ...valid, stride: 2 }),
    long,
    builder.pool(map, 3, 2),
  ]);
  map = blockE(builder, blockE(builder, map));
  map = builder.dense(builder.globalPool(map), 1000, false);
  builder.elementwise('softmax', map);
  return builder.build('Inception-v3');
}
