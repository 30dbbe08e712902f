/** What `sonic attribute` prints and draws. */

import { formatChange, formatCount, formatShare } from '../../base/text/units.js';
import type { Attribution, EffectAttribution, Variant } from '../../experiments/attribution/attribution.js';
import type { PairedDifference } from '../../experiments/result/paired.js';
import { classBlock, staticText } from '../kit/dataText.js';
import { barChart } from '../kit/figures/barChart.js';
import { type Column, renderTable } from '../kit/table.js';

const changeText = (change: PairedDifference | undefined) => (change ? formatChange(change) : '');

const bitsText = (bits: number | undefined) =>
  bits === undefined ? '' : Number.isFinite(bits) ? bits.toFixed(1) : 'exact';

interface Row {
  readonly name: string;
  readonly variant: Variant | null;
  readonly change?: PairedDifference | undefined;
  readonly note: string;
}

function tableOf(rows: readonly Row[], layerNames: readonly string[], changeTitle: string): string {
  const columns: Column<Row>[] = [
    { title: 'effect', value: (row) => row.name },
    { title: 'accuracy', align: 'right', value: (row) => (row.variant ? formatShare(row.variant.accuracy) : '') },
    { title: changeTitle, align: 'right', value: (row) => changeText(row.change) },
    ...layerNames.map((title, l) => ({
      title,
      align: 'right' as const,
      value: (row: Row) => bitsText(row.variant?.layers[l]?.effectiveBits),
    })),
    { title: '', value: (row) => row.note },
  ];
  return renderTable(rows, { columns });
}

function rowsOf(attribution: Attribution, pick: (effect: EffectAttribution) => EffectAttribution['alone']): Row[] {
  return attribution.effects.map((effect) => {
    const measured = pick(effect);
    return { name: effect.effect, variant: measured, change: measured?.change, note: effect.inactive ?? '' };
  });
}

function sampleText({ images, chipSeeds, backend }: Attribution): string {
  const [first, last] = [chipSeeds[0], chipSeeds.at(-1)];
  const chips = first === last ? `chip ${first}` : `chips ${first} to ${last}`;
  return `${formatCount(images)} images, ${chips}${backend === 'wasm' ? '' : `, backend ${backend}`}`;
}

/** Two tables: each effect alone, each left out. */
export function renderAttribution(attribution: Attribution): string {
  const layerNames = attribution.none.layers.map((layer) => layer.name);
  const alone: Row[] = [
    { name: 'no effect', variant: attribution.none, note: '' },
    ...rowsOf(attribution, (effect) => effect.alone),
  ];
  const without: Row[] = [
    { name: 'all effects', variant: attribution.all, note: '' },
    ...rowsOf(attribution, (effect) => effect.without),
  ];
  const sample = sampleText(attribution);
  return [
    `${sample}, digital accuracy ${formatShare(attribution.digital)}. Changes of accuracy in points on the same`,
    "images and chips, 95 % interval in brackets. By layer: effective bits of its output's RMS error on the digital network's inputs,",
    `largest output as full scale, ${attribution.probeImages} images.`,
    ...classBlock(attribution.dataset, 9),
    ...(attribution.static ? [`static errors given, not drawn: ${staticText(attribution.static)}`] : []),
    ...attribution.warnings.map((warning) => `warning: ${warning}`),
    '',
    'Each effect alone',
    tableOf(alone, layerNames, 'change against none'),
    '',
    'Each effect left out',
    tableOf(without, layerNames, 'change against all'),
  ].join('\n');
}

/** Accuracy that each effect costs alone, and that leaving it out wins back, in points. */
export function attributionFigure(attribution: Attribution, title: string): string {
  const barOf = (effect: string, group: string, sign: number, change: PairedDifference) => {
    const [low, high] = change.interval95.map((share) => 100 * sign * share).sort((a, b) => a - b) as [number, number];
    return { label: effect, group, value: 100 * sign * change.difference + 0, low, high };
  };
  return barChart({
    title,
    subtitle: `${sampleText(attribution)}, 95 % intervals`,
    xLabel: 'accuracy lost (points)',
    bars: attribution.effects.flatMap(({ effect, alone, without }) =>
      alone && without
        ? [barOf(effect, 'alone', -1, alone.change), barOf(effect, 'won back when left out', 1, without.change)]
        : [],
    ),
    format: (value) => value.toFixed(2),
  });
}
