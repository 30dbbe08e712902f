/** The lab's page: hardware from its fields, runs on worker threads; `window.sonicResult` is what a script can read. */
import tensorflow from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { costOfActivity } from '#sonic/cost/costReport.js';
import { activityOf } from '#sonic/emulation/emulator/countActivity.js';
import type { LayerRun } from '#sonic/emulation/kernels/batchLayer.js';
import type { Program } from '#sonic/emulation/program/types.js';
import { accuracyOf } from '#sonic/experiments/result/accuracy.js';
import { hardwareToYaml } from '#sonic/hardware/descriptionValues.js';
import { PRESETS } from '#sonic/hardware/presets/index.js';
import { countParameters } from '#sonic/networks/parameters.js';
import type { Network } from '#sonic/networks/types.js';
import { fillFields } from './fields.js';
import { hardwareFor } from './hardware.js';
import type { BatchReply, Files } from './messages.js';
import { commandOf, type LabState, readState, writeState } from './state.js';
import { Thread } from './thread.js';

const BATCH = 16;
const at = (path: string) => new URL(path, document.baseURI).href;
const files: Files = {
  checkpoint: at('data/mnist.safetensors'),
  kernels: at('data/kernels.wasm'),
  calibration: at('data/mnist-calibration.bin'),
  tensorflow: new URL(tensorflow, import.meta.url).href,
};
const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const text = (id: string, content: string) => {
  element(id).textContent = content;
};
const percent = (share: number) => `${(100 * share).toFixed(2)} %`;

let state = readState(location.hash);
const compiler = new Thread();
const threads: Thread[] = [];
/** Of the run in progress: ended by Stop and by every change of the state. */
let active: AbortController | null = null;

function fail(error: unknown): void {
  text('error', (error as Error).message);
  text('progress', 'failed');
  Object.assign(window, { sonicResult: { error: (error as Error).message } });
}

const FIGURES = ['digital', 'emulated', 'changed', 'latency', 'energy', 'efficiency', 'warnings'];

/** Shows the state; figures of another one are taken away. */
function show(): void {
  active?.abort();
  active = null;
  for (const id of ['error', ...FIGURES]) text(id, '');
  text('progress', 'not run yet');
  text('command', commandOf(state));
  element<HTMLSelectElement>('preset').value = state.preset;
  element<HTMLInputElement>('images').value = String(state.images);
  try {
    fillFields(element('fields'), state, (settings) => change({ settings }));
    hardwareFor(state.preset, state.settings);
  } catch (error) {
    fail(error);
  }
}

function change(part: Partial<LabState>): void {
  state = { ...state, ...part };
  history.pushState(null, '', writeState(state));
  show();
}

/** Accuracy and cost of the images so far. */
function report(network: Network, program: Program, replies: readonly BatchReply[], labels: Uint8Array) {
  const joined = (part: 'digital' | 'emulated') => Float32Array.from(replies.flatMap((reply) => [...reply[part]]));
  const runs: LayerRun[][] = replies.flatMap((reply) => reply.runs);
  const [digital, emulated] = [joined('digital'), joined('emulated')];
  const accuracy = accuracyOf(digital, emulated, labels.subarray(0, runs.length));
  const activity = activityOf(program, runs);
  const cost = costOfActivity(activity, program, { parameters: countParameters(network), network });
  text('digital', percent(accuracy.digital));
  text('emulated', `${percent(accuracy.emulated!)}, 95 % interval ${accuracy.interval95!.map(percent).join(' to ')}`);
  text('changed', `${accuracy.changed} of ${accuracy.images}`);
  text('latency', `${(1e6 * cost.latency_s).toPrecision(3)} us an image`);
  text('energy', `${(1e3 * cost.energy_J).toPrecision(3)} mJ an image, ${cost.power_W.toPrecision(3)} W`);
  text('efficiency', `${cost.framesPerSecondPerWatt?.toFixed(1) ?? 'undefined'} FPS/W`);
  return { accuracy, digital: [...digital], emulated: [...emulated], cost };
}

async function run({ signal }: AbortController): Promise<void> {
  const { preset, settings, images: count } = state;
  text('error', '');
  text('progress', 'compiling and calibrating');
  const [images, labels] = await Promise.all(
    ['mnist-images.bin', 'mnist-labels.bin'].map(async (name) => {
      const response = await fetch(at(`data/${name}`));
      if (!response.ok) throw new Error(`${name}: ${response.status} ${response.statusText}; reload the page`);
      return new Uint8Array(await response.arrayBuffer());
    }),
  );
  if (count > labels!.length) throw new Error(`images ${count}: the page has ${labels!.length}; ask for no more`);
  const compiled = await compiler.ask<{ network: Network; program: Program }>({
    ...{ kind: 'compile', files, preset, settings, chipSeed: 1 },
  });
  if (signal.aborted) return;
  const { network, program } = compiled;
  const imageSize = images!.length / labels!.length;
  const job = { network, program, fidelities: [], digital: true, backend: 'wasm', runSeed: 1 } as const;
  const wanted = Math.min(navigator.hardwareConcurrency || 1, 8, Math.ceil(count / BATCH));
  while (threads.length < wanted) threads.push(new Thread());
  const own = threads.slice(0, wanted);
  await Promise.all(
    own.map((thread) => thread.ask({ kind: 'load', files, job: { ...job, images: images!, imageSize } })),
  );
  if (signal.aborted) return;
  const started = performance.now();
  const replies: BatchReply[] = [];
  let next = 0;
  let result: ReturnType<typeof report> | null = null;
  await Promise.all(
    own.map(async (thread) => {
      while (next < count && !signal.aborted) {
        const first = next;
        next += BATCH;
        const size = Math.min(BATCH, count - first);
        replies[first / BATCH] = await thread.ask<BatchReply>({ kind: 'batch', first, count: size });
        // What is shown is always of the first images, whatever thread was faster.
        if (signal.aborted) return;
        let last = 0;
        while (replies[last]) last++;
        const whole = replies.slice(0, last);
        if (whole.length > 0) result = report(network, program, whole, labels!);
        const done = whole.reduce((sum, { runs }) => sum + runs.length, 0);
        const seconds = (performance.now() - started) / 1000;
        text(
          'progress',
          `${done} of ${count} images, ${(done / seconds).toPrecision(3)} images/s on ${wanted} threads`,
        );
      }
    }),
  );
  if (signal.aborted) return;
  text('warnings', program.warnings.join('\n'));
  Object.assign(window, { sonicResult: result });
}

function download(): void {
  const content = hardwareToYaml(hardwareFor(state.preset, state.settings));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([content], { type: 'application/yaml' }));
  link.download = 'hardware.yaml';
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

for (const [name, { description }] of Object.entries(PRESETS)) {
  element('preset').append(new Option(`${name}: ${description}`, name));
}
element('preset').addEventListener('change', (event) => change({ preset: (event.target as HTMLSelectElement).value }));
element('images').addEventListener('change', (event) =>
  change({ images: Math.max(1, Math.round(Number((event.target as HTMLInputElement).value)) || 1) }),
);
element('run').addEventListener('click', () => {
  if (active) return;
  const own = new AbortController();
  active = own;
  run(own)
    .catch((error: unknown) => own.signal.aborted || fail(error))
    .finally(() => {
      if (active === own) active = null;
    });
});
element('stop').addEventListener('click', () => {
  if (!active) return;
  active.abort();
  active = null;
  text('progress', `stopped: ${element('progress').textContent}`);
});
element('download').addEventListener('click', () => {
  try {
    download();
  } catch (error) {
    fail(error);
  }
});
addEventListener('popstate', () => {
  state = readState(location.hash);
  show();
});
show();
