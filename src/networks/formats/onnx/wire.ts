/**
 * Checks the protobuf structure of an ONNX file before a library decodes it: every length within its message, nesting and
 * numbers of messages bounded. (https://protobuf.dev/programming-guides/encoding; field numbers from onnx.proto)
 */
import { FormatError } from '../../../base/errors.js';

/** Messages of each message type that are looked into: field number -> type. All other fields are only stepped over. */
const MESSAGES: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  Model: { 7: 'Graph', 8: 'Leaf', 14: 'Leaf', 25: 'Function' },
  Function: { 7: 'Node', 9: 'Leaf', 11: 'Attribute' },
  Graph: { 1: 'Node', 5: 'Tensor', 11: 'Leaf', 12: 'Leaf', 13: 'Leaf', 15: 'Leaf' },
  Node: { 5: 'Attribute' },
  Attribute: { 5: 'Tensor', 6: 'Graph', 10: 'Tensor', 11: 'Graph' },
  Tensor: {},
  Leaf: {},
};
const MAXIMUM_DEPTH = 16;
const MAXIMUM_MESSAGES = 500_000;
const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];

/** @throws FormatError naming file and offset */
export function checkOnnxWire(bytes: Uint8Array, place: string): void {
  let messages = 0;
  let graphs = 0;
  let at = 0;
  const refuse = (offset: number, problem: string) =>
    new FormatError(`${place}: offset ${offset}: ${problem}; the file is truncated, damaged or no ONNX file`);
  const varint = (end: number): number => {
    const start = at;
    let value = 0;
    for (let i = 0; i < 10; i++) {
      if (at >= end) throw refuse(start, 'a number does not end within its message');
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw refuse(start, 'a number has more than 10 bytes');
  };
  const message = (type: string, end: number, depth: number): void => {
    if (depth > MAXIMUM_DEPTH) throw refuse(at, `messages nest more than ${MAXIMUM_DEPTH} deep`);
    if (++messages > MAXIMUM_MESSAGES) throw refuse(at, `there are more than ${MAXIMUM_MESSAGES} messages`);
    while (at < end) {
      const start = at;
      const tag = varint(end);
      const [field, kind] = [Math.floor(tag / 8), tag % 8];
      if (field === 0) throw refuse(start, `field number 0 in a ${type} message`);
      if (kind === VARINT) {
        varint(end);
        continue;
      }
      if (![FIXED64, BYTES, FIXED32].includes(kind)) throw refuse(start, `wire type ${kind} in a ${type} message`);
      const length = kind === BYTES ? varint(end) : kind === FIXED64 ? 8 : 4;
      if (length > end - at)
        throw refuse(start, `field ${field} of a ${type} message takes ${length} bytes, ${end - at} are left`);
      const inner = kind === BYTES ? MESSAGES[type]![field] : undefined;
      if (type === 'Model' && inner === 'Graph') graphs++;
      if (inner) message(inner, at + length, depth + 1);
      else at += length;
    }
  };
  message('Model', bytes.length, 0);
  if (graphs !== 1) throw refuse(0, `the model holds ${graphs} graphs instead of one`);
}
