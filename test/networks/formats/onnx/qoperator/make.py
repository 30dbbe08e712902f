#!/usr/bin/env python3
"""Writes small networks that ONNX Runtime quantised with quant_format QOperator: operators that take codes and give codes.

Run in this folder:  pip install onnx onnxruntime && python3 make.py   (written with onnx 1.23 and onnxruntime 1.32)
"""
import os

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static

rng = np.random.default_rng(5)


def weights(name, *shape):
    return numpy_helper.from_array(rng.normal(0, 1 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32), name)


def numbers(name, values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def network():
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["c1"], "conv1", pads=[1, 1, 1, 1]),
        node("Relu", ["c1"], ["r1"], "relu1"),
        node("Conv", ["r1", "w2"], ["c2"], "depthwise", pads=[1, 1, 1, 1], group=6),
        node("LeakyRelu", ["c2"], ["l2"], "leaky", alpha=0.1),
        node("Add", ["r1", "l2"], ["a"], "add"),
        node("Sigmoid", ["a"], ["s"], "sigmoid"),
        node("Mul", ["a", "s"], ["m"], "mul"),
        node("Concat", ["m", "r1"], ["j"], "concat", axis=1),
        node("AveragePool", ["j"], ["p"], "average", kernel_shape=[2, 2], strides=[2, 2]),
        node("MaxPool", ["p"], ["q"], "max", kernel_shape=[2, 2], strides=[1, 1]),
        node("Conv", ["q", "w3", "b3"], ["c3"], "conv3"),
        node("GlobalAveragePool", ["c3"], ["g"], "global"),
        node("Reshape", ["g", "shape"], ["f"], "flatten"),
        node("Gemm", ["f", "w4", "b4"], ["d"], "dense", transB=1),
        node("MatMul", ["d", "w5"], ["y"], "matmul"),
    ]
    held = [weights("w1", 6, 3, 3, 3), weights("b1", 6), weights("w2", 6, 1, 3, 3), weights("w3", 8, 12, 1, 1), weights("b3", 8)]
    held += [weights("w4", 10, 8), weights("b4", 10), weights("w5", 10, 7), numbers("shape", [-1, 8])]
    info = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "g", [info("x", TensorProto.FLOAT, ["N", 3, 8, 8])], [info("y", TensorProto.FLOAT, ["N", 7])], held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


class Samples(CalibrationDataReader):
    def __init__(self):
        self.left = iter([{"x": rng.uniform(-1, 1, (1, 3, 8, 8)).astype(np.float32)} for _ in range(40)])

    def get_next(self):
        return next(self.left, None)


onnx.save(network(), "float.onnx")
for name, activations, kind, channel in (
    ("u8u8", QuantType.QUInt8, QuantType.QUInt8, False),
    ("u8s8", QuantType.QUInt8, QuantType.QInt8, False),
    ("u8s8-channel", QuantType.QUInt8, QuantType.QInt8, True),
    ("s8s8-channel", QuantType.QInt8, QuantType.QInt8, True),
):
    quantize_static("float.onnx", f"{name}.onnx", Samples(), quant_format=QuantFormat.QOperator, activation_type=activations, weight_type=kind, per_channel=channel)
quantize_dynamic("float.onnx", "dynamic.onnx", weight_type=QuantType.QUInt8)
os.remove("float.onnx")
for name in sorted(os.listdir(".")):
    if name.endswith(".onnx"):
        print(name, os.path.getsize(name), sorted({n.op_type for n in onnx.load(name).graph.node}))
