/** VGG (Simonyan and Zisserman, arXiv 1409.1556, table 1) and AlexNet as MXNet's examples have it, on 224 x 224 images. */
import type { Workload } from '../../../../src/cost/accelerators/workload.js';
import { type Map3, WorkloadBuilder } from './builder.js';

/** Convolutions of each of the five stages. */
const STAGES = { 11: [1, 1, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4] } as const;

export function vgg(depth: keyof typeof STAGES): Workload {
  const builder = new WorkloadBuilder();
  let map: Map3 = [224, 224, 3];
  STAGES[depth].forEach((convolutions, stage) => {
    for (let i = 0; i < convolutions; i++) map = builder.conv(map, Math.min(64 * 2 ** stage, 512), 3);
    map = builder.pool(map, 2, 2);
  });
  map = builder.dense(map, 4096);
  map = builder.dense(map, 4096);
  map = builder.dense(map, 1000, false);
  builder.elementwise('softmax', map);
  return builder.build(`VGG-${depth}`);
}

/** One tower, no groups, local response normalisation after the first two convolutions (Krizhevsky et al., NIPS 2012). */
export function alexNet(): Workload {
  const builder = new WorkloadBuilder();
  let map = builder.conv([224, 224, 3], 96, 11, { stride: 4, padding: 0 });
  map = builder.pool(builder.elementwise('lrn', map), 3, 2);
  map = builder.conv(map, 256, 5, { padding: 2 });
  map = builder.pool(builder.elementwise('lrn', map), 3, 2);
  map = builder.conv(map, 384, 3);
  map = builder.conv(map, 384, 3);
  map = builder.pool(builder.conv(map, 256, 3), 3, 2);
  map = builder.dense(map, 4096);
  map = builder.dense(map, 4096);
  map = builder.dense(map, 1000, false);
  builder.elementwise('softmax', map);
  return builder.build('AlexNet');
}
