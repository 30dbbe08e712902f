/** What each field of the description may be, for people: out of the schema, which is what a description is checked against. */
import { z } from 'zod';
import { hardwareSchema } from './description.js';

export interface FieldRange {
  /** In words: '2 to 24', 'above 0, at most 1', 'calibrated, full or 0.000001 to 1000000'. */
  readonly range: string;
  /** The words it may be, where it may be nothing else; null otherwise. */
  readonly choices: readonly string[] | null;
}

/** The part of JSON Schema that fields of the description have. */
interface Node {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
  readonly enum?: readonly string[];
  readonly const?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
}

function numberText({ minimum, exclusiveMinimum, maximum }: Node): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  const low = exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`];
  return [...low, ...(maximum === undefined ? [] : [`at most ${maximum}`])].join(', ');
}

/** Kinds of value that a field may be, one each. */
function kindsOf(node: Node): string[] {
  if (node.anyOf) return node.anyOf.flatMap(kindsOf);
  if (node.enum) return [...node.enum];
  if (node.const !== undefined) return [node.const];
  const types = [node.type ?? []].flat();
  return types.map((type) => {
    switch (type) {
      case 'null':
        return 'null';
      case 'boolean':
        return 'true or false';
      case 'string':
        return 'a file';
      case 'array':
        return 'rows of a table';
      default:
        return numberText(node);
    }
  });
}

const joined = (kinds: readonly string[]) =>
  kinds.length < 2 ? kinds.join('') : `${kinds.slice(0, -1).join(', ')} or ${kinds.at(-1)}`;

/** Of every field, by path. */
export function fieldRanges(): ReadonlyMap<string, FieldRange> {
  const ranges = new Map<string, FieldRange>();
  const visit = (node: Node, path: string) => {
    if (!node.properties) {
      ranges.set(path, { range: joined(kindsOf(node)), choices: node.enum ?? null });
      return;
    }
    for (const [key, below] of Object.entries(node.properties)) visit(below, path ? `${path}.${key}` : key);
  };
  visit(z.toJSONSchema(hardwareSchema, { unrepresentable: 'any' }) as Node, '');
  return ranges;
}
