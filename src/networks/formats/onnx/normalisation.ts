/** Layer, group and instance normalisation, and resizing. */
import type { Constant } from '../import/constant.js';
import { axisOf } from '../import/fold.js';
import { fullShape, valueAxis } from '../import/graphTensor.js';
import { groupNorm, layerNorm } from '../import/normalise.js';
import { type ResizedAxis, resize } from '../import/resize.js';
import { type Operand, ofValue } from '../import/value.js';
import type { OnnxNode } from './onnxNode.js';

export function layerNormalization(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  node.ignore('stash_type');
  if (node.proto.output.filter(Boolean).length > 1) node.fail('its outputs mean and deviation are not supported');
  const value = node.anyValue(0);
  const axis = valueAxis(node.context, node.int('axis', -1), value);
  const affine = { scale: node.constant(1), shift: node.optionalConstant(2) };
  return ofValue(layerNorm(builder, site, value, axis, node.float('epsilon', 1e-5), affine));
}

const affineOf = (node: OnnxNode): { scale: Constant; shift: Constant } => ({
  scale: node.constant(1),
  shift: node.constant(2),
});

export function groupNormalization(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  node.ignore('stash_type');
  const groups = node.int('num_groups', 0);
  return ofValue(groupNorm(builder, site, node.value(0), groups, node.float('epsilon', 1e-5), affineOf(node)));
}

export function instanceNormalization(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  const value = node.value(0);
  return ofValue(groupNorm(builder, site, value, value.shape[0]!, node.float('epsilon', 1e-5), affineOf(node)));
}

/** Lengths and scales of all axes, the batch included. */
function resizedAxes(node: OnnxNode, full: readonly number[]): ResizedAxis[] {
  const axes = (node.ints('axes') ?? full.map((_, axis) => axis)).map((axis) =>
    axisOf(node.context.site, axis, full.length),
  );
  const isOld = node.proto.opType === 'Upsample' || node.opset < 11;
  const scalesAt = isOld ? 1 : 2;
  const list = (index: number): readonly number[] | null => {
    const constant = node.optionalConstant(index);
    return constant && constant.data.length > 0 ? [...constant.data] : null;
  };
  const scales = node.floats('scales') ?? list(scalesAt);
  const sizes = isOld ? null : list(3);
  if (!scales && !sizes) node.fail('neither scales nor sizes say how large it becomes');
  const policy = node.string('keep_aspect_ratio_policy', 'stretch');
  if (policy !== 'stretch') node.fail(`keep_aspect_ratio_policy '${policy}' is not supported; use stretch`);
  if ((sizes ?? scales)!.length !== axes.length)
    node.fail(`it gives ${(sizes ?? scales)!.length} of ${axes.length} axes`);
  return full.map((length, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return { length, scale: 1 };
    if (sizes) return { length: sizes[i]!, scale: sizes[i]! / length };
    return { length: Math.floor(length * scales![i]!), scale: scales![i]! };
  });
}

/** Resize, and what it was called before operator set 10: rows and columns of an image, nearest or linear. */
export function resizeOf(node: OnnxNode): Operand {
  const { builder, site } = node.context;
  node.ignore('cubic_coeff_a', 'extrapolation_value', 'exclude_outside');
  if (node.int('antialias', 0) !== 0) node.fail('antialias is not supported; export the network without it');
  const mode = node.string('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') node.fail(`mode '${mode}' is not supported; nearest and linear are`);
  const value = node.value(0);
  const axes = resizedAxes(node, fullShape(node.context, ofValue(value))).slice(1);
  if (value.shape.length !== 3) node.fail(`its input is [${value.shape}] without the batch; an image is needed`);
  const isLast = axes[2]!.scale === 1 && axes[0]!.scale !== 1;
  const [channels, ...others] = isLast ? [axes[2]!, axes[0]!, axes[1]!] : axes;
  if (channels!.scale !== 1) node.fail('it resizes channels; only rows and columns of an image are supported');
  const old = node.opset < 11;
  return ofValue(
    resize(builder, site, value, isLast ? 2 : 0, others as [ResizedAxis, ResizedAxis], {
      mode,
      coordinates: node.string('coordinate_transformation_mode', old ? 'asymmetric' : 'half_pixel'),
      nearest: node.string('nearest_mode', old ? 'floor' : 'round_prefer_floor'),
    }),
  );
}
