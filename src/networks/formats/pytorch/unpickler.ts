/**
 * A pickle reader that runs nothing: of the protocol's operations (Python's pickletools.py, protocols 0 to 5) those that
 * torch.save needs, and of all functions and classes that a pickle could call only the few listed by its caller. Everything
 * else is refused by name.
 */
import { utf8Of } from '../../../base/bytes.js';
import { FormatError } from '../../../base/errors.js';
import { printable } from '../../../base/text/printable.js';

/** A Python dict, in the order of its entries. Keys are texts or numbers. */
export class PyDict {
  readonly entries = new Map<string | number, unknown>();
}

/** What a listed function may become when it is called. */
export interface Callable {
  readonly name: string;
  /** Whether it is a class, of which a pickle may make an object. */
  readonly isClass?: boolean;
  readonly call: (args: readonly unknown[], at: number) => unknown;
}

/** A class whose content nobody needs, and every object of it: holds nothing, runs nothing. */
export class Inert implements Callable {
  readonly isClass = true;

  constructor(readonly name: string) {}

  call(): Inert {
    return this;
  }
}

export interface UnpicklerOptions {
  readonly place: string;
  /** Offset in the file of the first byte given. */
  readonly base: number;
  /** 'module.name' -> what stands for it; anything not here is refused. */
  readonly globals: ReadonlyMap<string, unknown>;
  /** What to do about a name that is not there; null where nothing is known of it. */
  readonly advice: (name: string) => string | null;
  /** What a persistent id (a tuple) stands for. */
  readonly persistent: (id: unknown, at: number) => unknown;
}

/** Values on the stack and in the memo: far more than any checkpoint needs. */
const MAXIMUM_OPERATIONS = 20_000_000;
const MAXIMUM_MEMO = 5_000_000;
const MARK = Symbol('mark');
const STOP = 0x2e;

/** By the character that stands for an operation in a pickle. */
type Operations<T> = Readonly<Record<string, (machine: Machine) => T>>;

const isCallable = (value: unknown): value is Callable =>
  typeof value === 'object' && value !== null && 'call' in value && 'name' in value;

class Machine {
  private at = 0;
  private readonly view: DataView;
  private readonly stack: unknown[] = [];
  private readonly memo = new Map<number, unknown>();
  private operations = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly options: UnpicklerOptions,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  private refuse(problem: string, at = this.at): FormatError {
    return new FormatError(`${this.options.place}: offset ${this.options.base + at}: ${problem}`);
  }

  /** Steps over `length` bytes; where they begin. */
  private take(length: number): number {
    const begin = this.at;
    if (!(length >= 0 && begin + length <= this.bytes.length))
      throw this.refuse(
        `${length} bytes are expected, ${this.bytes.length - begin} are left; the file is truncated or damaged`,
      );
    this.at += length;
    return begin;
  }

  private text(length: number): string {
    const begin = this.take(length);
    return utf8Of(this.bytes.subarray(begin, begin + length));
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw this.refuse('a line does not end; the file is truncated or damaged');
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  private pop(): unknown {
    if (this.stack.length === 0) throw this.refuse('the stack is empty; the pickle is damaged');
    const value = this.stack.pop();
    if (value === MARK) throw this.refuse('a mark stands where a value is expected; the pickle is damaged');
    return value;
  }

  private top(): unknown {
    const value = this.pop();
    this.stack.push(value);
    return value;
  }

  private toMark(): unknown[] {
    const mark = this.stack.lastIndexOf(MARK);
    if (mark < 0) throw this.refuse('a mark is missing; the pickle is damaged');
    const values = this.stack.slice(mark + 1);
    this.stack.length = mark;
    return values;
  }

  private remember(index: number): void {
    if (this.memo.size >= MAXIMUM_MEMO)
      throw this.refuse(`more than ${MAXIMUM_MEMO} values are kept; the pickle is hostile`);
    this.memo.set(index, this.top());
  }

  private recall(index: number): unknown {
    if (!this.memo.has(index)) throw this.refuse(`value ${index} was never kept; the pickle is damaged`);
    return this.memo.get(index);
  }

  private global(module: unknown, name: unknown): unknown {
    const full = `${String(module)}.${String(name)}`;
    if (typeof module === 'string' && typeof name === 'string' && this.options.globals.has(full)) {
      return this.options.globals.get(full);
    }
    const advice = this.options.advice(full) ?? 'Save the state_dict alone: torch.save(model.state_dict(), file)';
    throw this.refuse(
      `the pickle asks for '${printable(full)}', which is not among the admitted harmless names; nothing was run. ${advice}`,
    );
  }

  private set(target: unknown, pairs: readonly unknown[]): void {
    if (target instanceof Inert) return;
    if (!(target instanceof PyDict) || pairs.length % 2 !== 0)
      throw this.refuse('entries are put into what is no dict; the pickle is damaged');
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      // Other keys stand in metadata; no tensor of a state_dict is found under one.
      if (typeof key === 'string' || typeof key === 'number') target.entries.set(key, pairs[i + 1]);
    }
  }

  private append(target: unknown, values: readonly unknown[]): void {
    if (target instanceof Inert) return;
    if (!Array.isArray(target) || Object.isFrozen(target))
      throw this.refuse('values are appended to what is no list; the pickle is damaged');
    for (const value of values) target.push(value);
  }

  /** A signed integer of up to 8 bytes; longer ones (torch's magic number) as a bigint. */
  private long(length: number): number | bigint {
    if (length > 32) throw this.refuse(`an integer of ${length} bytes; the pickle is hostile`);
    const begin = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[begin + i]!);
    if (length > 0 && this.bytes[begin + length - 1]! >= 0x80) value -= 1n << BigInt(8 * length);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }

  private reduce(): unknown {
    const args = this.pop();
    const callable = this.pop();
    if (!isCallable(callable) || !Array.isArray(args))
      throw this.refuse('something other than a function is called; the pickle is damaged');
    return callable.call(args, this.options.base + this.at);
  }

  /** An object of a class, made without running its code. */
  private create(): unknown {
    const args = this.pop();
    const made = this.pop();
    if (!isCallable(made) || made.isClass !== true || !Array.isArray(args))
      throw this.refuse('an object of something other than an admitted class is made; the pickle is damaged');
    return made.call(args, this.options.base + this.at);
  }

  /** Attributes set on an object: torch puts a _metadata into an OrderedDict, which changes nothing. */
  private build(): void {
    const state = this.pop();
    if (this.top() instanceof Inert) return;
    if (!(this.top() instanceof PyDict) || !(state instanceof PyDict))
      throw this.refuse(
        'an object of a class is built; only state_dicts are supported: torch.save(model.state_dict(), file)',
      );
  }

  private u8 = () => this.bytes[this.take(1)]!;
  private u16 = () => this.view.getUint16(this.take(2), true);
  private u32 = () => this.view.getUint32(this.take(4), true);
  private i32 = () => this.view.getInt32(this.take(4), true);
  private u64 = () => {
    const value = this.view.getBigUint64(this.take(8), true);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value);
  };

  /** The integer of a line of protocol 0, which also writes booleans so. */
  private integerLine(): number | boolean {
    const line = this.line().replace(/L$/, '');
    if (!/^-?\d{1,15}$/.test(line)) throw this.refuse(`'${printable(line)}' is no integer; the pickle is damaged`);
    return line === '00' || line === '01' ? line === '01' : Number(line);
  }

  private indexLine(): number {
    const index = Number(this.line());
    if (!Number.isSafeInteger(index)) throw this.refuse('a value is kept under no number; the pickle is damaged');
    return index;
  }

  private dictOf(pairs: readonly unknown[]): PyDict {
    const dict = new PyDict();
    this.set(dict, pairs);
    return dict;
  }

  /** A tuple of the last `length` values. */
  private tuple(length: number): readonly unknown[] {
    const values = Array.from({ length }, () => this.pop());
    return Object.freeze(values.reverse());
  }

  private checkProtocol(): void {
    const protocol = this.u8();
    if (protocol > 5) throw this.refuse(`pickle protocol ${protocol} is not known; the file is damaged or newer`);
  }

  /** Operations that put one value on the stack. */
  private static readonly VALUES: Operations<unknown> = {
    '(': () => MARK,
    '2': (m) => m.top(),
    N: () => null,
    '\x88': () => true,
    '\x89': () => false,
    // Numbers.
    I: (m) => m.integerLine(),
    L: (m) => m.integerLine(),
    F: (m) => Number(m.line()),
    J: (m) => m.i32(),
    K: (m) => m.u8(),
    M: (m) => m.u16(),
    '\x8a': (m) => m.long(m.u8()),
    '\x8b': (m) => m.long(m.i32()),
    G: (m) => m.view.getFloat64(m.take(8), false),
    // Texts and bytes.
    U: (m) => m.text(m.u8()),
    C: (m) => m.text(m.u8()),
    '\x8c': (m) => m.text(m.u8()),
    T: (m) => m.text(m.i32()),
    X: (m) => m.text(m.u32()),
    B: (m) => m.text(m.u32()),
    '\x8d': (m) => m.text(m.u64()),
    '\x8e': (m) => m.text(m.u64()),
    '\x96': (m) => m.text(m.u64()),
    V: (m) => m.line(),
    // Containers: dicts, lists and sets, tuples.
    '}': () => new PyDict(),
    d: (m) => m.dictOf(m.toMark()),
    ']': () => [],
    '\x8f': () => [],
    l: (m) => m.toMark(),
    ')': () => Object.freeze([]),
    t: (m) => Object.freeze(m.toMark()),
    '\x91': (m) => Object.freeze(m.toMark()),
    '\x85': (m) => m.tuple(1),
    '\x86': (m) => m.tuple(2),
    '\x87': (m) => m.tuple(3),
    // What was kept.
    g: (m) => m.recall(Number(m.line())),
    h: (m) => m.recall(m.u8()),
    j: (m) => m.recall(m.u32()),
    // What functions, classes and persistent ids stand for.
    c: (m) => {
      const module = m.line();
      return m.global(module, m.line());
    },
    '\x93': (m) => {
      const name = m.pop();
      return m.global(m.pop(), name);
    },
    R: (m) => m.reduce(),
    '\x81': (m) => m.create(),
    '\x92': (m) => {
      // Named arguments change nothing in what holds nothing.
      m.pop();
      return m.create();
    },
    Q: (m) => m.options.persistent(m.pop(), m.options.base + m.at),
  };

  /** Operations on what is on the stack already. */
  private static readonly CHANGES: Operations<void> = {
    '0': (m) => void m.pop(),
    '1': (m) => void m.toMark(),
    a: (m) => {
      const value = m.pop();
      m.append(m.top(), [value]);
    },
    e: (m) => m.appendToMark(),
    '\x90': (m) => m.appendToMark(),
    s: (m) => {
      const value = m.pop();
      const key = m.pop();
      m.set(m.top(), [key, value]);
    },
    u: (m) => {
      const pairs = m.toMark();
      m.set(m.top(), pairs);
    },
    b: (m) => m.build(),
    p: (m) => m.remember(m.indexLine()),
    q: (m) => m.remember(m.u8()),
    r: (m) => m.remember(m.u32()),
    '\x94': (m) => m.remember(m.memo.size),
    '\x80': (m) => m.checkProtocol(),
    // The length of a frame, of which nothing depends.
    '\x95': (m) => void m.u64(),
  };

  private appendToMark(): void {
    const values = this.toMark();
    this.append(this.top(), values);
  }

  /** One operation; true at the end of the pickle. */
  private step(): boolean {
    const code = this.u8();
    if (code === STOP) return true;
    const name = String.fromCharCode(code);
    const value = Machine.VALUES[name];
    const change = Machine.CHANGES[name];
    if (value) this.stack.push(value(this));
    else if (change) change(this);
    else {
      throw this.refuse(
        `pickle operation 0x${code.toString(16).padStart(2, '0')} is not admitted; the file is damaged, or holds more than a state_dict`,
        this.at - 1,
      );
    }
    return false;
  }

  run(): { value: unknown; end: number } {
    while (!this.step()) {
      if (++this.operations > MAXIMUM_OPERATIONS)
        throw this.refuse(`more than ${MAXIMUM_OPERATIONS} operations; the pickle is hostile`);
    }
    const value = this.pop();
    if (this.stack.length > 0) throw this.refuse('values are left over; the pickle is damaged');
    return { value, end: this.at };
  }
}

/**
 * The value of the pickle that `bytes` begins with, and where it ends.
 * @throws FormatError naming file and offset, and the function that is not admitted
 */
export function unpickle(bytes: Uint8Array, options: UnpicklerOptions): { value: unknown; end: number } {
  return new Machine(bytes, options).run();
}
