/**
 * A pickle reader that runs nothing: of the protocol's operations (Python's pickletools.py, protocols 0 to 5) those that
 * torch.save needs, and of all functions and classes that a pickle could call only the few listed by its caller. Everything
 * else is refused by name.
 */
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
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + begin, length).toString('utf8');
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

  private recall(index: number): void {
    if (!this.memo.has(index)) throw this.refuse(`value ${index} was never kept; the pickle is damaged`);
    this.stack.push(this.memo.get(index));
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

  private reduce(): void {
    const args = this.pop();
    const callable = this.pop();
    if (!isCallable(callable) || !Array.isArray(args))
      throw this.refuse('something other than a function is called; the pickle is damaged');
    this.stack.push(callable.call(args, this.options.base + this.at));
  }

  /** An object of a class, made without running its code. */
  private create(): void {
    const args = this.pop();
    const made = this.pop();
    if (!isCallable(made) || made.isClass !== true || !Array.isArray(args))
      throw this.refuse('an object of something other than an admitted class is made; the pickle is damaged');
    this.stack.push(made.call(args, this.options.base + this.at));
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

  /** One operation; true at the end of the pickle. */
  private step(): boolean {
    const { stack } = this;
    const code = this.u8();
    switch (String.fromCharCode(code)) {
      case '.':
        return true;
      case '(':
        stack.push(MARK);
        break;
      case '0':
        this.pop();
        break;
      case '1':
        this.toMark();
        break;
      case '2':
        stack.push(this.top());
        break;
      case 'N':
        stack.push(null);
        break;
      case '\x88':
      case '\x89':
        stack.push(code === 0x88);
        break;
      case 'I':
      case 'L': {
        const line = this.line().replace(/L$/, '');
        if (!/^-?\d{1,15}$/.test(line)) throw this.refuse(`'${printable(line)}' is no integer; the pickle is damaged`);
        stack.push(line === '00' || line === '01' ? line === '01' : Number(line));
        break;
      }
      case 'F': {
        const value = Number(this.line());
        stack.push(value);
        break;
      }
      case 'J':
        stack.push(this.i32());
        break;
      case 'K':
        stack.push(this.u8());
        break;
      case 'M':
        stack.push(this.u16());
        break;
      case '\x8a':
        stack.push(this.long(this.u8()));
        break;
      case '\x8b':
        stack.push(this.long(this.i32()));
        break;
      case 'G':
        stack.push(this.view.getFloat64(this.take(8), false));
        break;
      case 'U':
      case 'C':
      case '\x8c':
        stack.push(this.text(this.u8()));
        break;
      case 'T':
        stack.push(this.text(this.i32()));
        break;
      case 'X':
      case 'B':
        stack.push(this.text(this.u32()));
        break;
      case '\x8d':
      case '\x8e':
      case '\x96':
        stack.push(this.text(this.u64()));
        break;
      case 'V':
        stack.push(this.line());
        break;
      case '}':
        stack.push(new PyDict());
        break;
      case ']':
      case '\x8f':
        stack.push([]);
        break;
      case ')':
        stack.push(Object.freeze([]));
        break;
      case 't':
      case '\x91':
        stack.push(Object.freeze(this.toMark()));
        break;
      case '\x85':
        stack.push(Object.freeze([this.pop()]));
        break;
      case '\x86': {
        const second = this.pop();
        stack.push(Object.freeze([this.pop(), second]));
        break;
      }
      case '\x87': {
        const [third, second] = [this.pop(), this.pop()];
        stack.push(Object.freeze([this.pop(), second, third]));
        break;
      }
      case 'l':
        stack.push(this.toMark());
        break;
      case 'd': {
        const pairs = this.toMark();
        const dict = new PyDict();
        this.set(dict, pairs);
        stack.push(dict);
        break;
      }
      case 'a': {
        const value = this.pop();
        this.append(this.top(), [value]);
        break;
      }
      case 'e':
      case '\x90': {
        const values = this.toMark();
        this.append(this.top(), values);
        break;
      }
      case 's': {
        const value = this.pop();
        const key = this.pop();
        this.set(this.top(), [key, value]);
        break;
      }
      case 'u': {
        const pairs = this.toMark();
        this.set(this.top(), pairs);
        break;
      }
      case 'p': {
        const index = Number(this.line());
        if (!Number.isSafeInteger(index)) throw this.refuse('a value is kept under no number; the pickle is damaged');
        this.remember(index);
        break;
      }
      case 'q':
        this.remember(this.u8());
        break;
      case 'r':
        this.remember(this.u32());
        break;
      case '\x94':
        this.remember(this.memo.size);
        break;
      case 'g':
        this.recall(Number(this.line()));
        break;
      case 'h':
        this.recall(this.u8());
        break;
      case 'j':
        this.recall(this.u32());
        break;
      case 'c': {
        const module = this.line();
        stack.push(this.global(module, this.line()));
        break;
      }
      case '\x93': {
        const name = this.pop();
        stack.push(this.global(this.pop(), name));
        break;
      }
      case 'R':
        this.reduce();
        break;
      case '\x81':
        this.create();
        break;
      case '\x92': {
        // Named arguments change nothing in what holds nothing.
        this.pop();
        this.create();
        break;
      }
      case 'b':
        this.build();
        break;
      case 'Q':
        stack.push(this.options.persistent(this.pop(), this.options.base + this.at));
        break;
      case '\x80': {
        const protocol = this.u8();
        if (protocol > 5) throw this.refuse(`pickle protocol ${protocol} is not known; the file is damaged or newer`);
        break;
      }
      case '\x95':
        this.u64();
        break;
      default:
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
