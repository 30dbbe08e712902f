/**
 * What the kernels are to reach, as ratios within one run: each with its limit, what was measured, and whether it is met.
 * Where one is missed, docs/performance.md says what bounds it.
 */
import { renderTable } from '../../dist/report/kit/table.js';

/** A ratio of two runs of the same work scatters by so much. */
const SCATTER = 0.03;

/** Limits of the ratios that one.mjs gives of a network on wasm. */
const RATIOS = [
  { key: 'noiseToNormals', name: 'all noise, to the normals alone', most: 1.5 },
  { key: 'quietToDigital', name: 'no noise, to digital', most: 1.3 },
  { key: 'lumpedToDigital', name: 'lumped, to digital', most: 1.6 },
  { key: 'autoToExact', name: 'auto, to exact', most: 1, scatter: SCATTER },
];
const SPEED_UP = { name: 'two threads, to one (wall time)', least: 1.8 };
const STARTUP_MS = [100, 1500];

const row = (network, target, value, unit = '') => ({
  ...target,
  network,
  value,
  unit,
  isMet: target.most === undefined ? value >= target.least : value <= target.most + (target.scatter ?? 0),
});

/**
 * @param parts of a benchmark's result: `backends` (rows of one.mjs), `threads` (of threads.mjs), `startup`; each may be absent.
 * @returns name, network, value, most or least, unit and isMet of every target that was measured.
 */
export function targetsOf({ backends = [], threads = [], startup = [] }) {
  return [
    ...backends
      .filter(({ ratios }) => ratios)
      .flatMap(({ network, ratios }) => RATIOS.map((target) => row(network, target, ratios[target.key]))),
    ...threads.map(({ network, images, speedUp }) =>
      row(network, { ...SPEED_UP, name: `${SPEED_UP.name}, ${images} images` }, speedUp),
    ),
    ...startup.map(({ name, wall_ms }, i) => row('', { name, most: STARTUP_MS[i] }, wall_ms, ' ms')),
  ];
}

/** The targets as a table; empty where none was measured. */
export function renderTargets(targets) {
  if (targets.length === 0) return '';
  const right = { align: 'right' };
  const figure = (value, unit) => (unit === '' ? value.toFixed(2) : `${value.toFixed(0)}${unit}`);
  return renderTable(targets, {
    columns: [
      { title: 'target', value: ({ name }) => name },
      { title: 'network', value: ({ network }) => network },
      {
        title: 'wanted',
        ...right,
        value: ({ most, least, scatter, unit }) =>
          most === undefined ? `>= ${least}` : `<= ${most}${unit}${scatter ? ` (+ ${scatter})` : ''}`,
      },
      { title: 'measured', ...right, value: ({ value, unit }) => figure(value, unit) },
      { title: '', value: ({ isMet }) => (isMet ? 'met' : 'missed') },
    ],
  });
}
