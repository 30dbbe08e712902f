/** Small ONNX models for tests, written with the library's own messages and nothing of ours. */
import { create, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProto,
  AttributeProtoSchema,
  AttributeProto_AttributeType as Kind,
  ModelProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  TensorProto_DataType as Type,
} from 'onnx-buf';

export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly tensor: TensorProto }
  | { readonly floats: readonly number[] };

export interface NodeSpec {
  readonly op: string;
  /** ONNX's own by default. */
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly outputs?: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface ModelSpec {
  /** Without the batch. */
  readonly input: readonly number[];
  readonly nodes: readonly NodeSpec[];
  readonly tensors?: readonly TensorProto[];
  readonly opset?: number;
  /** Fixed batch; null (default) leaves it open. */
  readonly batch?: number | null;
  readonly outputs?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export function floats(name: string, dims: readonly number[], values: ArrayLike<number>): TensorProto {
  const rawData = new Uint8Array(Float32Array.from(values).buffer);
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType: Type.FLOAT, rawData });
}

export function integers(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: dims.map(BigInt),
    dataType: Type.INT64,
    int64Data: values.map(BigInt),
  });
}

/** Codes of 8 bits, or of 32 for a bias. */
export function codes(
  name: string,
  dims: readonly number[],
  values: readonly number[],
  dataType: Type.INT8 | Type.UINT8 | Type.INT32 = Type.INT8,
): TensorProto {
  return create(TensorProtoSchema, { name, dims: dims.map(BigInt), dataType, int32Data: [...values] });
}

function attribute(name: string, value: Attribute): AttributeProto {
  const of = (fields: object) => create(AttributeProtoSchema, { name, ...fields });
  if (typeof value === 'number') return of({ type: Kind.INT, i: BigInt(value) });
  if (typeof value === 'string') return of({ type: Kind.STRING, s: new TextEncoder().encode(value) });
  if ('float' in value) return of({ type: Kind.FLOAT, f: value.float });
  if ('tensor' in value) return of({ type: Kind.TENSOR, t: value.tensor });
  if ('floats' in value) return of({ type: Kind.FLOATS, floats: [...value.floats] });
  return of({ type: Kind.INTS, ints: value.map(BigInt) });
}

/** Value info of a float tensor; a null length is open. */
const info = (name: string, dims: readonly (number | null)[] | null) => ({
  name,
  type: {
    value: {
      case: 'tensorType' as const,
      value: {
        elemType: Type.FLOAT,
        ...(dims && {
          shape: {
            dim: dims.map((length) =>
              length === null
                ? { value: { case: 'dimParam' as const, value: 'N' } }
                : { value: { case: 'dimValue' as const, value: BigInt(length) } },
            ),
          },
        }),
      },
    },
  },
});

/** A model whose nodes take 'x' and, unless named, the output of the node before; the last output is the graph's. */
export function onnxModel(spec: ModelSpec): Uint8Array {
  const { input, nodes, tensors = [], opset = 17, batch = null, metadata = {} } = spec;
  const node = nodes.map(({ op, domain = '', inputs, outputs, attributes = {} }, i) => ({
    name: `${op}${i}`,
    opType: op,
    domain,
    input: [...inputs],
    output: [...(outputs ?? [i === nodes.length - 1 ? 'y' : `t${i}`])],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  }));
  const model = create(ModelProtoSchema, {
    irVersion: 8n,
    producerName: 'test',
    opsetImport: [
      { domain: '', version: BigInt(opset) },
      ...(nodes.some(({ domain }) => domain === 'com.microsoft') ? [{ domain: 'com.microsoft', version: 1n }] : []),
    ],
    graph: {
      name: 'g',
      node,
      initializer: [...tensors],
      input: [info('x', [batch, ...input])],
      output: (spec.outputs ?? ['y']).map((name) => info(name, null)),
    },
    metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
  });
  return toBinary(ModelProtoSchema, model);
}
