/** Images of another size, on Values: which places of the input the output's rows and columns take. */
import { asImage, imageValue, spatial } from './image.js';
import type { GraphBuilder } from './networkBuilder.js';
import { type Site, siteError } from './site.js';
import type { Value } from './value.js';

export interface ResizeRule {
  readonly mode: 'nearest' | 'linear';
  /** Where an output's place lies on the input's axis: names of ONNX. */
  readonly coordinates: string;
  /** How a place between two elements is rounded. */
  readonly nearest: string;
}

export interface ResizedAxis {
  readonly length: number;
  /** Output over input, as the source has it. */
  readonly scale: number;
}

/** The place x of the output on an axis of `from` elements. */
function placeOf(site: Site, x: number, from: number, { length, scale }: ResizedAxis, coordinates: string): number {
  switch (coordinates) {
    case 'half_pixel':
      return (x + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel':
      return length > 1 ? (x + 0.5) / scale - 0.5 : 0;
    case 'align_corners':
      return length > 1 ? (x * (from - 1)) / (length - 1) : 0;
    case 'asymmetric':
      return x / scale;
    case 'half_pixel_symmetric': {
      const center = from / 2;
      return center * (1 - length / (scale * from)) + (x + 0.5) / scale - 0.5;
    }
    default:
      throw siteError(site, `coordinate_transformation_mode '${coordinates}' is not supported; use half_pixel`);
  }
}

function rounded(site: Site, place: number, rule: string): number {
  switch (rule) {
    case 'round_prefer_floor':
      return Math.ceil(place - 0.5);
    case 'round_prefer_ceil':
      return Math.floor(place + 0.5);
    case 'floor':
      return Math.floor(place);
    case 'ceil':
      return Math.ceil(place);
    default:
      throw siteError(site, `nearest_mode '${rule}' is not supported; use round_prefer_floor`);
  }
}

function places(site: Site, from: number, axis: ResizedAxis, { mode, coordinates, nearest }: ResizeRule): number[] {
  return Array.from({ length: axis.length }, (_, x) => {
    const place = placeOf(site, x, from, axis, coordinates);
    const taken = mode === 'nearest' ? rounded(site, place, nearest) : place;
    return Math.min(Math.max(taken, 0), from - 1);
  });
}

/** @param axes of the output, rows and columns. */
export function resize(
  builder: GraphBuilder,
  site: Site,
  value: Value,
  channelAxis: 0 | 2,
  axes: readonly [ResizedAxis, ResizedAxis],
  rule: ResizeRule,
): Value {
  const image = asImage(builder, site, value, channelAxis);
  const from = spatial(image);
  const bad = axes.find(({ length, scale }) => !(length >= 1 && length <= 65_536 && scale > 0));
  if (bad) throw siteError(site, `it gives ${bad.length} rows or columns; from 1 to 65536 are possible`);
  const [rows, columns] = axes.map((axis, i) => places(site, from[i as 0 | 1], axis, rule)) as [number[], number[]];
  const layer = builder.emit(site, { kind: 'resample', rows, columns }, [image.layer]);
  return imageValue(builder, image, layer, channelAxis);
}
