/** Text from a file as part of a one-line message: control characters escaped (a terminal would obey them), cut to 80. */
export function printable(text: string): string {
  const escaped = text.replace(/\p{Cc}/gu, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return escaped.length > 80 ? `${escaped.slice(0, 77)}...` : escaped;
}

/** A value from a file, as JSON, for a message. */
export function printableValue(value: unknown): string {
  return printable(typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'missing'));
}
