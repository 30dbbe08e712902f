/** ResNet-50 and -152 (He et al., arXiv 1512.03385, table 1) on 224 x 224 images. */
import type { Workload } from '../../../../src/cost/accelerators/workload.js';
import { type Map3, WorkloadBuilder } from './builder.js';

const BLOCKS = { 50: [3, 4, 6, 3], 152: [3, 8, 36, 3] } as const;

/** Bottleneck: 1x1, 3x3, 1x1 to four times the filters, and a shortcut that is projected where the shape changes. */
function bottleneck(builder: WorkloadBuilder, input: Map3, filters: number, stride: number): Map3 {
  let map = builder.conv(input, filters, 1, { stride, batchNorm: true });
  map = builder.conv(map, filters, 3, { batchNorm: true });
  map = builder.conv(map, 4 * filters, 1, { batchNorm: true, relu: false });
  if (input[2] !== 4 * filters) builder.conv(input, 4 * filters, 1, { stride, batchNorm: true, relu: false });
  return builder.elementwise('relu', builder.add(map));
}

export function resNet(depth: keyof typeof BLOCKS): Workload {
  const builder = new WorkloadBuilder();
  let map = builder.conv([224, 224, 3], 64, 7, { stride: 2, batchNorm: true });
  map = builder.pool(map, 3, 2, 1);
  BLOCKS[depth].forEach((blocks, stage) => {
    for (let i = 0; i < blocks; i++) map = bottleneck(builder, map, 64 * 2 ** stage, i === 0 && stage > 0 ? 2 : 1);
  });
  map = builder.dense(builder.globalPool(map), 1000, false);
  builder.elementwise('softmax', map);
  return builder.build(`ResNet-${depth}`);
}
