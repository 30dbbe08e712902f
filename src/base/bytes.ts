/** Bytes as text and put together, in Node and in web pages alike. */

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of bytes in UTF-8; what is none becomes U+FFFD, and a byte order mark stays. */
export const utf8Of = (bytes: Uint8Array): string => UTF8.decode(bytes);

/** Text of bytes in ISO 8859-1: one character a byte. (TextDecoder's latin1 is windows-1252.) */
export function latin1Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Bytes of a text in UTF-8. */
export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Text of ISO 8859-1 in base64 (RFC 4648, either alphabet); what is not of the alphabet is passed over. */
export function latin1OfBase64(text: string): string {
  const end = text.indexOf('=');
  const digits = (end < 0 ? text : text.slice(0, end))
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/[^A-Za-z0-9+/]/g, '');
  // One digit beyond groups of four holds no byte.
  return atob(digits.length % 4 === 1 ? digits.slice(0, -1) : digits);
}

/** All parts in one array; a single one as it is. */
export function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
