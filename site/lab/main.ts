/** The lab's page: its controls, and the state that they and the address share. */
import { hardwareFields } from '#sonic/hardware/descriptionPaths.js';
import { hardwareToYaml } from '#sonic/hardware/descriptionValues.js';
import { PRESETS } from '#sonic/hardware/presets/index.js';
import { Activity } from './activity.js';
import { makeDrawable } from './digit.js';
import { element, save, setText } from './dom.js';
import { fillFields } from './fields.js';
import { hardwareFor, settingsOfFile } from './hardware.js';
import { lookInto, showPicture } from './instruments.js';
import { Laboratory } from './laboratory.js';
import { readOwnFiles } from './ownFiles.js';
import type { Work } from './pool.js';
import { clearResults, reportOf, showFigures, showTables } from './results.js';
import { commandOf, type LabState, parseAxis, pictureCommand, planOf, readState, writeState } from './state.js';
import { rowsCsv, type SweepRow } from './sweep.js';
import { runSweep } from './sweepRun.js';

const REDRAW_ms = 200;

let state = readState(location.hash);
const lab = new Laboratory();
const activity = new Activity((error) => {
  setText('error', error.message);
  setText('progress', 'failed');
  Object.assign(window, { sonicResult: { error: error.message } });
});
/** Of the state: what has been run of it so far. */
let work: Work | null = null;
let rows: SweepRow[] = [];
const drawing = makeDrawable(element<HTMLCanvasElement>('drawing'));

function showCommands(): void {
  setText('command', commandOf(state, lab.ownCommand(state)));
  setText('plan', state.sweep.length > 0 ? planOf(state, lab.ownCommand(state)) : 'name a field and its values');
  setText('picture-command', pictureCommand(state));
}

/** Shows the state; figures of another one are taken away. */
function show(): void {
  activity.stop();
  work = null;
  rows = [];
  clearResults();
  for (const id of ['error', 'inside-result', 'sweep-progress']) setText(id, '');
  for (const id of ['inside-result', 'sweep-figure', 'picture-result']) element(id).replaceChildren();
  setText('progress', 'not run yet');
  setText('run', 'Run');
  element<HTMLSelectElement>('network').value = state.network;
  element<HTMLSelectElement>('preset').value = state.preset;
  element<HTMLInputElement>('images').value = String(state.images);
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
  setText('error', '');
  delete (window as { sonicResult?: unknown }).sonicResult;
  setText('run', 'Run');
  if (!work) {
    setText('progress', 'compiling and calibrating');
    const compiled = await lab.compile(state, signal);
    if (signal.aborted || !compiled) return;
    work = compiled;
  }
  const own = work;
  const before = own.replies.reduce((sum, reply) => sum + (reply?.runs.length ?? 0), 0);
  const started = performance.now();
  let drawn = 0;
  const progress = (threads: string) => {
    const done = own.replies.reduce((sum, reply) => sum + (reply?.runs.length ?? 0), 0);
    const rate = ((1000 * (done - before)) / (performance.now() - started)).toPrecision(3);
    setText('progress', `${done} of ${own.count} images, ${rate} images/s${threads}`);
  };
  const threads = await lab.run(own, signal, () => {
    progress('');
    if (performance.now() - drawn < REDRAW_ms) return;
    drawn = performance.now();
    const report = reportOf(own);
    if (report) showFigures(report);
  });
  const report = reportOf(own);
  if (own !== work || !report) return;
  showFigures(report);
  showTables(report, own);
  if (signal.aborted) return;
  work = null;
  progress(` on ${threads} threads`);
  const { accuracy, digital, emulated, cost } = report;
  Object.assign(window, { sonicResult: { accuracy, digital: [...digital], emulated: [...emulated], cost } });
}

async function sweep(signal: AbortSignal): Promise<void> {
  setText('error', '');
  rows = [];
  const shown = (own: readonly SweepRow[]) => {
    rows = [...own];
  };
  await runSweep(lab, state, signal, shown);
  Object.assign(window, { sonicSweep: rowsCsv(state, lab.name(state), lab.dataset, rows) });
}

const draw = () => activity.start((signal) => showPicture(lab, state, signal));

function openFiles(files: readonly File[]): Promise<void> {
  return activity.start(async (signal) => {
    setText('own-about', 'importing');
    const value = (id: string) => element<HTMLInputElement>(id).value;
    try {
      const own = await readOwnFiles(files, value('architecture'), value('preprocessing'));
      const about = await lab.give(own);
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
  element('preset').append(new Option(`${name}: ${description}`, name));
}
for (const { path } of hardwareFields()) if (path !== 'name') element('paths').append(new Option(path));

bind('network', 'change', ({ value }) => change({ network: value }));
bind('preset', 'change', ({ value }) => change({ preset: value }));
bind('images', 'change', ({ value }) => change({ images: Math.max(1, Math.round(Number(value)) || 1) }));
bind('run', 'click', () => activity.start(run));
bind('stop', 'click', () => {
  if (!activity.stop()) return;
  setText('progress', `stopped: ${element('progress').textContent}`);
  if (work) setText('run', 'Continue');
});
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
bind('sweep', 'click', () => activity.start(sweep));
bind('sweep-stop', 'click', () => {
  if (activity.stop()) setText('sweep-progress', `stopped: ${element('sweep-progress').textContent}`);
});
bind('csv', 'click', () => {
  if (rows.length === 0) throw new Error('there are no rows yet; run the sweep');
  save('lab-sweep.csv', rowsCsv(state, lab.name(state), lab.dataset, rows), 'text/csv');
});
bind('save-plan', 'click', () => save('lab-sweep.yaml', planOf(state, lab.ownCommand(state)), 'application/yaml'));
bind('clear', 'click', () => drawing.clear());
bind('look-drawn', 'click', () => activity.start((signal) => lookInto(lab, state, 'drawn', signal)));
bind('look-test', 'click', () =>
  activity.start((signal) => lookInto(lab, state, Number(element<HTMLInputElement>('index').value), signal)),
);
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
