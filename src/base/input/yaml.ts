/**
 * YAML (and JSON, which is YAML) that people write by hand: one value, every key once. Nothing of it is trusted: neither
 * its depth, nor its aliases, nor that the parser ends.
 */
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type ParsedNode,
  Parser,
} from 'yaml';
import { readFileChecked } from '../files.js';
import { printable, quoted } from '../text/printable.js';
import { withinTime } from './time.js';
import { checkTree, HAND_WRITTEN, type Origin, type TreeLimits } from './tree.js';

/** A larger file is not written by hand. */
const MAXIMUM_FILE_BYTES = 1 << 20;
/** Characters that are read at once, even in the time of their square. */
const SHORT = 4096;
/** How messages begin; JSON is YAML, but not everybody knows. */
const NO_YAML = 'not YAML or JSON';
/** Each costs a walk through the whole document. */
const MAXIMUM_ALIASES = 1000;

/** The text of a file's bytes. @throws ErrorClass where they are not UTF-8. */
export function decodeText(bytes: Uint8Array, { place, ErrorClass }: Origin): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ErrorClass(`${place}: is not UTF-8; save it as UTF-8 text`, { cause: error });
  }
}

class YamlText {
  private readonly lines = new LineCounter();

  constructor(
    private readonly text: string,
    private readonly origin: Origin,
    private readonly limits: TreeLimits,
  ) {}

  private refuse(problem: string, offset?: number, remedy?: string): Error {
    const { place, ErrorClass } = this.origin;
    const { line, col } = offset === undefined ? { line: 0, col: 0 } : this.lines.linePos(offset);
    const at = offset === undefined ? '' : ` at line ${line}, column ${col}`;
    return new ErrorClass(`${place}: ${problem}${at}${remedy ? `; ${remedy}` : ''}`);
  }

  /** Tokens of all documents, no deeper and no more than allowed: what composes them is recursive. */
  private tokens(): CST.Token[] {
    const tokens = [...new Parser(this.lines.addNewLine).parse(this.text)];
    const { maximumDepth, maximumNodes } = this.limits;
    const open: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }));
    let nodes = 0;
    for (let next = open.pop(); next; next = open.pop()) {
      const { token, depth } = next;
      if (++nodes > 2 * maximumNodes)
        throw this.refuse(`holds more than ${maximumNodes} values; leave out what is not needed`);
      // One for each key and value, one for the pair around.
      if (depth > maximumDepth)
        throw this.refuse(`nests more than ${maximumDepth} deep`, token.offset, 'the file is damaged or hostile');
      if (token.type === 'document') {
        if (token.value) open.push({ token: token.value, depth });
      } else if ('items' in token) {
        for (const { key, value } of token.items as CST.CollectionItem[]) {
          if (key) open.push({ token: key, depth: depth + 1 });
          if (value) open.push({ token: value, depth: depth + 1 });
        }
      }
    }
    return tokens;
  }

  private compose(): Document.Parsed {
    const composer = new Composer({ uniqueKeys: false, stringKeys: true, prettyErrors: false });
    const [document, second] = [...composer.compose(this.tokens(), true, this.text.length)];
    const problem = document?.errors[0] ?? document?.warnings[0];
    if (problem) throw this.refuse(`${NO_YAML}: ${printable(problem.message, 120)}`, problem.pos[0]);
    if (second) throw this.refuse('a second document begins', second.range[0], 'keep one');
    return document as Document.Parsed;
  }

  /** Every key once in its map; the composer compares each with each. */
  private checkNodes(root: ParsedNode | null): void {
    let aliases = 0;
    const walk = (node: unknown): void => {
      if (isAlias(node)) {
        if (++aliases > MAXIMUM_ALIASES)
          throw this.refuse(`has more than ${MAXIMUM_ALIASES} aliases`, node.range?.[0], 'write them out');
      } else if (isSeq(node)) node.items.forEach(walk);
      else if (isMap(node)) {
        const keys = new Set<string>();
        for (const { key, value } of node.items) {
          const name = String(isScalar(key) ? key.value : key);
          if (keys.has(name)) {
            const at = (key as ParsedNode | null)?.range?.[0];
            throw this.refuse(`${NO_YAML}: the key ${quoted(name)} is given a second time`, at, 'write it once');
          }
          keys.add(name);
          walk(value);
        }
      }
    };
    walk(root);
  }

  value(): unknown {
    const document = this.compose();
    this.checkNodes(document.contents);
    let value: unknown;
    try {
      value = document.toJS({ maxAliasCount: -1 });
    } catch (error) {
      if (!(error instanceof ReferenceError)) throw error;
      throw this.refuse(`${NO_YAML}: ${printable(error.message, 120)}`);
    }
    checkTree(value, this.origin, this.limits);
    return value;
  }
}

/**
 * The value of a YAML text.
 * @throws ErrorClass naming place and line where it is not YAML, repeats a key, nests too deep or holds too much.
 */
export function parseYaml(text: string, origin: Origin, limits: TreeLimits = HAND_WRITTEN): unknown {
  const read = () => new YamlText(text, origin, limits).value();
  return text.length <= SHORT ? read() : withinTime(read, origin);
}

/**
 * The value of a YAML or JSON file, its text and its bytes.
 * @param what what the file is to the user ('plan').
 * @throws ErrorClass as `parseYaml`, or if the file cannot be read or is larger than `maximumBytes`.
 */
export async function readYaml(
  file: string,
  what: string,
  origin: Origin,
  maximumBytes = MAXIMUM_FILE_BYTES,
): Promise<{ readonly value: unknown; readonly text: string; readonly bytes: Uint8Array }> {
  const bytes = await readFileChecked(file, origin.ErrorClass, what, maximumBytes);
  const text = decodeText(bytes, origin);
  return { value: parseYaml(text, origin), text, bytes };
}
