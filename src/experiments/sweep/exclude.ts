/** Conditions on a point's settings, by which a plan leaves points out. */
import { PlanError } from '../../base/errors.js';
import { nearest } from '../../base/text/nearest.js';
import type { PlannedAxis, Settings } from './planAxes.js';
import type { AxisValue } from './types.js';

type Condition = AxisValue | readonly AxisValue[];
type Test = (value: AxisValue | undefined) => boolean;

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
};

const CONSTANTS: ReadonlyMap<string, AxisValue> = new Map<string, AxisValue>([
  ['true', true],
  ['false', false],
  ['null', null],
]);

/** The value that a word stands for. */
function scalarOf(word: string): AxisValue {
  const text = word.trim().replace(/^(["'])(.*)\1$/, '$2');
  if (text !== '' && Number.isFinite(Number(text))) return Number(text);
  return CONSTANTS.has(text) ? CONSTANTS.get(text)! : text;
}

function testOf(condition: Condition, place: string): Test {
  if (Array.isArray(condition)) return (value) => condition.includes(value as AxisValue);
  const match = typeof condition === 'string' ? /^\s*(<=|>=|!=|<|>|in\b)\s*(.*)$/s.exec(condition) : null;
  if (!match) return (value) => value === condition;
  const [, operator, operand] = match as unknown as [string, string, string];
  if (operator === '!=') return (value) => value !== undefined && value !== scalarOf(operand);
  if (operator === 'in') {
    const list = /^\[(.*)\]\s*$/s.exec(operand);
    if (!list) throw new PlanError(`${place}: '${condition}' names no list; write in [4, 6]`);
    const values = list[1]!.split(',').map(scalarOf);
    return (value) => value !== undefined && values.includes(value);
  }
  const bound = scalarOf(operand);
  if (typeof bound !== 'number') {
    throw new PlanError(`${place}: '${condition}' compares with no number; write ${operator} 6, say`);
  }
  return (value) => typeof value === 'number' && COMPARE[operator]!(value, bound);
}

/**
 * Whether a point is left out: all conditions of one entry hold. One on a path that a variant leaves alone does not.
 * @throws PlanError for a name that is no axis nor a path of one, or a condition that cannot be read.
 */
export function excluder(
  entries: readonly Readonly<Record<string, Condition>>[],
  axes: readonly PlannedAxis[],
  origin: string,
): (values: Readonly<Record<string, AxisValue>>, settings: Settings) => boolean {
  const known = axes.flatMap(({ name, paths }) => [name, ...paths]);
  const rules = entries.map((entry, index) =>
    Object.entries(entry).map(([name, condition]) => {
      const place = `${origin}: exclude.${index}.${name}`;
      if (!known.includes(name)) {
        const near = nearest(name, known);
        throw new PlanError(
          `${place}: no axis has that name or path; ${near ? `did you mean '${near}'?` : `they are ${[...new Set(known)].join(', ')}`}`,
        );
      }
      return { name, test: testOf(condition, place) };
    }),
  );
  return (values, settings) => {
    const byPath = new Map(settings);
    // An axis that has the name of one of its paths has its values too.
    const valueAt = (name: string) => (Object.hasOwn(values, name) ? values[name] : byPath.get(name));
    return rules.some((rule) => rule.length > 0 && rule.every(({ name, test }) => test(valueAt(name))));
  };
}
