/** A baseline with what was measured in place of what was expected; its comments stay. */
import { type Document, isMap, isSeq, parseDocument, YAMLMap } from 'yaml';
import { BaselineError } from '../../base/errors.js';
import { writeFileAtomic } from '../../base/files.js';
import { BACKEND_TRAITS } from '../../emulation/backends/types.js';
import { type BaselineFile, baselineOf, baselineText } from './baselineFile.js';
import type { ChangedClass, Check } from './baselineSchema.js';
import { judge } from './judge.js';
import type { Measurement } from './measure.js';

/** A longer list of changed classes is written as its length. */
const MAXIMUM_LISTED = 200;

export interface BaselineChange {
  readonly check: string;
  readonly key: string;
  /** As the file had it; null where it had nothing. */
  readonly was: string | null;
  readonly now: string;
}

export interface BaselineUpdate {
  readonly text: string;
  readonly changes: readonly BaselineChange[];
}

const differs = (a: number | undefined, b: number) => a === undefined || Math.abs(a - b) > 1e-10;

/** A share as it stood, as a number or as per cent: with two decimals, or as many as it takes. */
function shareText(share: number, before: unknown): string | number {
  if (typeof before === 'number') return Number(share.toFixed(12));
  const short = (100 * share).toFixed(2);
  return `${differs(Number(short) / 100, share) ? Number((100 * share).toFixed(10)) : short} %`;
}

/** A bound that `value` is within, with four digits. */
export function boundAbove(value: number): number {
  const rounded = Number(value.toPrecision(4));
  const step = 10 ** (Math.floor(Math.log10(value)) - 3);
  return rounded >= value ? rounded : Number((rounded + step).toPrecision(4));
}

/** Lines that only differ within in their spaces (aligned comments, [1] and [ 1 ]) as they stood; no new empty lines. */
function withSpacesOf(before: string, after: string): string {
  const bare = (line: string) => line.replace(/(?<=\S)\s+/g, '');
  const [old, lines] = [before.split('\n'), after.split('\n')];
  const find = (line: string, from: number) => old.findIndex((one, i) => i >= from && bare(one) === bare(line));
  let next = 0;
  return lines
    .flatMap((line, i) => {
      if (line.trim() === '') {
        const following = lines.slice(i).find((one) => one.trim() !== '');
        const until = following === undefined ? old.length : find(following, next);
        return until < 0 || old.slice(next, until).some((one) => one.trim() === '') ? [line] : [];
      }
      const at = find(line, next);
      if (at < 0) return [line];
      next = at + 1;
      return [old[at]!];
    })
    .join('\n');
}

/** Chip and seed are written where there are several. */
function writtenChange({ chip, seed, image, from, to }: ChangedClass, { chips, seeds }: Check) {
  return { ...(chips.length > 1 ? { chip } : {}), ...(seeds.length > 1 ? { seed } : {}), image, from, to };
}

function changeNode(document: Document, change: ChangedClass, check: Check): YAMLMap {
  const node = document.createNode(writtenChange(change, check)) as YAMLMap;
  node.flow = true;
  return node;
}

/** The list anew; entries that stay keep their comments. */
function writeList(document: Document, path: readonly unknown[], changed: readonly ChangedClass[], check: Check): void {
  const existing = document.getIn(path, true);
  const kept = new Map<string, unknown>();
  if (isSeq(existing)) {
    for (const item of existing.items) {
      const { chip, seed, image, from, to } = isMap(item) ? (item.toJSON() as Partial<ChangedClass>) : {};
      const key = [chip ?? check.chips[0], seed ?? check.seeds[0], image, from, to].join(' ');
      if (isMap(item)) kept.set(key, item);
    }
  }
  const items = changed.map((change) => {
    const { chip, seed, image, from, to } = change;
    return kept.get([chip, seed, image, from, to].join(' ')) ?? changeNode(document, change, check);
  });
  if (isSeq(existing)) {
    if (existing.items.length === 0) existing.flow = false;
    existing.items = items;
  } else {
    const node = document.createNode([]);
    node.items = items as never[];
    document.setIn(path, node);
  }
}

const listText = (changed: readonly ChangedClass[]) =>
  changed.length === 0
    ? 'none'
    : changed.length > 8
      ? `${changed.length} images`
      : changed.map(({ image, from, to }) => `${image}: ${from} to ${to}`).join(', ');

type Writer = (key: string, was: string | null, now: string, write: (path: readonly unknown[]) => void) => void;

function updateShares(document: Document, check: Check, measurement: Measurement, set: Writer): void {
  const wanted = check.expect ?? { accuracy: undefined, ...(measurement.changed ? { digital: undefined } : {}) };
  for (const key of ['accuracy', 'digital'] as const) {
    if (!(key in wanted) || !differs(wanted[key], measurement[key])) continue;
    const before = document.getIn(['checks', check.index, 'expect', key]);
    const now = shareText(measurement[key], before);
    set(key, before === undefined ? null : String(before), String(now), (path) => document.setIn(path, now));
  }
}

function updateChanged(document: Document, check: Check, measurement: Measurement, set: Writer): void {
  const found = measurement.changed;
  const expected = check.expect?.changed;
  if (!found || (check.expect && !expected)) return;
  const isNew = expected === undefined;
  const asBound = isNew ? BACKEND_TRAITS[check.backend].tolerance !== null : expected.kind === 'most';
  const asCount = isNew ? found.length > MAXIMUM_LISTED : expected.kind === 'count';
  if (expected && judge(check, measurement).find(({ quantity }) => quantity === 'changed classes')!.passed) return;
  const was = !expected
    ? null
    : expected.kind === 'list'
      ? listText(expected.list)
      : `${expected.kind === 'most' ? 'at most ' : ''}${expected.count}`;
  if (asBound) set('changed', was, `at most ${found.length}`, (path) => document.setIn(path, { most: found.length }));
  else if (asCount) set('changed', was, String(found.length), (path) => document.setIn(path, found.length));
  else set('changed', was, listText(found), (path) => writeList(document, path, found, check));
}

/** A maximum is a budget, no measurement: only one that is exceeded is raised. */
function updateMaxima(document: Document, check: Check, { energy_J, latency_s }: Measurement, set: Writer): void {
  const measured = { maximumEnergy_J: energy_J, maximumLatency_s: latency_s } as const;
  for (const key of ['maximumEnergy_J', 'maximumLatency_s'] as const) {
    const value = measured[key];
    const before = check.expect?.[key];
    if (value === null || (check.expect && before === undefined)) continue;
    if (before !== undefined && value <= before * (1 + 1e-12)) continue;
    const now = boundAbove(value);
    set(key, before === undefined ? null : String(before), String(now), (path) => document.setIn(path, now));
  }
}

const expectations = (checks: readonly Check[]) => JSON.stringify(checks.map(({ expect }) => expect));

/**
 * The text of a baseline whose every check passes with these measurements.
 * @param measurements one a check, in the order of the file.
 * @throws BaselineError where the file's YAML (aliases) does not let a value be set by itself.
 */
export function updateBaseline(baseline: BaselineFile, measurements: readonly Measurement[]): BaselineUpdate {
  const { file, text, checks } = baseline;
  const document: Document = parseDocument(text);
  const changes: BaselineChange[] = [];
  const refuse = (cause?: unknown) =>
    new BaselineError(
      `${file}: cannot be updated: values that are aliases (*name) or anchors (&name) of 'checks' cannot be set one by one; write them out`,
      { cause },
    );
  let updated: string;
  try {
    checks.forEach((check, i) => {
      const measurement = measurements[i]!;
      if (!check.expect) document.setIn(['checks', check.index, 'expect'], new YAMLMap());
      const set: Writer = (key, was, now, write) => {
        write(['checks', check.index, 'expect', key]);
        changes.push({ check: check.name, key, was, now });
      };
      updateShares(document, check, measurement, set);
      updateChanged(document, check, measurement, set);
      updateMaxima(document, check, measurement, set);
    });
    updated = changes.length === 0 ? text : withSpacesOf(text, document.toString({ lineWidth: 0 }));
  } catch (error) {
    throw refuse(error);
  }
  // What was written is read back: each check passes, and none changed that should not have.
  const readBack = baselineOf(file, updated).checks;
  const fails = readBack.some((check, i) => judge(check, measurements[i]!).some(({ passed }) => !passed));
  const untouched = (list: readonly Check[]) =>
    expectations(list.filter(({ name }) => !changes.some(({ check }) => check === name)));
  if (fails || untouched(readBack) !== untouched(checks)) throw refuse();
  return { text: updated, changes };
}

/**
 * Writes an updated baseline, whole or not at all.
 * @throws BaselineError if somebody changed the file in the meantime; SonicError if it cannot be written.
 */
export async function writeBaseline({ file, text }: BaselineFile, update: BaselineUpdate): Promise<void> {
  if (update.changes.length === 0) return;
  if ((await baselineText(file)) !== text)
    throw new BaselineError(`${file}: was changed while its checks ran; run the command again`);
  await writeFileAtomic(file, update.text);
}
