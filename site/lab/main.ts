/** The lab's page: its controls, and the state that they and the address share. */
import { hardwareFields } from '#sonic/hardware/descriptionPaths.js';
import { hardwareToYaml } from '#sonic/hardware/descriptionValues.js';
import { PRESETS } from '#sonic/hardware/presets/index.js';
import { Activity, progressText } from './activity.js';
import { backendOf, browserOffer, type Offer } from './backend.js';
import { makeDrawable } from './digit.js';
import { element, save, setText } from './dom.js';
import { fillFields } from './fields.js';
import { hardwareFor, settingsOfFile } from './hardware.js';
import { lookInto, showPicture } from './instruments.js';
import { Laboratory } from './laboratory.js';
import type { Progress } from './messages.js';
import { readOwnFiles } from './ownFiles.js';
import { awaitTables, clearResults, reportOf, showFigures, showTables } from './results.js';
import { rowsCsv, rowsParquet } from './rows.js';
import {
  type BackendChoice,
  commandOf,
  type LabState,
  parseAxis,
  pictureCommand,
  planOf,
  readState,
  writeState,
} from './state.js';
import type { SweepRow, Swept } from './sweep.js';
import { runSweep } from './sweepRun.js';
import { countDone, type Work } from './work.js';

const REDRAW_ms = 200;

let state = readState(location.hash);
/** Of the browser, once it is known. */
let offer: Offer | null = null;
const lab = new Laboratory();
const activity = new Activity((error) => {
  setText('error', error.message);
  Object.assign(window, { sonicResult: { error: error.message } });
});
/** Of the state: what has been run of it so far. */
let work: Work | null = null;
let rows: SweepRow[] = [];
const drawing = makeDrawable(element<HTMLCanvasElement>('drawing'));

function showCommands(): void {
  const backend = backendOf(state.backend, offer);
  const own = lab.ownCommand(state);
  setText('command', commandOf(state, backend, own));
  setText('plan', state.sweep.length > 0 ? planOf(state, backend, own) : 'name a field and its values');
  setText('picture-command', pictureCommand(state));
}

/** Shows the state; figures of another one are taken away. */
function show(): void {
  activity.end();
  work = null;
  rows = [];
  clearResults();
  for (const id of ['error', 'inside-result', 'sweep-progress']) setText(id, '');
  for (const id of ['inside-result', 'sweep-figure', 'picture-result']) element(id).replaceChildren();
  setText('progress', 'not run yet');
  setText('run', 'Run');
  element<HTMLSelectElement>('network').value = state.network;
  element<HTMLSelectElement>('preset').value = state.preset;
  setText('preset-about', PRESETS[state.preset as keyof typeof PRESETS]?.description ?? '');
  element<HTMLInputElement>('images').value = String(state.images);
  element<HTMLSelectElement>('backend').value = state.backend;
  element<HTMLSelectElement>('picture').value = state.picture;
  element<HTMLSelectElement>('unit').value = state.unit;
  for (const [i, id] of ['first', 'second'].entries()) {
    element<HTMLInputElement>(`${id}-path`).value = state.sweep[i]?.path ?? '';
    element<HTMLInputElement>(`${id}-values`).value = state.sweep[i]?.values.join(', ') ?? '';
  }
  try {
    showCommands();
    fillFields(element('fields'), state, (settings) => change({ settings }));
    hardwareFor(state.preset, state.settings);
    if (element<HTMLDetailsElement>('pictures').open) void draw();
  } catch (error) {
    activity.fail(error as Error);
  }
}

function change(part: Partial<LabState>): void {
  state = { ...state, ...part };
  history.pushState(null, '', writeState(state));
  show();
}

async function run(signal: AbortSignal): Promise<void> {
  delete (window as { sonicResult?: unknown }).sonicResult;
  setText('run', 'Run');
  if (!work) {
    const compiled = await lab.compile(state, watching(signal));
    if (signal.aborted) return;
    work = compiled;
  }
  const own = work;
  const before = countDone(own);
  const started = performance.now();
  let drawn = 0;
  const rate = () => (1000 * (countDone(own) - before)) / (performance.now() - started);
  const progress = (imagesPerSecond: number) =>
    activity.say(`${countDone(own)} of ${own.count} images, ${imagesPerSecond.toPrecision(3)} images/s`);
  const { threads, on } = await lab.run(own, signal, () => {
    progress(rate());
    if (performance.now() - drawn < REDRAW_ms) return;
    drawn = performance.now();
    const report = reportOf(own);
    if (report) showFigures(report);
  });
  const imagesPerSecond = rate();
  const report = reportOf(own);
  if (own !== work || !report) return;
  showFigures(report);
  showTables(report, own);
  if (signal.aborted) return;
  work = null;
  progress(imagesPerSecond);
  const why = state.backend === 'auto' ? (offer?.why ?? '') : '';
  setText('computed-on', why ? `${on} (${why})` : on);
  const { accuracy, digital, emulated, cost } = report;
  const facts = { accuracy, cost, imagesPerSecond, threads, on };
  Object.assign(window, { sonicResult: { ...facts, digital: [...digital], emulated: [...emulated] } });
}

async function sweep(signal: AbortSignal): Promise<void> {
  rows = [];
  await runSweep(lab, state, signal, {
    onRows: (own) => {
      rows = [...own];
    },
    onProgress: (text) => activity.say(text),
  });
  Object.assign(window, { sonicSweep: rowsCsv(swept(), rows) });
}

const swept = (): Swept => ({ preset: state.preset, network: lab.name(state), dataset: lab.dataset });

function rowsThere(): readonly SweepRow[] {
  if (rows.length === 0) throw new Error('there are no rows yet; run the sweep');
  return rows;
}

/** What a request to the compiler is to know of the page. */
const watching = (signal: AbortSignal) => ({
  signal,
  onProgress: (progress: Progress) => activity.say(progressText(progress)),
});
const draw = () => activity.start('picture-result', 'drawing', (signal) => showPicture(lab, state, watching(signal)));

function openFiles(files: readonly File[]): Promise<void> {
  return activity.start('own-about', 'importing', async (signal) => {
    const value = (id: string) => element<HTMLInputElement>(id).value;
    try {
      const own = await readOwnFiles(files, value('architecture'), value('preprocessing'));
      const about = await lab.give(own, watching(signal));
      if (signal.aborted) return;
      change({ network: 'own' });
      setText('own-about', about.join('\n'));
    } catch (error) {
      setText('own-about', '');
      throw error;
    }
  });
}

function bind(id: string, event: string, act: (target: HTMLInputElement) => void): void {
  element(id).addEventListener(event, ({ target }) => {
    try {
      act(target as HTMLInputElement);
    } catch (error) {
      activity.fail(error as Error);
    }
  });
}

for (const [name, { description }] of Object.entries(PRESETS)) {
  const option = new Option(name, name);
  option.title = description;
  element('preset').append(option);
}
for (const { path } of hardwareFields()) if (path !== 'name') element('paths').append(new Option(path));

bind('network', 'change', ({ value }) => change({ network: value }));
bind('preset', 'change', ({ value }) => change({ preset: value }));
bind('backend', 'change', ({ value }) => change({ backend: value as BackendChoice }));
bind('images', 'change', ({ value }) => change({ images: Math.max(1, Math.round(Number(value)) || 1) }));
bind('run', 'click', () => {
  // At once, so that nothing jumps when they come: below is what is out of sight then.
  awaitTables();
  return activity.start('progress', 'compiling and calibrating', run);
});
function stop(): void {
  if (activity.stop() && work) setText('run', 'Continue');
}
bind('stop', 'click', stop);
bind('busy-stop', 'click', stop);
bind('download', 'click', () =>
  save('hardware.yaml', hardwareToYaml(hardwareFor(state.preset, state.settings)), 'application/yaml'),
);
bind('upload', 'change', (input) => {
  const file = input.files?.[0];
  input.value = '';
  if (!file) return;
  file
    .text()
    .then((text) => change(settingsOfFile(text, file.name)))
    .catch((error: Error) => activity.fail(error));
});
bind('own', 'change', (input) => {
  const files = [...(input.files ?? [])];
  input.value = '';
  if (files.length > 0) void openFiles(files);
});
const drop = element('drop');
drop.addEventListener('dragover', (event) => event.preventDefault());
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  void openFiles([...(event.dataTransfer?.files ?? [])]);
});
for (const id of ['first-path', 'first-values', 'second-path', 'second-values']) {
  bind(id, 'change', () => {
    const of = (name: string) =>
      `${element<HTMLInputElement>(`${name}-path`).value}:${element<HTMLInputElement>(`${name}-values`).value}`;
    change({ sweep: ['first', 'second'].map((name) => parseAxis(of(name))).filter(({ path }) => path !== '') });
  });
}
bind('sweep', 'click', () => activity.start('sweep-progress', 'checking all points', sweep));
bind('sweep-stop', 'click', stop);
bind('csv', 'click', () => save('lab-sweep.csv', rowsCsv(swept(), rowsThere()), 'text/csv'));
bind('parquet', 'click', () => {
  rowsParquet(swept(), rowsThere())
    .then((bytes) => save('lab-sweep.parquet', bytes, 'application/vnd.apache.parquet'))
    .catch(activity.fail);
});
bind('save-plan', 'click', () =>
  save('lab-sweep.yaml', planOf(state, backendOf(state.backend, offer), lab.ownCommand(state)), 'application/yaml'),
);
const lookAt = (what: 'drawn' | number) =>
  activity.start('inside-result', 'compiling with and without the effects', (signal) =>
    lookInto(lab, state, what, watching(signal)),
  );
bind('clear', 'click', () => drawing.clear());
bind('look-drawn', 'click', () => lookAt('drawn'));
bind('look-test', 'click', () => lookAt(Number(element<HTMLInputElement>('index').value)));
bind('picture', 'change', ({ value }) => change({ picture: value as LabState['picture'] }));
bind('unit', 'change', ({ value }) => change({ unit: value as LabState['unit'] }));
element('pictures').addEventListener('toggle', () => {
  if (element<HTMLDetailsElement>('pictures').open && element('picture-result').childElementCount === 0) void draw();
});
addEventListener('popstate', () => {
  state = readState(location.hash);
  show();
});
show();
browserOffer().then((found) => {
  offer = found;
  showCommands();
}, activity.fail);
