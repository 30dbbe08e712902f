/** Looking into the machine: pictures of its devices, and one image from inside. */
import { imageOf } from './data.js';
import { digitOf } from './digit.js';
import { element, made, pictureOf, tableOf } from './dom.js';
import type { Laboratory } from './laboratory.js';
import type { PictureReply } from './messages.js';
import type { LabState } from './state.js';
import type { AskOptions } from './thread.js';

/** Figure and tables of the state's device. */
export async function showPicture(lab: Laboratory, state: LabState, options: AskOptions): Promise<void> {
  const { picture, unit, preset, settings } = state;
  const { svg, text } = await lab.ask<PictureReply>({ kind: 'picture', picture, unit, preset, settings }, options);
  const tables = made('pre', text);
  tables.tabIndex = 0;
  element('picture-result').replaceChildren(
    pictureOf(svg, `Figure of sonic device ${picture}; the tables below have its numbers`),
    made('details', made('summary', 'Tables'), tables),
  );
}

/** @param what the drawing, or the place of a test image. */
export async function lookInto(
  lab: Laboratory,
  state: LabState,
  what: 'drawn' | number,
  options: AskOptions,
): Promise<void> {
  const { data } = await lab.open(state, options);
  if (what === 'drawn' && data.name !== 'mnist')
    throw new Error('digits are for networks of MNIST; look into a test image instead');
  if (what !== 'drawn' && !(Number.isInteger(what) && what >= 0 && what < data.count))
    throw new Error(`image ${what}: the page has images 0 to ${data.count - 1} of ${data.name}`);
  const image = what === 'drawn' ? digitOf(element<HTMLCanvasElement>('drawing')) : imageOf(data, what);
  const index = what === 'drawn' ? 0 : (data.indices?.[what] ?? what);
  const inside = await lab.inside(state, data, image, index, options);
  const name = (c: number) => data.classNames?.[c] ?? String(c);
  const logits = [...inside.digital.keys()].map((c) => [
    name(c),
    ...[inside.digital, inside.ideal, inside.emulated].map((values) => {
      const own = made('span', values[c]!.toPrecision(4));
      if (values[c] === Math.max(...values)) own.className = 'largest';
      return own;
    }),
  ]);
  const layers = inside.layers.map((layer) => [
    layer.name,
    String(layer.partialSums),
    String(layer.clipped),
    layer.rms.toPrecision(4),
    layer.idealRms.toPrecision(4),
  ]);
  element('inside-result').replaceChildren(
    tableOf('Logits', ['class', 'float32', 'hardware, effects off', 'hardware'], logits),
    tableOf('Partial sums', ['layer', 'partial sums', 'clipped', 'RMS', 'RMS, effects off'], layers),
    ...inside.layers.map(({ name: layer, svg }) =>
      pictureOf(svg, `Distribution of the partial sums of layer ${layer}`),
    ),
  );
  const { digital, ideal, emulated } = inside;
  Object.assign(window, {
    sonicInside: { digital: [...digital], ideal: [...ideal], emulated: [...emulated], image: [...image] },
  });
}
