/** TensorFlow Lite's file: the tables of its schema (schema_v3c) that are needed, fields by their numbers there. */
import { FormatError } from '../../../base/errors.js';
import type { Dtype } from '../dtypes.js';
import { MAXIMUM_LAYERS, MAXIMUM_RANK } from '../import/limits.js';
import { isTflite } from '../signatures.js';
import { Table } from './flatBuffer.js';

/** Operators by their code. */
const OPERATOR_NAMES =
  `ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED
  HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU
  RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM
  EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV
  SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE
  BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE
  SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT
  REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE
  ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL
  REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF
  WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
  PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND
  HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS
  RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD
  UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT`.split(
    /\s+/,
  );
const CUSTOM = 32;

/** Types of tensors by their code: the name in the schema, and how their elements lie in the file where they can be read. */
const TYPES: readonly (readonly [name: string, dtype?: Dtype])[] = [
  ['float32', 'F32'],
  ['float16', 'F16'],
  ['int32', 'I32'],
  ['uint8', 'U8'],
  ['int64', 'I64'],
  ['string'],
  ['bool', 'BOOL'],
  ['int16', 'I16'],
  ['complex64'],
  ['int8', 'I8'],
  ['float64', 'F64'],
  ['complex128'],
  ['uint64'],
  ['resource'],
  ['variant'],
  ['uint32', 'U32'],
  ['uint16', 'U16'],
  ['int4'],
  ['bfloat16', 'BF16'],
];

/** Scales and zero points of a tensor: one, or one for each index of `axis`. */
export interface TensorGrids {
  readonly scales: readonly number[];
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

/** A tensor of the graph, its name, grids and content read when they are asked for. */
export class TfliteTensor {
  readonly shape: readonly number[];
  /** As `shape`, with -1 where a length is open; null where none is. */
  readonly signature: readonly number[] | null;
  readonly type: string;
  readonly dtype: Dtype | undefined;

  constructor(
    private readonly table: Table,
    private readonly file: TfliteFile,
    readonly index: number,
  ) {
    this.shape = table.ints(0, MAXIMUM_RANK + 1) ?? [];
    this.signature = table.ints(7, MAXIMUM_RANK + 1);
    if (this.shape.some((length) => length < 0)) table.damaged(`tensor ${index} has the shape [${this.shape}]`);
    const code = table.int8(1);
    const [type, dtype] = TYPES[code] ?? [`of code ${code}`];
    this.type = type;
    this.dtype = dtype;
  }

  get name(): string {
    return this.table.text(3);
  }

  /** Null where the tensor's numbers are no codes. */
  get grids(): TensorGrids | null {
    const table = this.table.table(4);
    const most = 2 ** 20;
    const scales = table?.floats(2, most) ?? [];
    if (!table || scales.length === 0) return null;
    return { scales, zeroPoints: table.longs(3, most) ?? [], axis: table.int32(6) };
  }

  get isSparse(): boolean {
    return this.table.table(6) !== null;
  }

  /** Bytes of a constant; null where the tensor is computed. */
  get content(): Uint8Array | null {
    if (this.table.uint32(10) !== 0)
      this.table.damaged(`tensor ${this.index} lies in another file, which is not supported`);
    return this.file.buffer(this.table.uint32(2));
  }

  /** Where its table lies. */
  get offset(): number {
    return this.table.offset;
  }
}

export interface TfliteOperator {
  readonly index: number;
  readonly name: string;
  /** Indices of tensors; -1 where one is left out. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly options: Table | null;
}

const LONGEST_LIST = 100_000;
const MOST_INPUTS = 1024;

/** A parsed file; operators are in the order of computing. */
export class TfliteFile {
  readonly tensors: readonly TfliteTensor[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly operators: readonly TfliteOperator[];
  readonly subgraphs: number;
  private readonly buffers: readonly Table[];

  /** @throws FormatError that names file and offset. */
  constructor(bytes: Uint8Array, place: string) {
    if (!isTflite(bytes))
      throw new FormatError(
        `${place}: offset 4: no TFL3, which a TensorFlow Lite model of version 3 has there; the file is damaged, or of another kind`,
      );
    const model: Table = Table.root(bytes, place);
    const codes = model.tables(1, LONGEST_LIST).map((code) => {
      const builtin = Math.max(code.int8(0), code.int32(3));
      return builtin === CUSTOM ? `CUSTOM ${code.text(1)}` : (OPERATOR_NAMES[builtin] ?? `of code ${builtin}`);
    });
    this.buffers = model.tables(4, LONGEST_LIST);
    const graphs = model.tables(2, LONGEST_LIST);
    const [graph] = graphs;
    this.subgraphs = graphs.length;
    if (!graph) model.damaged('the model holds no graph');
    this.tensors = graph.tables(0, LONGEST_LIST).map((table, index) => new TfliteTensor(table, this, index));
    const indices = (table: Table, field: number, what: string) => {
      const list = table.ints(field, MOST_INPUTS) ?? [];
      const wrong = list.find((index) => index >= this.tensors.length || index < -1);
      if (wrong !== undefined) table.damaged(`${what} ${wrong} is none of the ${this.tensors.length} tensors`);
      return list;
    };
    this.inputs = indices(graph, 1, 'the input');
    this.outputs = indices(graph, 2, 'the output');
    this.operators = graph.tables(3, MAXIMUM_LAYERS).map((table, index) => {
      const code = table.uint32(0);
      const name = codes[code] ?? table.damaged(`operator ${index} has code ${code} of ${codes.length}`);
      return {
        index,
        name,
        inputs: indices(table, 1, `operator ${index} (${name}): input`),
        outputs: indices(table, 2, `operator ${index} (${name}): output`),
        options: table.table(4),
      };
    });
  }

  /** Content of a buffer; null where it is empty, as that of a computed tensor is. */
  buffer(index: number): Uint8Array | null {
    const table = this.buffers[index];
    if (!table) return null;
    const [offset, size] = [table.uint64(1), table.uint64(2)];
    // Models above 2 GiB keep their values behind the FlatBuffer.
    const content = offset > 1 ? table.part(offset, size) : table.bytes(0);
    return content.length === 0 ? null : content;
  }
}
