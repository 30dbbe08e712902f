/** What all benchmarks share: processor time, medians, counts of partial sums. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Processor time of `work` in ns, not wall time: a busy machine takes the processor away. */
export async function processorTime_ns(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return 1000 * (user + system);
}

/** Peak memory of this process so far, in MiB. */
export function peakMemory_MiB() {
  return process.resourceUsage().maxRSS / 1024;
}

export function withoutNoise(program) {
  const noise = { shot: 0, intensity: 0, constant: 0 };
  return { ...program, layers: program.layers.map((layer) => ({ ...layer, noise })) };
}

/** Rows times samples of every layer, per image. */
export function partialSums(program, runs) {
  let sums = 0;
  for (const ofImage of runs) {
    ofImage.forEach((run, l) => {
      const layer = program.layers[l];
      const [rows, columns, filters] = layer.kind === 'conv2d' ? layer.geometry.output : [1, 1, layer.filters];
      sums +=
        layer.kind === 'conv2d'
          ? layer.rowFilter.length * rows * columns
          : filters * run.passes.reduce((n, pass) => n + pass.rows, 0);
    });
  }
  return sums / runs.length;
}
