/** What each choice that the papers leave open does to the ratios, one at a time, everything else as it is. */

import { mergeDescription } from '../../hardware/descriptionPaths.js';
import { parseHardware } from '../../hardware/parseHardware.js';
import { AVERAGINGS, type Averaging, evaluateAll, publishedWorkloads, type Ratios, ratiosOf } from './comparison.js';
import { COMPARATORS, sonic } from './index.js';
import type { AcceleratorReport, AnyAccelerator, Setting } from './types.js';
import type { Workload } from './workload.js';

export interface SensitivityRow {
  /** Whose choice it is: a design's title, or 'both' for what all designs share. */
  readonly of: string;
  readonly choice: string;
  readonly taken: string;
  readonly label: string;
  readonly ratios: Ratios;
  /** FPS/W ratio over that of the default. */
  readonly factor: number;
}

export interface Sensitivity {
  readonly id: string;
  readonly title: string;
  readonly base: Ratios;
  /** The largest effect first. */
  readonly rows: readonly SensitivityRow[];
}

/** A changed comparison: other networks, setting or averaging for both designs. */
interface Shared {
  readonly choice: string;
  readonly taken: string;
  readonly label: string;
  readonly workloads?: readonly Workload[];
  readonly setting?: Setting;
  readonly averaging?: Averaging;
}

/** What else the paper's networks could be. */
const publishedChoices = (): Shared[] => [
  {
    choice: 'pruned layers',
    taken: 'the largest, as many as table 3 says',
    label: 'all layers',
    workloads: publishedWorkloads({ pruned: 'all' }),
  },
  {
    choice: 'MNIST network',
    taken: '5 x 5 kernels',
    label: '3 x 3 kernels',
    workloads: publishedWorkloads({ networks: ['mnist-3x3', 'cifar10', 'stl10', 'svhn'] }),
  },
  {
    choice: 'networks',
    taken: 'four, STL-10 reconstructed',
    label: 'without STL-10',
    workloads: publishedWorkloads({ networks: ['mnist', 'cifar10', 'svhn'] }),
  },
];

function sharedChoices(setting: Setting, averaging: Averaging, own: WorkloadsAt | undefined): Shared[] {
  const withCost = (cost: Record<string, unknown>): Setting => ({
    ...setting,
    hardware: parseHardware(mergeDescription(setting.hardware, { cost }), 'the comparison'),
  });
  const other = { static: 'perConversion', perConversion: 'static' } as const;
  const { converterAccounting, memory } = setting.hardware.cost;
  return [
    ...[0.3, 0.7].map((activationSparsity) => ({
      choice: 'zero activations',
      taken: '0.5',
      label: String(activationSparsity),
      workloads: own?.(activationSparsity) ?? publishedWorkloads({ activationSparsity }),
    })),
    ...(own ? [] : publishedChoices()),
    ...AVERAGINGS.filter((rule) => rule !== averaging).map((rule) => ({
      choice: 'averaging',
      taken: averaging,
      label: rule,
      averaging: rule,
    })),
    {
      choice: 'accounting of converters',
      taken: converterAccounting,
      label: other[converterAccounting],
      setting: withCost({ converterAccounting: other[converterAccounting] }),
    },
    {
      choice: 'memory',
      taken: memory,
      label: memory === 'none' ? 'literature' : 'none',
      setting: withCost({ memory: memory === 'none' ? 'literature' : 'none' }),
    },
    {
      choice: 'device table',
      taken: setting.devices,
      label: setting.devices === 'own' ? 'sonic' : 'own',
      setting: { ...setting, devices: setting.devices === 'own' ? 'sonic' : 'own' },
    },
  ];
}

/** Reports of a design with each alternative of its own choices. */
function ownAlternatives(design: AnyAccelerator, workloads: readonly Workload[], setting: Setting) {
  return design.choices.flatMap(({ name: choice, taken, alternatives }) =>
    alternatives.map(({ label, parameters }) => ({
      of: design.title,
      choice,
      taken,
      label,
      reports: evaluateAll(design, workloads, setting, parameters),
    })),
  );
}

/** Workloads with a share of zero activations; the default one where none is given. */
export type WorkloadsAt = (activationSparsity?: number) => readonly Workload[];

/** Sensitivities of every comparator's ratios, on the published networks or `own` ones. */
export function sensitivities(setting: Setting, averaging: Averaging, own?: WorkloadsAt): Sensitivity[] {
  const workloads = own?.() ?? publishedWorkloads();
  const ours = evaluateAll(sonic, workloads, setting);
  const ourAlternatives = ownAlternatives(sonic, workloads, setting);
  const shared = sharedChoices(setting, averaging, own).map((change) => {
    const changed = { workloads, setting, averaging, ...change };
    return { ...changed, ours: evaluateAll(sonic, changed.workloads, changed.setting) };
  });
  return COMPARATORS.map((design) => {
    const theirs = evaluateAll(design, workloads, setting);
    const base = ratiosOf(ours, theirs, averaging);
    const row = (of: string, { choice, taken, label }: Omit<Shared, 'of'>, ratios: Ratios): SensitivityRow => ({
      of,
      choice,
      taken,
      label,
      ratios,
      factor: ratios.fpsPerWatt / base.fpsPerWatt,
    });
    const ratios = (a: readonly AcceleratorReport[], b: readonly AcceleratorReport[]) => ratiosOf(a, b, averaging);
    const rows = [
      ...ourAlternatives.map((change) => row(change.of, change, ratios(change.reports, theirs))),
      ...ownAlternatives(design, workloads, setting).map((change) =>
        row(change.of, change, ratios(ours, change.reports)),
      ),
      ...shared.map((change) => {
        const reports = evaluateAll(design, change.workloads, change.setting);
        return row('both', change, ratiosOf(change.ours, reports, change.averaging));
      }),
    ];
    const effect = ({ factor }: SensitivityRow) => Math.abs(Math.log(factor));
    return { id: design.id, title: design.title, base, rows: rows.sort((a, b) => effect(b) - effect(a)) };
  });
}
