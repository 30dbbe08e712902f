/** Figure of `sonic sensitivity`: what each layer loses, over sparsity and over clusters. */
import { formatCount } from '../../base/text/units.js';
import type { LayerSensitivity, Sensitivity } from '../../experiments/sensitivity/sensitivity.js';
import { type Panel, renderFigure } from '../kit/figures/frame.js';
import { heatPanel } from '../kit/figures/heatPanel.js';
import { linePanel } from '../kit/figures/linePanel.js';
import { symbolOf } from '../kit/figures/symbols.js';

/** More lines than this are not told apart: the layers become the rows of a map. */
const MAXIMUM_LINES = 8;
/** Where axis and colours end, in wanted losses: a layer that is destroyed would hide all others. */
const SHOWN_LOSSES = 10;
const LEAST_SHOWN = 0.02;
const ROW_HEIGHT = 20;

type Curve = 'sparsityCurve' | 'clusterCurve';

interface Axis {
  readonly curve: Curve;
  readonly title: string;
  readonly label: string;
  readonly text: (value: number) => string;
  readonly scale: 'linear' | 'log';
}

const AXES: readonly Axis[] = [
  {
    curve: 'sparsityCurve',
    title: 'pruned alone',
    label: 'zeros of the layer (%)',
    text: (value) => String(Number((100 * value).toPrecision(4))),
    scale: 'linear',
  },
  {
    curve: 'clusterCurve',
    title: 'clustered alone',
    label: 'distinct weights of the layer',
    text: String,
    scale: 'log',
  },
];

const lowest = (loss: number) => -100 * Math.max(SHOWN_LOSSES * loss, LEAST_SHOWN);

function lines(layers: readonly LayerSensitivity[], { curve, title, label, text, scale }: Axis, loss: number): Panel {
  const values = [...layers[0]![curve]].map(({ value }) => value).sort((a, b) => a - b);
  const points = layers.flatMap((layer) => layer[curve]);
  const [low, high] = [
    Math.max(lowest(loss), Math.min(-150 * loss, ...points.map(({ change }) => 100 * change.interval95[0]))),
    Math.max(0, ...points.map(({ change }) => 100 * change.interval95[1])),
  ];
  const room = 0.05 * (high - low);
  return linePanel({
    title,
    xLabel: label,
    yLabel: 'change of accuracy (points)',
    xScale: scale,
    xTicks: values.map((at) => ({ at, label: text(at) })),
    yDomain: [low - room, high + room],
    yRules: [{ at: -100 * loss, label: `loss of ${Number((100 * loss).toPrecision(3))}` }],
    lines: layers.map((layer, l) => ({
      label: layer.name,
      x: layer[curve].map(({ value }) => value),
      y: layer[curve].map(({ change }) => 100 * change.difference),
      low: layer[curve].map(({ change }) => 100 * change.interval95[0]),
      high: layer[curve].map(({ change }) => 100 * change.interval95[1]),
      points: 'also',
      symbol: symbolOf(l),
    })),
  });
}

function map(layers: readonly LayerSensitivity[], { curve, title, label, text }: Axis, loss: number): Panel {
  return heatPanel({
    title: `${title}: change of accuracy (points)`,
    xLabel: label,
    yLabel: 'layer',
    columns: layers[0]![curve].map(({ value }) => text(value)),
    rows: layers.map(({ name }) => name),
    values: layers.map((layer) => layer[curve].map(({ change }) => 100 * change.difference)),
    format: (value) => value.toFixed(1),
    domain: [lowest(loss), 0],
    height: layers.length * ROW_HEIGHT + 58,
  });
}

/** Curves with paired intervals as lines, or as a map where there are many layers. */
export function sensitivityFigure(sensitivity: Sensitivity, network: string): string {
  const { layers, dataset, emulated, chipSeeds, proposal } = sensitivity;
  const draw = layers.length > MAXIMUM_LINES ? map : lines;
  const on = emulated ? `emulated on ${chipSeeds.length} chip${chipSeeds.length === 1 ? '' : 's'}` : 'digital';
  return renderFigure({
    title: `What the layers of ${network} bear, each alone`,
    subtitle:
      `${formatCount(dataset.images)} images of the ${dataset.split} split of ${dataset.name}, ${on}, without training on; ` +
      `${draw === lines ? '95 % intervals of the paired change; ' : ''}what is below ${lowest(proposal.loss).toFixed(0)} points is cut off`,
    columns: 2,
    panels: AXES.filter(({ curve }) => layers[0]![curve].length > 0).map((axis) => draw(layers, axis, proposal.loss)),
  });
}
