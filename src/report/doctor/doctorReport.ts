/** What `sonic doctor` found, as text. */

import { formatSi } from '../../base/text/units.js';
import type { BackendCheck } from '../../experiments/doctor/checkBackends.js';
import type { Diagnosis } from '../../experiments/doctor/diagnose.js';
import type { Finding, Machine } from '../../experiments/doctor/machine.js';
import { renderTable } from '../kit/table.js';

function renderMachine({ platform, processor, avx, threads, memory_GiB, freeMemory_GiB, versions }: Machine): string {
  const instructions = avx === null ? 'AVX unknown' : avx ? 'AVX' : 'no AVX';
  return [
    `versions   ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}`,
    `machine    ${platform}, ${processor}, ${threads} threads, ${instructions}`,
    `memory     ${memory_GiB.toFixed(1)} GiB, ${freeMemory_GiB.toFixed(1)} GiB free`,
  ].join('\n');
}

const statusOf = ({ works, available }: BackendCheck) => (works ? 'works' : available ? 'wrong' : 'not here');

function renderBackends(checks: readonly BackendCheck[]): string {
  const table = renderTable(checks, {
    columns: [
      { title: 'backend', value: ({ name }) => name },
      { title: 'status', value: statusOf },
      { title: 'computes', value: ({ version }) => version ?? '' },
      { title: 'on', value: ({ device }) => device ?? '' },
      {
        title: 'deviation',
        align: 'right',
        value: ({ deviation }) => (deviation === undefined ? '' : deviation.toExponential(1)),
      },
      {
        title: 'partial sums',
        align: 'right',
        value: ({ sumsPerSecond }) => (sumsPerSecond === undefined ? '' : formatSi(sumsPerSecond, '/s')),
      },
    ],
  });
  return [table, ...checks.filter(({ works }) => !works).map((check) => `${check.name} ${whyNot(check)}`)].join('\n');
}

/** Reason and remedy of a backend that does not work, as the rest of a sentence that begins with its name. */
export function whyNot({ reason, remedy }: BackendCheck): string {
  return remedy === undefined ? reason! : `${reason}: ${remedy}`;
}

function renderFindings(title: string, findings: readonly Finding[]): string {
  const note = { title: 'note', value: ({ use }: Finding) => use };
  return renderTable(findings, {
    columns: [
      { title, value: ({ name }) => name },
      { title: 'found', value: ({ found }) => (found ? 'yes' : 'no') },
      { title: 'what', value: ({ detail }) => detail },
      ...(findings.some(({ use }) => use !== '') ? [note] : []),
    ],
  });
}

/** Machine, backends, data sets, networks and programs, and whether `sonic run mnist` works. */
export function renderDiagnosis(diagnosis: Diagnosis): string {
  const { machine, backends, datasets, checkpoints, programs, defaultsWork, fastest } = diagnosis;
  const wasm = backends.find(({ name }) => name === 'wasm');
  const verdict = defaultsWork
    ? `'sonic run mnist' works as it is. Fastest backend here: ${fastest}.`
    : `'sonic run mnist' does not work as it is: ${wasm?.works ? 'its network or its data are missing' : `wasm ${wasm ? whyNot(wasm) : 'was not tested'}`}.`;
  return [
    renderMachine(machine),
    renderBackends(backends),
    renderFindings('data set', datasets),
    renderFindings('network', checkpoints),
    renderFindings('program', programs),
    verdict,
  ].join('\n\n');
}
