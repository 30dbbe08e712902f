/** What `sonic check` prints. */

import { formatCount, formatSi } from '../../base/text/units.js';
import type { ChangedClass } from '../../experiments/check/baselineSchema.js';
import type { Judgement } from '../../experiments/check/judge.js';
import type { BaselineOutcome, CheckOutcome } from '../../experiments/check/runChecks.js';
import type { BaselineChange } from '../../experiments/check/updateBaseline.js';
import { type Column, renderTable } from '../kit/table.js';

/** Changed classes that are named one by one; the others are counted. */
const MAXIMUM_NAMED = 10;

/** Three decimals where two would hide an image. */
function share(value: number): string {
  const percent = 100 * value;
  return `${Math.abs(percent * 100 - Math.round(percent * 100)) < 1e-6 ? percent.toFixed(2) : percent.toFixed(3)} %`;
}

function quantityText(quantity: Judgement['quantity'], value: number): string {
  if (quantity === 'energy_J') return formatSi(value, 'J', 4);
  if (quantity === 'latency_s') return formatSi(value, 's', 4);
  return quantity === 'changed classes' ? formatCount(value) : share(value);
}

function expectedText({ quantity, expected, allowed: [low, high] }: Judgement): string {
  if (expected === null) return `at most ${quantityText(quantity, high)}`;
  const exact = quantityText(quantity, expected);
  if (quantity === 'changed classes' || low === high) return exact;
  return `${exact} (${share(low)} to ${share(high)})`;
}

/** Says of an accuracy that fails whether other images could have given it. */
function remark({ passed, chance, measured, unexpected, missing }: Judgement): string {
  if (passed) return '';
  if (chance) {
    const [low, high] = chance;
    const where = measured < low ? 'below' : measured > high ? 'above' : 'within';
    return `${where} the binomial interval, ${share(low)} to ${share(high)}`;
  }
  if (unexpected && missing) return `${unexpected.length} not expected, ${missing.length} missing`;
  return '';
}

interface Line {
  readonly check: string;
  readonly judgement: Judgement;
}

const TITLES: Readonly<Record<Judgement['quantity'], string>> = {
  accuracy: 'accuracy',
  'digital accuracy': 'digital accuracy',
  'changed classes': 'changed classes',
  energy_J: 'energy an image',
  latency_s: 'latency an image',
};

const COLUMNS: readonly Column<Line>[] = [
  { title: 'check', value: ({ check }) => check },
  { title: 'quantity', value: ({ judgement }) => TITLES[judgement.quantity] },
  { title: 'expected', align: 'right', value: ({ judgement }) => expectedText(judgement) },
  {
    title: 'measured',
    align: 'right',
    value: ({ judgement: { quantity, measured } }) => quantityText(quantity, measured),
  },
  { title: 'result', value: ({ judgement }) => (judgement.passed ? 'ok' : 'FAILED') },
  { title: '', value: ({ judgement }) => remark(judgement) },
];

function changeLines({ check: { name, chips, seeds }, judgements }: CheckOutcome): string[] {
  const found = judgements.find(({ quantity }) => quantity === 'changed classes');
  const place = ({ chip, seed, image }: ChangedClass) =>
    `image ${image}${chips.length > 1 ? `, chip ${chip}` : ''}${seeds.length > 1 ? `, seed ${seed}` : ''}`;
  const lines = [
    ...(found?.unexpected ?? []).map((change) => `${place(change)}: ${change.from} to ${change.to}, not expected`),
    ...(found?.missing ?? []).map((change) => `${place(change)}: ${change.from} to ${change.to} expected, not seen`),
  ];
  const named = lines.slice(0, MAXIMUM_NAMED).map((line) => `${name}: ${line}`);
  return lines.length > MAXIMUM_NAMED ? [...named, `${name}: and ${lines.length - MAXIMUM_NAMED} more`] : named;
}

/** The table of a file, what changed class otherwise than expected, and the verdict; without the last line break. */
export function renderCheck({ file, outcomes }: BaselineOutcome): string {
  const lines = outcomes.flatMap(({ check, judgements }) =>
    judgements.map((judgement) => ({ check: check.name, judgement })),
  );
  const details = outcomes.flatMap(changeLines);
  const failed = outcomes.filter(({ passed }) => !passed).map(({ check }) => check.name);
  const total = `${outcomes.length} check${outcomes.length === 1 ? '' : 's'}`;
  const verdict =
    failed.length === 0
      ? `${file}: ${total}: all as expected`
      : `${file}: ${total}: ${failed.length} failed: ${failed.join(', ')}`;
  return [renderTable(lines, { columns: COLUMNS }), ...(details.length > 0 ? [details.join('\n')] : []), verdict].join(
    '\n\n',
  );
}

const CHANGE_COLUMNS: readonly Column<BaselineChange>[] = [
  { title: 'check', value: ({ check }) => check },
  { title: 'key', value: ({ key }) => key },
  { title: 'was', value: ({ was }) => was ?? '-' },
  { title: 'now', value: ({ now }) => now },
];

/** What was written into a file. */
export function renderUpdate(file: string, changes: readonly BaselineChange[]): string {
  if (changes.length === 0) return `${file}: nothing to change, all as expected`;
  const count = `${changes.length} value${changes.length === 1 ? '' : 's'}`;
  return `${renderTable(changes, { columns: CHANGE_COLUMNS })}\n\n${file}: wrote ${count}`;
}

/** The outcome as JSON, `sonic-check/1`. */
export function checkJson(files: readonly BaselineOutcome[]) {
  return {
    schema: 'sonic-check/1',
    passed: files.every(({ passed }) => passed),
    files: files.map(({ file, outcomes, passed, written }) => ({
      file,
      passed,
      written,
      checks: outcomes.map(({ check, measurement, judgements, passed }) => {
        const { name, network, hardware, set, fidelity, backend, chips, seeds } = check;
        return {
          name,
          passed,
          run: { network, hardware, set, fidelity, backend, chips, seeds, images: measurement.images },
          quantities: judgements,
          measured: measurement,
        };
      }),
    })),
  };
}
