"""The digital network in ONNX Runtime, from the file that `sonic convert` writes."""

import onnxruntime


def create(case, noise: str):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(case.onnx, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def version() -> str:
    return onnxruntime.__version__
