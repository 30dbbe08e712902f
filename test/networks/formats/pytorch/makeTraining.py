"""Makes training.pt, a training checkpoint with all that scripts put into one, and training.json, its weights whole.

Python's own pickle and zipfile, in the layout of torch/serialization.py (see make.py). The weights are put together here
by numpy, after the formulas of PyTorch's documentation: torch.nn.utils.prune, weight_norm, spectral_norm (in eval), and
torch.fake_quantize_per_channel_affine.
"""
import argparse
import collections
import datetime
import io
import json
import pathlib
import pickle
import sys
import types
import zipfile
from pathlib import Path

import numpy as np

rng = np.random.default_rng(7)


def module(name):
    made = types.ModuleType(name)
    sys.modules[name] = made
    return made


torch = module("torch")
torch._utils = module("torch._utils")
torch._tensor = module("torch._tensor")
torch.nn = module("torch.nn")
torch.nn.parameter = module("torch.nn.parameter")
torch.torch_version = module("torch.torch_version")


def add(where, name, value, qualified=None):
    value.__module__ = where.__name__
    value.__qualname__ = qualified or name
    value.__name__ = name
    setattr(where, name, value)
    return value


def function(where, name):
    def stub():
        pass

    return add(where, name, stub)


Float = add(torch, "FloatStorage", type("FloatStorage", (), {}))
Long = add(torch, "LongStorage", type("LongStorage", (), {}))
Size = add(torch, "Size", type("Size", (tuple,), {"__reduce__": lambda self: (Size, (tuple(self),))}))
Parameter = add(torch.nn.parameter, "Parameter", type("Parameter", (), {}))
Version = add(torch.torch_version, "TorchVersion", type("TorchVersion", (str,), {}))
rebuild = function(torch._utils, "_rebuild_tensor_v2")
parameter_with_state = function(torch._utils, "_rebuild_parameter_with_state")
from_type = function(torch._tensor, "_rebuild_from_type_v2")


class Call:
    def __init__(self, target, *arguments):
        self.call = (target, arguments)

    def __reduce__(self):
        return self.call


class Storage:
    def __init__(self, cls, key, count):
        self.id = ("storage", cls, key, "cuda:0", count)


class Pickler(pickle.Pickler):
    def persistent_id(self, value):
        return value.id if isinstance(value, Storage) else None


storages = []


def tensor(values):
    values = np.asarray(values)
    values = values.astype("<i8" if values.dtype.kind in "iu" else "<f4")
    storages.append(values)
    storage = Storage(Long if values.dtype.kind == "i" else Float, str(len(storages) - 1), values.size)
    strides = tuple(int(np.prod(values.shape[axis + 1 :])) for axis in range(values.ndim))
    return Call(rebuild, storage, 0, tuple(values.shape), strides, False, collections.OrderedDict())


def draw(*shape):
    return rng.normal(size=shape).astype(np.float32)


state, whole = collections.OrderedDict(), {}


def keep(name, values):
    state[name] = tensor(values)


# torch.nn.utils.prune: unstructured mask.
w, mask = draw(3, 2, 2, 2), (rng.random((3, 2, 2, 2)) < 0.5).astype(np.float32)
keep("prune.bias", np.float32([1, 2, 3]))
keep("prune.weight_orig", w)
keep("prune.weight_mask", mask)
whole["prune.weight"] = w * mask
# torch.ao.pruning: a mask a filter, as a parametrisation.
w, mask = draw(4, 3), np.float32([1, 0, 1, 1])
keep("rows.parametrizations.weight.original", w)
keep("rows.parametrizations.weight.0.mask", mask)
whole["rows.weight"] = w * mask[:, None]
# torch.nn.utils.weight_norm(dim=0), old and new names; and dim=1.
for name, parts, axes in (
    ("oldnorm", ("weight_g", "weight_v"), (1, 2, 3)),
    ("newnorm", ("parametrizations.weight.original0", "parametrizations.weight.original1"), (1, 2, 3)),
    ("other", ("weight_g", "weight_v"), (0, 2, 3)),
):
    v = draw(3, 2, 2, 2)
    g = np.abs(draw(*(1 if axis in axes else n for axis, n in enumerate(v.shape))))
    keep(f"{name}.{parts[0]}", g)
    keep(f"{name}.{parts[1]}", v)
    norm = np.sqrt((v.astype(np.float64) ** 2).sum(axis=axes, keepdims=True))
    whole[f"{name}.weight"] = g * v / norm
# Spectral norm in eval: the stored vectors.
for name, parts in (
    ("oldspectral", ("weight_orig", "weight_u", "weight_v")),
    ("newspectral", tuple(f"parametrizations.weight.{part}" for part in ("original", "0._u", "0._v"))),
):
    w, u, v = draw(3, 2, 2, 2), draw(3), draw(8)
    u, v = u / np.linalg.norm(u), v / np.linalg.norm(v)
    for part, values in zip(parts, (w, u, v)):
        keep(f"{name}.{part}", values)
    whole[f"{name}.weight"] = w / float(u.astype(np.float64) @ (w.reshape(3, 8).astype(np.float64) @ v))


def fake_quantised(w, scale, low, high):
    """Per channel, zero point 0: torch.fake_quantize_per_channel_affine."""
    shape = (-1,) + (1,) * (w.ndim - 1)
    s = np.broadcast_to(scale, (w.shape[0],)).astype(np.float32).reshape(shape)
    inverse = np.float32(1) / s
    return np.clip(np.rint((w * inverse).astype(np.float32)), low, high).astype(np.float32) * s


def quantiser(name, least, most, scale):
    for part, values in (
        ("fake_quant_enabled", np.int64([1])),
        ("observer_enabled", np.int64([0])),
        ("scale", scale),
        ("zero_point", np.zeros(len(scale), np.int64)),
        ("activation_post_process.min_val", least),
        ("activation_post_process.max_val", most),
    ):
        keep(f"{name}.{part}", values)


# QAT, 8 bits, one scale a filter; the observed range is that of an earlier step, so that some weights are clipped.
w = draw(3, 4)
largest = (np.abs(w).max(axis=1) * np.float32([1, 0.8, 1.1])).astype(np.float32)
scale = (largest / np.float32(127.5)).astype(np.float32)
keep("qat.weight", w)
quantiser("qat.weight_fake_quant", -largest, largest, scale)
whole["qat.weight"] = fake_quantised(w, scale, -128, 127)
# The same in 4 bits, one scale for all.
w = draw(3, 4)
scale = np.float32([np.abs(w).max() / 7.5])
keep("four.weight", w)
quantiser("four.weight_fake_quant", np.float32([-np.abs(w).max()]), np.float32([np.abs(w).max()]), scale)
whole["four.weight"] = fake_quantised(w, scale, -8, 7)
# A fused ConvBn2d quantises the folded weights.
w, gamma, variance = draw(3, 2, 1, 1), np.float32([0.5, -2, 1]), np.float32([0.3, 4, 1])
factor = gamma / np.sqrt(variance + 1e-5)
folded = (w * factor[:, None, None, None]).astype(np.float32)
largest = np.abs(folded).reshape(3, -1).max(axis=1)
scale = (largest / np.float32(127.5)).astype(np.float32)
keep("fused.weight", w)
for part, values in (("weight", gamma), ("bias", draw(3)), ("running_mean", draw(3)), ("running_var", variance)):
    keep(f"fused.bn.{part}", values)
quantiser("fused.weight_fake_quant", -largest, largest, scale)
whole["fused.weight"] = fake_quantised(folded, scale, -128, 127) / factor[:, None, None, None]
keep("fused.activation_post_process.scale", np.float32([0.1]))
keep("activation_post_process_0.activation_post_process.min_val", np.float32(0))
# Parameters with attributes of their own, and a plain tensor by way of its type.
w = draw(2, 2)
state["state.weight"] = Call(parameter_with_state, tensor(w), True, collections.OrderedDict(), {"note": 1})
whole["state.weight"] = w
w = draw(2)
inner = tensor(w).call
state["typed"] = Call(from_type, inner[0], Parameter, inner[1], {})
whole["typed"] = w

averaged = collections.OrderedDict(weight=tensor(draw(2, 2)))
moments = {0: {"step": tensor(np.float32(9)), "exp_avg": tensor(draw(3, 4))}}
counts = collections.defaultdict(int)
counts[1, 2] = 3
checkpoint = {
    "net": state,
    "ema": {"shadow": averaged},
    "optimizer": {"state": moments, "param_groups": [{"lr": 0.1, "params": [0], "betas": (0.9, 0.999)}]},
    "scheduler": {"milestones": collections.Counter({30: 1}), "base": np.float64(0.1)},
    "args": argparse.Namespace(lr=0.1, path=pathlib.PosixPath("/data"), layers=[1, 2], nested=argparse.Namespace(a={})),
    "accuracy": np.float32(91.5),
    "epoch": np.int64(3),
    "rng": np.arange(4),
    "counts": counts,
    "shape": Size((3, 4)),
    "version": Version("2.1.0"),
    "when": datetime.datetime(2024, 5, 6, 7, 8, 9),
    "classes": {"cat", "dog"},
    "frozen": frozenset([1]),
    "raw": b"\x00\xff",
    None: "a key that is no text",
}
for protocol in (2, 4):
    buffer = io.BytesIO()
    Pickler(buffer, protocol=protocol).dump(checkpoint)
    name = "training.pt" if protocol == 2 else "training4.pt"
    with zipfile.ZipFile(Path(__file__).parent / name, "w", zipfile.ZIP_DEFLATED) as archive:
        members = {"data.pkl": buffer.getvalue(), "byteorder": b"little", "version": b"3\n"}
        members |= {f"data/{i}": values.tobytes() for i, values in enumerate(storages)}
        for member, content in members.items():
            archive.writestr(zipfile.ZipInfo(f"training/{member}", (1980, 1, 1, 0, 0, 0)), content)
expected = {name: {"shape": list(v.shape), "data": [float(x) for x in v.astype(np.float32).ravel()]} for name, v in whole.items()}
(Path(__file__).parent / "training.json").write_text(json.dumps(expected) + "\n")
