/** One image looked at from inside, in a worker: the partial sums of every layer with and without the hardware's effects. */
import { loadTf, registeredName } from '#sonic/base/tensorflow/tf.js';
import { BACKEND_TRAITS } from '#sonic/emulation/backends/types.js';
import { type LayerPartialSums, partialSums } from '#sonic/emulation/emulator/partialSums.js';
import type { Program } from '#sonic/emulation/program/types.js';
import { withOnlyEffects } from '#sonic/experiments/devices/variant.js';
import type { HardwareDescription } from '#sonic/hardware/description.js';
import { forwardFinite } from '#sonic/networks/finite.js';
import { loadDigitalNetwork } from '#sonic/networks/forward.js';
import { preprocess } from '#sonic/networks/preprocess.js';
import type { Network } from '#sonic/networks/types.js';
import { renderFigure } from '#sonic/report/kit/figures/frame.js';
import { type Line, linePanel } from '#sonic/report/kit/figures/linePanel.js';
import { hardwareFor } from './hardware.js';
import type { InsideLayer, InsideReply, InsideRequest } from './messages.js';

const BINS = 64;

function histogram(label: string, u: Float64Array, [low, high]: readonly [number, number]): Line {
  const counts = new Array<number>(BINS).fill(0);
  const width = (high - low) / BINS;
  for (const value of u) counts[Math.min(BINS - 1, Math.max(0, Math.floor((value - low) / width)))]!++;
  const x = Array.from({ length: BINS + 1 }, (_, i) => low + i * width);
  return { label, x, y: [...counts, counts.at(-1)!], steps: true };
}

function layerFigure(own: LayerPartialSums, ideal: LayerPartialSums): string {
  const { name, adc } = own;
  let [low, high] = [0, 0];
  for (const values of [own.u, ideal.u]) {
    for (const value of values) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  const ends = [low, high > low ? high : low + 1] as const;
  const inside = (at: number) => at >= ends[0] && at <= ends[1];
  return renderFigure({
    title: `Partial sums of '${name}'`,
    subtitle: adc.quantise
      ? `ADC: range ${adc.range.toPrecision(4)}, step ${adc.step.toPrecision(3)} (full-scale products)`
      : 'no ADC; in full-scale products',
    columns: 1,
    panels: [
      linePanel({
        title: `${own.u.length} partial sums of this image`,
        xLabel: 'u before the ADC (full-scale products)',
        yLabel: 'partial sums',
        yScale: 'log',
        lines: [histogram('with the effects', own.u, ends), { ...histogram('without', ideal.u, ends), dashed: true }],
        xRules: [-adc.range, adc.range]
          .filter((at) => adc.quantise && inside(at))
          .map((at) => ({ at, label: 'clips' })),
        width: 560,
      }),
    ],
  });
}

const rms = (u: Float64Array) => Math.sqrt(u.reduce((sum, value) => sum + value ** 2, 0) / Math.max(1, u.length));

/** @param compile compiles the page's network for a description. */
export async function lookInside(
  { preset, settings, image, index }: InsideRequest,
  compile: (hardware: HardwareDescription) => Promise<{ network: Network; program: Program }>,
): Promise<InsideReply> {
  const hardware = hardwareFor(preset, settings);
  const { network, program } = await compile(hardware);
  const without = await compile(withOnlyEffects(hardware, []));
  const options = { backend: 'wasm', image, index, runSeed: 1 } as const;
  const own = await partialSums(network, program, options);
  const ideal = await partialSums(network, without.program, options);
  const tf = await loadTf(BACKEND_TRAITS.wasm.tensors);
  await tf.setBackend(registeredName(BACKEND_TRAITS.wasm.tensors));
  const digital = loadDigitalNetwork(tf, network);
  const input = tf.tensor(preprocess(network, image), [1, ...network.inputShape]);
  const logits = await forwardFinite(tf, digital, input, Int32Array.of(index));
  const values = (await logits.data()) as Float32Array;
  tf.dispose([input, logits]);
  digital.dispose();
  const layers = own.layers.map(
    (layer, l): InsideLayer => ({
      name: layer.name,
      svg: layerFigure(layer, ideal.layers[l]!),
      partialSums: layer.u.length,
      clipped: layer.clipped,
      rms: rms(layer.u),
      idealRms: rms(ideal.layers[l]!.u),
    }),
  );
  return { digital: values, ideal: ideal.logits, emulated: own.logits, layers };
}
