/** Text of a user as part of a one-line message: what a terminal would obey is escaped, what is long is cut. */

/** Control characters, and those that break lines or turn the writing direction. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Nothing cut, but nothing that a terminal obeys. */
export const escaped = (text: string) =>
  text.replace(UNPRINTABLE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Text from a file or a command line.
 * @param longest characters that are left of it, at most.
 */
export function printable(text: string, longest = 80): string {
  // Cut first: the text may have millions of characters.
  const shown = escaped(text.length > longest ? text.slice(0, longest + 1) : text);
  return shown.length > longest ? `${shown.slice(0, longest - 3)}...` : shown;
}

/** The text in quotes. */
export const quoted = (text: string, longest?: number) => `'${printable(text, longest)}'`;

/** A value from a file, as JSON, for a message. */
export function printableValue(value: unknown, longest?: number): string {
  if (typeof value === 'string') return printable(JSON.stringify(value.slice(0, 200)), longest);
  if (typeof value !== 'object' || value === null)
    return printable(String(value ?? (value === null ? 'null' : 'missing')), longest);
  return printable(sketch(value, 0), longest);
}

/** The begin of a value's JSON, whatever its size and depth. */
function sketch(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return JSON.stringify(value) ?? 'null';
  if (depth > 8) return Array.isArray(value) ? '[...]' : '{...}';
  if (Array.isArray(value)) {
    return `[${value
      .slice(0, 100)
      .map((item) => sketch(item, depth + 1))
      .join(',')}${value.length > 100 ? ',...' : ''}]`;
  }
  const parts: string[] = [];
  for (const key in value) {
    if (parts.length === 100) break;
    parts.push(`${JSON.stringify(key.slice(0, 200))}:${sketch((value as Record<string, unknown>)[key], depth + 1)}`);
  }
  return `{${parts.join(',')}}`;
}

/** A dotted path of keys from a file. */
export function printablePath(path: readonly PropertyKey[], longest = 100): string {
  return printable(
    path
      .slice(0, 20)
      .map((key) => String(key).slice(0, 200))
      .join('.'),
    longest,
  );
}

/** Characters of a line of a message. */
const MAXIMUM_LINE = 299;

/**
 * A message as a user may see it: no control character but the ends of its own lines, and no line that fills the screen.
 * Of a line that is too long the middle goes: the begin names file and place, the end the remedy.
 */
export function printableMessage(message: string): string {
  return message
    .split('\n')
    .map((line) => {
      const shown = escaped(
        line.length > 4 * MAXIMUM_LINE ? `${line.slice(0, 2 * MAXIMUM_LINE)}${line.slice(-2 * MAXIMUM_LINE)}` : line,
      );
      return shown.length > MAXIMUM_LINE ? `${shown.slice(0, 180)} ... ${shown.slice(-(MAXIMUM_LINE - 185))}` : shown;
    })
    .join('\n');
}
