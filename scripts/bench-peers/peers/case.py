"""A case as case.mjs wrote it: one network, its weights quantised once for all tools, images and labels."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Mac:
    """A layer that tools put on their tiles. Arrays are float32, in torch's order."""

    name: str
    kind: str  # conv2d or dense
    weight: np.ndarray  # [filters, channels, rows, columns] or [filters, inputs]; in units of one full-scale product
    scale: float  # y = scale * sum of partial sums + shift
    shift: np.ndarray  # [filters]
    activation_scale: float  # inputs are clipped to 0 .. activation_scale
    dac_codes: int  # largest activation code
    adc_range: float  # partial sums are clipped to +- this
    adc_codes: int  # largest code; 0 is a code: mid-tread
    sigma: float  # standard deviation of a partial sum's noise
    rows: int  # inputs of one tile
    padding: int
    digital_weight: np.ndarray  # float32 as trained, batch normalisation folded in
    digital_bias: np.ndarray

    @property
    def matrix(self) -> np.ndarray:
        """[filters, inputs]."""
        return self.weight.reshape(self.weight.shape[0], -1)


@dataclass
class Case:
    name: str
    layers: list  # Mac, or ("relu",), ("maxPool", size), ("flatten",)
    images: np.ndarray  # [images, channels, rows, columns]
    labels: np.ndarray
    onnx: Path


def load_case(folder: str) -> Case:
    path = Path(folder)
    plan = json.loads((path / "case.json").read_text())
    data = bytearray((path / "arrays.bin").read_bytes())

    def array(ref):
        kind = np.float32 if ref["type"] == "float32" else np.int32
        count = int(np.prod(ref["shape"]))
        return np.frombuffer(data, kind, count, ref["offset"]).reshape(ref["shape"])

    def layer(entry):
        if entry["kind"] not in ("conv2d", "dense"):
            return (entry["kind"], entry.get("size"))
        arrays = {key: array(value) for key, value in entry.items() if isinstance(value, dict)}
        return Mac(**{**entry, **arrays})

    return Case(
        name=plan["name"],
        layers=[layer(entry) for entry in plan["layers"]],
        images=array(plan["images"]),
        labels=array(plan["labels"]),
        onnx=path / "network.onnx",
    )
