/** What `sonic conformance` prints. */
import type { Comparison } from '../../experiments/conformance/deviations.js';
import type { CaseReport, ConformanceReport } from '../../experiments/conformance/runConformance.js';
import { type Column, renderTable } from '../kit/table.js';

interface Line {
  readonly backend: string;
  readonly kind: string;
  readonly quantity: string;
  readonly cases: number;
  /** Null: not covered by the backend. */
  readonly worst: Comparison | null;
  readonly where: string;
}

/** Share of the tolerance that a comparison used up. */
function used({ deviation, tolerance }: Comparison): number {
  return deviation === 0 ? 0 : deviation / tolerance;
}

/** A deviation in the units of its tolerance; sizes that differ or a NaN have none. */
function formatDeviation(value: number): string {
  if (!Number.isFinite(value)) return 'differs';
  return value === 0 || Number.isInteger(value) ? String(value) : value.toExponential(1);
}

const COLUMNS: readonly Column<Line>[] = [
  { title: 'backend', value: ({ backend }) => backend },
  { title: 'kind', value: ({ kind }) => kind },
  { title: 'quantity', value: ({ quantity }) => quantity },
  { title: 'cases', align: 'right', value: ({ cases }) => String(cases) },
  { title: 'deviation', align: 'right', value: ({ worst }) => (worst ? formatDeviation(worst.deviation) : '-') },
  { title: 'tolerance', align: 'right', value: ({ worst }) => (worst ? formatDeviation(worst.tolerance) : '-') },
  { title: 'result', value: ({ worst }) => (worst === null ? 'not covered' : worst.passed ? 'ok' : 'OUT') },
  { title: 'largest in', value: ({ worst, where }) => (worst && worst.deviation > 0 ? where : '') },
];
const CASE_COLUMNS = COLUMNS.filter(({ title }) => !['backend', 'kind', 'cases', 'largest in'].includes(title));

function linesOfCase({ backend, kind, comparisons, notCovered, name, file }: CaseReport): Line[] {
  const common = { backend, kind, cases: 1, where: `${file}: ${name}` };
  return [
    ...comparisons.map((worst) => ({ ...common, quantity: worst.quantity, worst })),
    ...notCovered.map((quantity) => ({ ...common, quantity, worst: null, where: '' })),
  ];
}

/** One line for every quantity of every backend: the case that comes nearest to its tolerance, or is furthest outside. */
function summarise(cases: readonly CaseReport[]): Line[] {
  const lines = new Map<string, Line & { readonly names: Set<CaseReport> }>();
  for (const report of cases) {
    for (const line of linesOfCase(report)) {
      const quantity = line.quantity.replace(/^pass \d+ /, '');
      const key = `${line.backend} ${line.kind} ${quantity}`;
      const before = lines.get(key);
      const names = (before?.names ?? new Set()).add(report);
      const isWorse = !before?.worst || (line.worst !== null && used(line.worst) > used(before.worst));
      lines.set(key, { ...(isWorse ? line : before), quantity, names });
    }
  }
  return Array.from(lines.values(), ({ names, ...line }) => ({ ...line, cases: names.size }));
}

function renderCase(report: CaseReport): string {
  return `${report.file}: ${report.name} (${report.kind}, ${report.backend})\n${renderTable(linesOfCase(report), { columns: CASE_COLUMNS })}`;
}

const plural = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

function verdict({ cases, unavailable }: ConformanceReport): string[] {
  const failed = cases.filter(({ comparisons }) => comparisons.some(({ passed }) => !passed));
  const count = (reports: readonly CaseReport[]) => new Set(reports.map(({ file, name }) => `${file}\n${name}`)).size;
  const files = new Set(cases.map(({ file }) => file)).size;
  const outside = failed.map(({ file, name, backend, comparisons }) => {
    const quantities = comparisons.filter(({ passed }) => !passed).map(({ quantity }) => quantity);
    return `out of tolerance: ${file}: ${name} (${backend}): ${quantities.join(', ')}`;
  });
  const result = failed.length === 0 ? 'all within tolerance' : `${count(failed)} out of tolerance`;
  const total =
    cases.length === 0
      ? 'nothing to compare: no kernels for cases of this kind'
      : `${plural(count(cases), 'case')} of ${plural(files, 'file')}: ${result}`;
  return [...unavailable.map(({ backend, reason }) => `backend ${backend} not run: ${reason}`), ...outside, total];
}

/**
 * The report as text, without the last line break.
 * @param verbose a table for every case instead of one line for every quantity.
 */
export function renderConformance(report: ConformanceReport, { verbose }: { readonly verbose: boolean }): string {
  const table = () => renderTable(summarise(report.cases), { columns: COLUMNS });
  const body = verbose ? report.cases.map(renderCase) : report.cases.length > 0 ? [table()] : [];
  return [...body, verdict(report).join('\n')].join('\n\n');
}
