/**
 * Classes and functions that training scripts leave in their checkpoints beside the tensors: arguments, scalars, paths,
 * dates. A pickle may name them, since naming them does nothing here: no code stands behind any, what they make is an
 * `Inert` that holds nothing, and whatever is put into it is dropped.
 */
import { type Callable, Inert, PyDict } from './unpickler.js';

/** Kinds of dict: their entries are kept, since a state_dict may lie in one. */
export const DICT_NAMES: readonly string[] = [
  'collections.defaultdict',
  'collections.Counter',
  'easydict.EasyDict',
  'munch.Munch',
  'addict.addict.Dict',
  'mmengine.config.config.ConfigDict',
  'yacs.config.CfgNode',
  'pytorch_lightning.utilities.parsing.AttributeDict',
  'lightning_fabric.utilities.data.AttributeDict',
  'lightning.fabric.utilities.data.AttributeDict',
];

const numpy = (module: string) => ['scalar', '_reconstruct'].map((name) => `${module}.${name}`);
const TYPES = 'dict list tuple set frozenset int float str bool bytes bytearray complex slice object'.split(' ');
/** Protocol 2, which torch.save writes, calls Python's types by their names of old. */
const OLD_TYPES = [...TYPES, 'long', 'unicode', 'xrange'];
const scalars = ['float16', 'float32', 'float64', 'bfloat16', 'int8', 'int16', 'int32', 'int64', 'uint8', 'bool'];

/** Everything else that is admitted and dropped. */
export const INERT_NAMES: readonly string[] = [
  'argparse.Namespace',
  'types.SimpleNamespace',
  ...[...TYPES, 'range'].map((name) => `builtins.${name}`),
  ...OLD_TYPES.map((name) => `__builtin__.${name}`),
  '_codecs.encode',
  'copy_reg._reconstructor',
  'copyreg._reconstructor',
  'collections.deque',
  'datetime.date',
  'datetime.datetime',
  'datetime.time',
  'datetime.timedelta',
  'datetime.timezone',
  'decimal.Decimal',
  'fractions.Fraction',
  'uuid.UUID',
  ...['pathlib', 'pathlib._local'].flatMap((module) =>
    ['Path', 'PosixPath', 'WindowsPath', 'PurePath', 'PurePosixPath', 'PureWindowsPath'].map(
      (name) => `${module}.${name}`,
    ),
  ),
  'numpy.dtype',
  'numpy.ndarray',
  ...numpy('numpy.core.multiarray'),
  ...numpy('numpy._core.multiarray'),
  ...scalars.map((name) => (name === 'bool' ? 'numpy.bool_' : `numpy.${name}`)).filter((name) => !/bfloat/.test(name)),
  'torch.device',
  'torch.torch_version.TorchVersion',
  ...scalars.map((name) => `torch.${name}`),
  'typing.Any',
  'omegaconf.dictconfig.DictConfig',
  'omegaconf.listconfig.ListConfig',
  'omegaconf.base.ContainerMetadata',
  'omegaconf.base.Metadata',
  'omegaconf.nodes.AnyNode',
  'pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint',
  'pytorch_lightning.callbacks.early_stopping.EarlyStopping',
  'lightning.pytorch.callbacks.model_checkpoint.ModelCheckpoint',
  'lightning.pytorch.callbacks.early_stopping.EarlyStopping',
];

/** What stands for these names when a pickle is read. */
export function inertGlobals(): readonly (readonly [string, Callable])[] {
  return [
    ...DICT_NAMES.map((name) => [name, { name, isClass: true, call: () => new PyDict() }] as const),
    // torch.Size((2, 3)) is the tuple itself: shapes of tensors may be written so.
    ['torch.Size', { name: 'torch.Size', call: ([sizes]) => (Array.isArray(sizes) ? sizes : []) }] as const,
    ...INERT_NAMES.map((name) => [name, new Inert(name)] as const),
  ];
}
