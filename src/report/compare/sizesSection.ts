/** Sections of docs/replication.md on how kernels are cut into chunks: the paper's sentence, the optimum, and our other way. */
import { formatCount, formatShare, formatSi } from '../../base/text/units.js';
import {
  bestSize,
  CHUNKINGS,
  type ChunkingMode,
  meanStudy,
  SIZES,
  type SizeStudy,
  sizeAt,
} from '../../experiments/exploration/unitSizes.js';
import { PUBLISHED_NETWORKS, RECONSTRUCTIONS } from '../../networks/zoo/publishedNetworks.js';
import { markdownTable, number3 } from './compareTables.js';
import type { NetworkSlices, Replication } from './replicationData.js';

const more = (value: number, than: number) => `${((value / than - 1) * 100).toFixed(1)} %`;
const pair = ({ n, m }: { readonly n: number; readonly m: number }) => `(${n}, ${m})`;

/** Which of the two fits of MNIST the sentence favours, from the mean number of weights a slice. */
function favouredText(slices: Replication['slices'], size: number): string {
  const [five, three] = ['mnist', 'mnist-3x3'].map((name) => slices.fits.find((fit) => fit.name === name)!) as [
    NetworkSlices,
    NetworkSlices,
  ];
  const beyond = slices.all.filter(({ name, mean }) => name !== 'mnist' && mean > size);
  const [fits, not] = [three.mean <= size, five.mean > size];
  const verdict =
    fits && not ? 'The sentence favours the fit with 3 x 3 kernels' : 'The sentence does not tell the two fits apart';
  return (
    `${verdict}: at 50 % zeros a slice of a 3 x 3 kernel has ${number3(three.mean)} weights on average, one of a 5 x 5 kernel ${number3(five.mean)}. As an average it holds; ` +
    `of every slice it holds for neither (${formatShare(three.fitting, 0)} of the slices of 3 x 3 kernels have at most ${size}, ${formatShare(five.fitting, 0)} of those of 5 x 5), since zeros fall where weights are small.` +
    (beyond.length > 0
      ? ` And for ${beyond.map(({ title, mean }) => `${title} (${number3(mean)})`).join(' and ')} it does not hold even as an average: by table 3 they keep 60 % of their weights, 5.4 of nine.`
      : '')
  );
}

function sliceTable(slices: readonly NetworkSlices[], size: number): string {
  return markdownTable(slices, [
    { title: 'network', value: ({ title }) => title },
    { title: 'kernel', value: ({ kernel }) => kernel },
    { title: 'slices', align: 'right', value: ({ slices: count }) => formatCount(count) },
    { title: 'weights a slice, mean', align: 'right', value: ({ mean }) => number3(mean) },
    { title: `at most ${size}`, align: 'right', value: ({ fitting }) => formatShare(fitting, 0) },
    { title: 'chunks a slice, mean', align: 'right', value: ({ chunks }) => number3(chunks) },
    { title: 'from', value: ({ from }) => (from === 'weights' ? 'the bundled weights' : 'table 3, zeros anywhere') },
  ]);
}

/** The optimum of each network under a chunking. */
function optimumTable(studies: readonly SizeStudy[], n: number, m: number): string {
  const rows = studies.map((study) => ({
    study,
    paper: sizeAt(study, n, m),
    best: bestSize(study),
    bestN: bestSize(study, (point) => point.m === m),
    frugal: bestSize(study, (point) => point.power_W <= sizeAt(study, n, m).power_W),
  }));
  return markdownTable(rows, [
    {
      title: 'network',
      value: ({ study }) => RECONSTRUCTIONS[study.network]?.title ?? 'the four, geometric mean',
    },
    { title: `FPS/W at ${pair({ n, m })}`, align: 'right', value: ({ paper }) => number3(paper.fpsPerWatt) },
    { title: `best n at m = ${m}`, align: 'right', value: ({ bestN }) => String(bestN.n) },
    { title: 'better by', align: 'right', value: ({ bestN, paper }) => more(bestN.fpsPerWatt, paper.fpsPerWatt) },
    { title: 'best (n, m)', align: 'right', value: ({ best }) => pair(best) },
    { title: 'FPS/W', align: 'right', value: ({ best }) => number3(best.fpsPerWatt) },
    { title: 'better by', align: 'right', value: ({ best, paper }) => more(best.fpsPerWatt, paper.fpsPerWatt) },
    { title: 'power', align: 'right', value: ({ best }) => formatSi(best.power_W, 'W') },
    { title: `best at no more than the paper's power`, align: 'right', value: ({ frugal }) => pair(frugal) },
  ]);
}

export function sizesSection({ sizes, slices, setting }: Replication): string {
  const { size: n, units: N } = setting.hardware.vdu.conv;
  const { size: m, units: K } = setting.hardware.vdu.fc;
  const of = (chunking: ChunkingMode) => {
    const own = sizes.studies.filter((study) => study.chunking === chunking);
    return [...own, meanStudy(own.filter(({ network }) => Object.hasOwn(PUBLISHED_NETWORKS, network)))];
  };
  const rows = [...slices.all, ...slices.fits.filter(({ name }) => !Object.hasOwn(PUBLISHED_NETWORKS, name))];
  return [
    "## The paper's sentence on kernel vectors",
    `Section V.B stops at n = ${n} because dense kernel vectors do not exceed five parameters for the networks considered. Kernels unrolled over all channels have hundreds; a kernel's slice for one ` +
      'channel has nine weights at most where kernels are 3 x 3. So the machine of the paper cuts chunks slice by slice (`vdu.conv.chunking: slice`, the default of every preset), and all numbers on this page but those that say otherwise are of it.',
    sliceTable(rows, n),
    favouredText(slices, n),
    '## Where the optimum lies',
    `Sizes n in ${SIZES.n[0]} to ${SIZES.n.at(-1)} and m in ${SIZES.m[0]} to ${SIZES.m.at(-1)}, ${N} and ${K} units, by cost alone (\`sonic explore --only --vary n=2..50 --vary m=10..200:10\`). ` +
      'Energy per bit has the same optimum as FPS/W for each network, whatever a bit is: both are the energy of an image.',
    optimumTable(of('slice'), n, m),
    edgeText(of('slice')),
    '## Concatenated kernels: an improvement, not the paper',
    'Where all weights of a filter that are not zero make one list (`vdu.conv.chunking: concatenated`), chunks are full but for the last of a filter, and wider units pay.',
    optimumTable(of('concatenated'), n, m),
    gainTable(sizes.studies, n, m),
    channelsText(slices.channels, n),
  ].join('\n\n');
}

/** Where the best m is the smallest that was tried, it is said. */
function edgeText(studies: readonly SizeStudy[]): string {
  const [least] = SIZES.m;
  const best = studies.map((study) => bestSize(study));
  const at = best.filter(({ m }) => m === least).length;
  return (
    `For ${at} of these ${best.length} the best m is ${least}, the smallest tried: dense layers take little of the time of these networks, and wide dense units are power that waits. ` +
    'Of n nothing is won beyond the nine weights that a slice of a 3 x 3 kernel can have.'
  );
}

/** What concatenating wins by network: at the paper's sizes, and each at its own optimum. */
function gainTable(studies: readonly SizeStudy[], n: number, m: number): string {
  const networks = [...new Set(studies.map(({ network }) => network))];
  const rows = networks.map((network) => {
    const [slice, concatenated] = CHUNKINGS.map(
      (chunking) => studies.find((study) => study.network === network && study.chunking === chunking)!,
    ) as [SizeStudy, SizeStudy];
    return { network, slice, concatenated };
  });
  type Row = (typeof rows)[number];
  const ratio = ({ slice, concatenated }: Row, of: (study: SizeStudy) => number) => of(concatenated) / of(slice);
  return markdownTable(rows, [
    { title: 'network', value: ({ network }) => RECONSTRUCTIONS[network]!.title },
    {
      title: `FPS/W at ${pair({ n, m })}, concatenated over slices`,
      align: 'right',
      value: (row) => `${number3(ratio(row, (study) => sizeAt(study, n, m).fpsPerWatt))} x`,
    },
    {
      title: 'latency',
      align: 'right',
      value: (row) => `${number3(ratio(row, (study) => sizeAt(study, n, m).latency_s))} x`,
    },
    {
      title: 'FPS/W, each at its best (n, m)',
      align: 'right',
      value: (row) => `${number3(ratio(row, (study) => bestSize(study).fpsPerWatt))} x`,
    },
  ]);
}

/** What it costs in hardware, which the model does not charge. */
function channelsText(channels: Replication['slices']['channels'], n: number): string {
  const each = channels
    .map(
      ({ title, at, rows }) =>
        `${title} ${number3(at.mean)} (${formatCount(at.rows)} chunks instead of ${formatCount(rows)})`,
    )
    .join(', ');
  return (
    `What it costs is not in these numbers: a vector then has patch entries of several channels, on average of ${each}, at most of ${n}, where a slice has one. ` +
    `Each of the ${n} streamed DACs of a unit needs its own place in the activation memory in every sample (${n} reads at unrelated addresses, or as many banks, and a crossbar behind them), ` +
    'where a slice is read from the line buffer of one channel; and an index of channel and tap goes with every weight. Power and area of that are not published, so they are not charged.'
  );
}
