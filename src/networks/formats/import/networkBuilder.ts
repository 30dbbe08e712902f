/** Builds a Network layer by layer out of a source graph, keeping shapes and the order of axes. */
import { sizeOf } from '../../../base/batch.js';
import { NetworkError } from '../../../base/errors.js';
import { layerShape } from '../../shapes.js';
import type { Layer, Network, Shape } from '../../types.js';
import { MAXIMUM_ELEMENTS, MAXIMUM_LAYERS, MAXIMUM_PARAMETERS, MAXIMUM_RANK } from './limits.js';
import { type Site, siteError } from './site.js';
import { isInSourceOrder, naturalAxes, physicalShape, type Value } from './value.js';

type Fields<L> = L extends Layer ? Omit<L, 'name' | 'inputs'> : never;
/** A layer without its place in the graph. */
export type LayerFields = Fields<Layer>;

const NAME_LENGTH = 200;

export class GraphBuilder {
  readonly layers: Layer[] = [];
  private readonly shapes = new Map<string, Shape>();
  private readonly used = new Set<string>(['input']);
  private parameters = 0;

  /**
   * @param inputShape of the network: [rows, columns, channels] or [features]
   * @param inputAxes how they lie in the source's shape; rows first, channels last by default
   */
  constructor(
    readonly place: string,
    readonly inputShape: Shape,
    inputAxes: readonly number[] = naturalAxes(inputShape.length),
  ) {
    this.shapes.set('input', inputShape);
    const shape = new Array<number>(inputShape.length);
    for (const [physical, axis] of inputAxes.entries()) shape[axis] = inputShape[physical]!;
    this.input = { layer: 'input', shape, axes: inputAxes };
  }

  readonly input: Value;

  /** A free name for a layer: the node's own, or with a number behind. */
  private unique(wanted: string): string {
    const clean = wanted.replace(/\p{Cc}/gu, '_').slice(0, NAME_LENGTH) || 'layer';
    let name = clean;
    for (let i = 2; this.used.has(name); i++) name = `${clean}_${i}`;
    this.used.add(name);
    return name;
  }

  /**
   * Adds a layer; its name.
   * @throws FormatError naming the node where it does not fit its inputs or is too large
   */
  emit(site: Site, fields: LayerFields, inputs: readonly string[]): string {
    // The node's own name goes to the layer that does its work, not to what prepares its input.
    const prepares = fields.kind === 'reshape' || fields.kind === 'flatten' || fields.kind === 'transpose';
    const wanted = prepares ? `${site.node}/${fields.kind}` : site.node;
    const layer = { ...fields, name: this.unique(wanted), inputs } as Layer;
    if (this.layers.length >= MAXIMUM_LAYERS)
      throw siteError(site, `the network has more than ${MAXIMUM_LAYERS} layers; it is too large or hostile`);
    for (const field of Object.values(fields)) {
      if (field instanceof Float32Array) this.parameters += field.length;
    }
    if (this.parameters > MAXIMUM_PARAMETERS) {
      throw siteError(site, `brings the parameters to ${this.parameters}, at most ${MAXIMUM_PARAMETERS} can be loaded`);
    }
    const shape = this.shapeOf(
      site,
      layer,
      inputs.map((name) => this.shapes.get(name)!),
    );
    if (shape.length > MAXIMUM_RANK || !(sizeOf(shape) <= MAXIMUM_ELEMENTS)) {
      throw siteError(site, `gives a tensor [${shape}]; at most ${MAXIMUM_ELEMENTS} elements can be computed`);
    }
    this.shapes.set(layer.name, shape);
    this.layers.push(layer);
    return layer.name;
  }

  /** Shape of a layer's output, as the network has it. */
  shapeOfLayer(name: string): Shape {
    return this.shapes.get(name)!;
  }

  private shapeOf(site: Site, layer: Layer, inputs: readonly Shape[]): Shape {
    try {
      const shape = layerShape(layer, inputs);
      if (shape.every((length) => Number.isSafeInteger(length) && length >= 1)) return shape;
      throw new NetworkError(`its output would have the shape [${shape}]`);
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      const problem = error.message.replace(/^layer '.*?' \(\w+\): /su, '');
      throw siteError(site, `${problem}; correct the network and export it again`);
    }
  }

  /** A layer on one tensor that keeps shape and axes: activations, scalings. */
  map(site: Site, fields: LayerFields, value: Value): Value {
    if (value.unflattened) return { ...value, ...this.flattened(this.map(site, fields, value.unflattened)) };
    return { ...value, layer: this.emit(site, fields, [value.layer]) };
  }

  /** The tensor as [elements] in the source's order, the layer itself left for later. */
  flattened(value: Value): Value {
    return { layer: value.layer, shape: [sizeOf(value.shape)], axes: [0], unflattened: value };
  }

  /** The tensor with its axes in another order: the layer's axis p is the source's axes[p]. */
  ordered(site: Site, value: Value, axes: readonly number[]): Value {
    const given = this.materialised(site, value);
    if (axes.every((axis, p) => axis === given.axes[p])) return given;
    const target = { ...given, axes };
    const sameMemory =
      axes.filter((axis) => given.shape[axis]! > 1).join() ===
      given.axes.filter((axis) => given.shape[axis]! > 1).join();
    const layer = sameMemory
      ? this.emit(site, { kind: 'reshape', shape: physicalShape(target) }, [given.layer])
      : this.emit(site, { kind: 'transpose', permutation: axes.map((axis) => given.axes.indexOf(axis)) }, [
          given.layer,
        ]);
    return { ...target, layer };
  }

  /** The tensor with axis `axis` last, all others in the order they have. */
  withLast(site: Site, value: Value, axis: number): Value {
    const given = this.materialised(site, value);
    return this.ordered(site, given, [...given.axes.filter((other) => other !== axis), axis]);
  }

  /** The tensor with the axes of the source. */
  inSourceOrder(site: Site, value: Value): Value {
    return this.ordered(site, value, naturalAxes(value.shape.length));
  }

  /** The tensor with a flatten that was put off now done. */
  materialised(site: Site, value: Value): Value {
    const { unflattened } = value;
    if (!unflattened) return value;
    const ordered = this.inSourceOrder(site, unflattened);
    return { layer: this.emit(site, { kind: 'flatten' }, [ordered.layer]), shape: value.shape, axes: [0] };
  }

  /** The same elements, in the source's order, under another shape. */
  reshape(site: Site, value: Value, shape: Shape): Value {
    if (sizeOf(shape) !== sizeOf(value.shape) || shape.length === 0) {
      throw siteError(
        site,
        `[${value.shape}] cannot become [${shape}] for one image; only shapes that keep the batch axis are supported`,
      );
    }
    const source = value.unflattened ?? value;
    if (shape.length === source.shape.length && shape.every((length, axis) => length === source.shape[axis])) {
      return source;
    }
    if (shape.length === 1 && !isInSourceOrder(source)) return this.flattened(source);
    const given = isInSourceOrder(source) ? source : this.inSourceOrder(site, source);
    const fields: LayerFields = shape.length === 1 ? { kind: 'flatten' } : { kind: 'reshape', shape };
    return { layer: this.emit(site, fields, [given.layer]), shape, axes: naturalAxes(shape.length) };
  }

  /** The tensor as a vector in the order of the network's memory, and the source's index of each of its elements. */
  flat(site: Site, value: Value): { layer: string; source: Value } {
    const source = value.unflattened ?? value;
    const layer = source.shape.length === 1 ? source.layer : this.emit(site, { kind: 'flatten' }, [source.layer]);
    return { layer, source };
  }

  /** The network, with its output in the source's order. */
  finish(site: Site, name: string, output: Value): Pick<Network, 'name' | 'inputShape' | 'layers' | 'output'> {
    const given = isInSourceOrder(output) ? output : this.inSourceOrder(site, output);
    const logits = given.unflattened ? this.materialised(site, given) : given;
    const layer =
      logits.layer === 'input'
        ? this.emit(site, { kind: 'reshape', shape: physicalShape(logits) }, ['input'])
        : logits.layer;
    return {
      name: name.replace(/\p{Cc}/gu, '_').slice(0, NAME_LENGTH) || 'network',
      inputShape: this.inputShape,
      layers: this.layers,
      output: layer,
    };
  }
}
