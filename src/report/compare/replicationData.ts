/** All that docs/replication.md is written from. */
import { readFile } from 'node:fs/promises';
import { packageVersion } from '../../base/versions.js';
import {
  type Averaging,
  type Comparison,
  compareDesigns,
  publishedWorkloads,
} from '../../cost/accelerators/comparison.js';
import { type OmissionEffect, omissionEffects } from '../../cost/accelerators/omissions.js';
import { type SearchTable, searchCombinations } from '../../cost/accelerators/search.js';
import { analyseSearch, type SearchAnalysis } from '../../cost/accelerators/searchAnalysis.js';
import { type Sensitivity, sensitivities } from '../../cost/accelerators/sensitivity.js';
import type { Setting } from '../../cost/accelerators/types.js';
import {
  type ChannelsAtOnce,
  channelsAtOnce,
  countSlices,
  expectedSlices,
  type KernelSlices,
} from '../../cost/kernelSlices.js';
import { type CostStudy, costStudy } from '../../cost/study.js';
import { type Exploration, explore } from '../../experiments/exploration/exploration.js';
import { DEFAULT_AXES, pointsOf } from '../../experiments/exploration/space.js';
import {
  bestSize,
  meanStudy,
  type SizePoint,
  type SizeStudy,
  sizeAt,
  studySizes,
} from '../../experiments/exploration/unitSizes.js';
import { BUNDLED_NETWORKS } from '../../experiments/run/bundled.js';
import { loadCostSubject } from '../../experiments/run/costSubject.js';
import { valueAtPath } from '../../hardware/descriptionFiles.js';
import { loadCheckpoint } from '../../networks/formats/checkpoint.js';
import {
  OTHER_FITS,
  PUBLISHED_NETWORKS,
  publishedSparsity,
  RECONSTRUCTIONS,
} from '../../networks/zoo/publishedNetworks.js';
import { manifestPath, type TrainingManifest } from '../../training/trainingManifest.js';

/** Kernel slices of a network; from the weights where it is bundled, else expected with zeros anywhere. */
export interface NetworkSlices extends KernelSlices {
  readonly name: string;
  readonly title: string;
  readonly from: 'weights' | 'expected';
}

export interface Replication {
  /** The command that wrote it, and the version of this package. */
  readonly command: string;
  readonly version: string;
  readonly setting: Setting;
  /** With each paper's own devices, and with SONIC's table 2 for all. */
  readonly own: Comparison;
  readonly sonic: Comparison;
  readonly ownSensitivities: readonly Sensitivity[];
  readonly sonicSensitivities: readonly Sensitivity[];
  readonly search: { readonly table: SearchTable; readonly analysis: SearchAnalysis };
  /** SONIC's cost of each of the four, in the comparison's order, and of the other fits. */
  readonly studies: readonly CostStudy[];
  readonly otherStudies: Readonly<Record<string, CostStudy>>;
  readonly parameters: readonly number[];
  /** Of bundled networks, by name. */
  readonly manifests: Readonly<Record<string, TrainingManifest>>;
  /** Of the default space of (n, m, N, K), without constraints. */
  readonly space: Exploration;
  readonly sizes: {
    readonly studies: readonly SizeStudy[];
    /** Of the four together, cut slice by slice: the paper's, the best n with its m, the best m with its n. */
    readonly joint: { readonly paper: SizePoint; readonly n: SizePoint; readonly m: SizePoint };
  };
  readonly slices: {
    /** The paper's four, and both fits of MNIST. */
    readonly all: readonly NetworkSlices[];
    readonly fits: readonly NetworkSlices[];
    /** Of bundled networks, concatenated. */
    readonly channels: readonly { readonly title: string; readonly at: ChannelsAtOnce; readonly rows: number }[];
  };
  readonly omissions: { readonly before_W: number; readonly effects: readonly OmissionEffect[] };
}

async function bundledManifests(): Promise<Record<string, TrainingManifest>> {
  const entries = Object.entries(BUNDLED_NETWORKS).map(async ([name, { checkpoint }]) => {
    const text = await readFile(manifestPath(checkpoint), 'utf8');
    return [name, JSON.parse(text) as TrainingManifest] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function slicesOf(name: string, size: number): Promise<NetworkSlices> {
  const entry = RECONSTRUCTIONS[name]!;
  const bundled = BUNDLED_NETWORKS[name];
  if (bundled) {
    const { network } = await loadCheckpoint(bundled.checkpoint);
    return { name, title: entry.title, from: 'weights', ...countSlices(network, size) };
  }
  const network = entry.structure();
  return {
    name,
    title: entry.title,
    from: 'expected',
    ...expectedSlices(network, publishedSparsity(entry, network), size),
  };
}

async function channelsOf(name: string, size: number) {
  const { network } = await loadCheckpoint(BUNDLED_NETWORKS[name]!.checkpoint);
  const [at, slice] = (['concatenated', 'slice'] as const).map((mode) => channelsAtOnce(network, size, mode));
  return { title: RECONSTRUCTIONS[name]!.title, at: at!, rows: slice!.rows };
}

/** Sizes of units on every network and both fits of MNIST. */
async function sizesOf(setting: Setting): Promise<Replication['sizes']> {
  const { hardware } = setting;
  const { size: n } = hardware.vdu.conv;
  const { size: m } = hardware.vdu.fc;
  const subjects = await Promise.all(Object.keys(RECONSTRUCTIONS).map((name) => loadCostSubject(name)));
  const studies = studySizes(subjects, hardware);
  const joint = meanStudy(
    studies.filter(({ network, chunking }) => chunking === 'slice' && Object.hasOwn(PUBLISHED_NETWORKS, network)),
  );
  return {
    studies,
    joint: {
      paper: sizeAt(joint, n, m),
      n: bestSize(joint, (point) => point.m === m),
      m: bestSize(joint, (point) => point.n === n),
    },
  };
}

/** Computes everything; seconds. @param command that wrote the page */
export async function gatherReplication(setting: Setting, averaging: Averaging, command: string): Promise<Replication> {
  const { hardware, table } = setting;
  const names = Object.keys(PUBLISHED_NETWORKS);
  const subjects = await Promise.all(names.map((name) => loadCostSubject(name)));
  const workloads = publishedWorkloads();
  const [own, sonic] = (['own', 'sonic'] as const).map((devices) => {
    const here: Setting = { ...setting, devices };
    return { comparison: compareDesigns(here, averaging, workloads), sensitivities: sensitivities(here, averaging) };
  });
  const space = await explore(
    {
      networks: subjects,
      hardware,
      table,
      axes: DEFAULT_AXES,
      points: pointsOf(DEFAULT_AXES),
      constraints: [],
      objectives: ['fpsPerWatt', 'fps', 'energyDelay'],
    },
    (path) => valueAtPath(hardware, path),
  );
  const study = ({ statistics, sparsitySource }: (typeof subjects)[number]) =>
    costStudy(statistics(hardware), hardware, { sparsitySource, table });
  const others = Object.keys(OTHER_FITS).map(async (name) => [name, study(await loadCostSubject(name))] as const);
  const search = searchCombinations({ ...setting, devices: 'own' });
  const size = hardware.vdu.conv.size;
  const fits = ['mnist', ...Object.keys(OTHER_FITS)];
  return {
    command,
    version: packageVersion(),
    setting,
    own: own!.comparison,
    sonic: sonic!.comparison,
    ownSensitivities: own!.sensitivities,
    sonicSensitivities: sonic!.sensitivities,
    search: { table: search, analysis: analyseSearch(search) },
    studies: subjects.map(study),
    otherStudies: Object.fromEntries(await Promise.all(others)),
    parameters: workloads.map(({ parameters }) => parameters),
    manifests: await bundledManifests(),
    space,
    sizes: await sizesOf(setting),
    slices: {
      all: await Promise.all(names.map((name) => slicesOf(name, size))),
      fits: await Promise.all(fits.map((name) => slicesOf(name, size))),
      channels: await Promise.all(
        Object.keys(BUNDLED_NETWORKS)
          .filter((name) => Object.hasOwn(RECONSTRUCTIONS, name))
          .map((name) => channelsOf(name, size)),
      ),
    },
    omissions: omissionEffects({ ...setting, devices: 'own' }, workloads),
  };
}
