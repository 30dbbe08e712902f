/** Architecture files from text: YAML, blocks expanded, every layer checked. */
import type { z } from 'zod';
import { FormatError } from '../../../base/errors.js';
import { checkValue } from '../../../base/input/issues.js';
import { parseYaml } from '../../../base/input/yaml.js';
import { nearest } from '../../../base/text/nearest.js';
import { printable, printableValue } from '../../../base/text/printable.js';
import {
  type ArchitectureFile,
  type ArchitectureLayer,
  architectureSchema,
  blockSchema,
  layerSchemas,
} from './architectureSchema.js';

export interface Architecture extends Omit<ArchitectureFile, 'layers' | 'blocks' | 'output'> {
  readonly layers: readonly PlacedLayer[];
  /** Full name of the layer that gives the logits. */
  readonly output: string;
}

/** A layer with all its references resolved. */
export interface PlacedLayer {
  readonly layer: ArchitectureLayer;
  /** For messages. */
  readonly label: string;
  readonly fullName: string;
  /** Full names of layers before it; 'input' is the network's input. */
  readonly inputs: readonly string[];
}

/** Where a layer stands: what its references mean. */
interface Position {
  readonly label: string;
  /** Stands before the names of layers in a block. */
  readonly scope: string;
  /** What 'input' means: the input of the block, or of the network. */
  readonly blockInput: string;
  /** The layer before. */
  readonly previous: string;
}

const MAXIMUM_EXPANDED = 20_000;
const MAXIMUM_DEPTH = 8;
type Values = Readonly<Record<string, string | number>>;

/** $name replaced in every text; a text that is only $name becomes the value itself. */
function substitute(value: unknown, values: Values, refuse: (problem: string) => FormatError, depth = 0): unknown {
  if (depth > MAXIMUM_DEPTH) throw refuse('nests too deep');
  const find = (name: string): string | number => {
    if (Object.hasOwn(values, name)) return values[name]!;
    const near = nearest(name, Object.keys(values));
    throw refuse(`uses $${name}, which 'with' does not give${near ? `; did you mean $${near}?` : ''}`);
  };
  if (typeof value === 'string') {
    const whole = /^\$([A-Za-z][A-Za-z0-9]*)$/.exec(value);
    if (whole) return find(whole[1]!);
    return value.replace(/\$([A-Za-z][A-Za-z0-9]*)/g, (_, name: string) => String(find(name)));
  }
  if (Array.isArray(value)) return value.map((item) => substitute(item, values, refuse, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, substitute(item, values, refuse, depth + 1)]),
  );
}

/** Names that a layer takes its inputs from; 'previous' is the layer before. */
function references(layer: ArchitectureLayer): readonly string[] {
  switch (layer.kind) {
    case 'add':
      return layer.add;
    case 'subtract':
      return layer.subtract;
    case 'multiply':
      return layer.multiply;
    case 'concat':
      return layer.concat;
    default:
      return [layer.input ?? 'previous'];
  }
}

class Expander {
  readonly placed: PlacedLayer[] = [];
  private readonly names = new Set<string>(['input']);

  constructor(
    private readonly file: ArchitectureFile,
    private readonly place: string,
  ) {}

  private refuse(label: string, problem: string): FormatError {
    return new FormatError(`${this.place}: ${label}: ${problem}`);
  }

  private checked<S extends z.ZodType>(schema: S, value: unknown, label: string): z.output<S> {
    return checkValue(schema, value, { place: `${this.place}: ${label}`, ErrorClass: FormatError });
  }

  /** Places layers one after the other; the last one's full name. */
  expand(items: readonly unknown[], at: Position, values: Values | null, depth: number): string {
    if (depth > MAXIMUM_DEPTH)
      throw this.refuse(at.label, `blocks nest more than ${MAXIMUM_DEPTH} deep; does one contain itself?`);
    return items.reduce<string>((previous, item, i) => {
      const label = `${at.label}[${i}]`;
      const filled = values ? substitute(item, values, (problem) => this.refuse(label, problem)) : item;
      const map = typeof filled === 'string' ? { [filled]: null } : filled;
      if (typeof map !== 'object' || map === null || Array.isArray(map))
        throw this.refuse(label, `${printableValue(item)} is no layer`);
      if (this.placed.length >= MAXIMUM_EXPANDED)
        throw this.refuse(label, `there are more than ${MAXIMUM_EXPANDED} layers`);
      const position = { ...at, label, previous };
      return 'block' in map ? this.block(map, position, i, depth) : this.layer(map, position);
    }, at.previous);
  }

  private block(map: object, at: Position, index: number, depth: number): string {
    const { block, with: values, name, input } = this.checked(blockSchema, map, at.label);
    const items = Object.hasOwn(this.file.blocks, block) ? this.file.blocks[block] : undefined;
    if (!items) {
      const near = nearest(block, Object.keys(this.file.blocks));
      throw this.refuse(at.label, `there is no block '${block}'${near ? `; did you mean '${near}'?` : ''}`);
    }
    const begin = this.resolve(input ?? 'previous', at);
    const scope = `${at.scope}${name ?? `${block}${index + 1}`}/`;
    return this.expand(
      items,
      { label: `${at.label}.${block}`, scope, blockInput: begin, previous: begin },
      values,
      depth + 1,
    );
  }

  /** Full name of the layer that a reference means. */
  resolve(reference: string, { label, scope, blockInput, previous }: Position): string {
    if (reference === 'previous') return previous;
    if (reference === 'input') return blockInput;
    if (this.names.has(scope + reference)) return scope + reference;
    if (this.names.has(reference)) return reference;
    const known = [...this.names]
      .slice(-1000)
      .map((name) => (name.startsWith(scope) ? name.slice(scope.length) : name));
    const near = nearest(reference, known);
    throw this.refuse(
      label,
      `no layer before it is named '${printable(reference)}'${near ? `; did you mean '${printable(near)}'?` : ''}`,
    );
  }

  /** Its own name, the name its weights have in the checkpoint, or its kind with a number. */
  private nameOf(layer: ArchitectureLayer, { scope }: Position): string {
    if (layer.name !== undefined) return scope + layer.name;
    const prefix =
      layer.kind === 'conv2d'
        ? layer.conv2d
        : layer.kind === 'dense'
          ? layer.dense
          : layer.kind === 'batchNorm'
            ? layer.batchNorm
            : '';
    const isFree = prefix !== '' && !/^\d+$/.test(prefix) && !this.names.has(prefix);
    return isFree ? prefix : `${scope}${layer.kind}${this.placed.length + 1}`;
  }

  private layer(map: object, at: Position): string {
    const { label } = at;
    const kinds = Object.keys(map).filter((key) => Object.hasOwn(layerSchemas, key));
    if (kinds.length !== 1) {
      const key = Object.keys(map)[0] ?? '';
      const near = nearest(key, Object.keys(layerSchemas));
      const known = near ? `; did you mean '${near}'?` : `, known: ${Object.keys(layerSchemas).join(', ')}`;
      throw this.refuse(
        label,
        kinds.length === 0
          ? `'${printable(key)}' is no kind of layer${known}`
          : `it is ${kinds.join(' and ')} at once; give each layer its own line`,
      );
    }
    const kind = kinds[0] as keyof typeof layerSchemas;
    const layer = { kind, ...this.checked(layerSchemas[kind], map, `${label}: ${kind}`) } as ArchitectureLayer;
    const fullName = this.nameOf(layer, at);
    if (this.names.has(fullName)) throw this.refuse(label, `the name '${printable(fullName)}' is taken`);
    const inputs = references(layer).map((reference) => this.resolve(reference, at));
    this.names.add(fullName);
    this.placed.push({ layer, label, fullName, inputs });
    return fullName;
  }
}

/**
 * An architecture file's content.
 * @throws FormatError naming the file, the layer or line, and what is wrong
 */
export function parseArchitecture(text: string, place: string): Architecture {
  const value = parseYaml(text, { place, ErrorClass: FormatError });
  const file = checkValue(architectureSchema, value, { place, ErrorClass: FormatError }, { whole: 'the file' });
  const { blocks: _blocks, ...rest } = file;
  const expander = new Expander(file, place);
  const begin: Position = { label: 'layers', scope: '', blockInput: 'input', previous: 'input' };
  const last = expander.expand(file.layers, begin, null, 0);
  const output = rest.output === undefined ? last : expander.resolve(rest.output, { ...begin, label: 'output' });
  return { ...rest, layers: expander.placed, output };
}
