"""Makes tiny.pt, a zip archive as torch.save writes them since 1.6, with Python's own pickle and zipfile alone.

The layout is that of torch/serialization.py: data.pkl with persistent ids ('storage', class, key, location, count), one
member per storage, a byteorder and a version. Two tensors share a storage, one is a transposed view, one is a parameter.
"""
import collections
import io
import pickle
import struct
import sys
import types
import zipfile
from pathlib import Path


def module(name):
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made


torch = module("torch")
torch._utils = module("torch._utils")


class FloatStorage:
    pass


class HalfStorage:
    pass


class LongStorage:
    pass


for storage in (FloatStorage, HalfStorage, LongStorage):
    storage.__module__ = "torch"
    setattr(torch, storage.__name__, storage)


def _rebuild_tensor_v2():
    pass


def _rebuild_parameter():
    pass


for function in (_rebuild_tensor_v2, _rebuild_parameter):
    function.__module__ = "torch._utils"
    setattr(torch._utils, function.__name__, function)


class Call:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


class Storage:
    def __init__(self, cls, key, count):
        self.id = ("storage", cls, key, "cpu", count)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


def tensor(storage, offset, size, stride):
    return Call(_rebuild_tensor_v2, storage, offset, size, stride, False, collections.OrderedDict())


shared = Storage(FloatStorage, "0", 10)
state = collections.OrderedDict()
state["fc.weight"] = Call(_rebuild_parameter, tensor(shared, 0, (2, 3), (1, 2)), True, collections.OrderedDict())
state["fc.bias"] = tensor(shared, 6, (2,), (1,))
state["bn.num_batches_tracked"] = tensor(Storage(LongStorage, "1", 1), 0, (), ())
state["half"] = tensor(Storage(HalfStorage, "2", 3), 0, (3,), (1,))
buffer = io.BytesIO()
Pickler(buffer, protocol=2).dump({"state_dict": state, "epoch": 3, "name": "tiny", "rate": 0.5, "flags": [True, None, (1, -2)]})
with zipfile.ZipFile(Path(__file__).parent / "tiny.pt", "w", zipfile.ZIP_STORED) as archive:
    members = {
        "data.pkl": buffer.getvalue(),
        "byteorder": b"little",
        "data/0": struct.pack("<10f", *range(10)),
        "data/1": struct.pack("<q", 77),
        "data/2": struct.pack("<3e", 0.5, -1.0, 65504),
        "version": b"3\n",
    }
    for name, content in members.items():
        archive.writestr(zipfile.ZipInfo(f"tiny/{name}", (1980, 1, 1, 0, 0, 0)), content)
