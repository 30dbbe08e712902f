#!/usr/bin/env python3
"""Writes cases.json.gz: small TensorFlow Lite models and what TensorFlow's own interpreter makes of random inputs, with its plain
kernels and with XNNPACK's, which differ where numbers are codes.

Run in this folder, with TensorFlow 2.21 (Apache-2.0):  pip install tensorflow-cpu && python3 make.py
With resnet8 as its argument it converts MLPerf Tiny's ResNet-8 instead, quantised on the first 200 training images of CIFAR-10:
    python3 make.py resnet8 MLPERF_TINY_PRETRAINED_RESNET.h5 CIFAR-10-BINARY.tar.gz
"""
import gzip, json, os, sys, tarfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import flatbuffers
import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

IMAGES = 2
rng = np.random.default_rng(7)
tf.random.set_seed(7)


def short(x):
    """Few different numbers, so that the file packs well."""
    return (np.round(x * 64) / 64).astype(np.float32)


def weights(*shape):
    return tf.constant(short(rng.normal(0, 1 / np.sqrt(max(1, np.prod(shape[:-1]))), shape)))


def positive(x):
    return tf.nn.sigmoid(x) + 0.5


IMAGE, VECTOR, ANY = [1, 6, 5, 4], [1, 12], [None, 6, 5, 4]
L = tf.nn
CASES = {
    # name: (shape of the input, function)
    "conv same stride 2, relu": (IMAGE, lambda x: L.relu(L.conv2d(x, W["c"], 2, "SAME") + W["b6"])),
    "conv valid": (IMAGE, lambda x: L.conv2d(x, W["c"], 1, "VALID") + W["b6"]),
    "conv dilated, relu6": (IMAGE, lambda x: L.relu6(4 * L.conv2d(x, W["c"], 1, "SAME", dilations=2) + W["b6"])),
    "conv 1 x 1, relu_n1_to_1": (IMAGE, lambda x: tf.clip_by_value(L.conv2d(x, W["p"], 1, "SAME"), -1, 1)),
    "conv over one axis": (IMAGE, lambda x: L.conv1d(tf.reshape(x, [1, 30, 4]), W["o"], 2, "SAME")),
    "conv in groups": (IMAGE, lambda x: L.conv2d(x, W["g"], 1, "SAME")),
    "depthwise same stride 2, multiplier 2, relu6": (IMAGE, lambda x: L.relu6(L.depthwise_conv2d(x, W["d"], [1, 2, 2, 1], "SAME") + W["b8"])),
    "depthwise valid, dilated": (IMAGE, lambda x: L.depthwise_conv2d(x, W["d"], [1, 1, 1, 1], "VALID", dilations=[2, 2])),
    "dense behind flatten, relu": (IMAGE, lambda x: L.relu(tf.reshape(x, [1, -1]) @ W["f"] + W["b10"])),
    "two dense layers": (VECTOR, lambda x: L.relu(x @ W["v"] + W["b10"]) @ W["w"]),
    "dense on every position": (IMAGE, lambda x: tf.matmul(x, W["m"])),
    "average pool same": (IMAGE, lambda x: L.avg_pool2d(x, 3, 2, "SAME")),
    "average pool valid": (IMAGE, lambda x: L.avg_pool2d(x, 2, 2, "VALID")),
    "max pool same": (IMAGE, lambda x: L.max_pool2d(x, 3, 2, "SAME")),
    "max pool of a conv": (IMAGE, lambda x: L.max_pool2d(L.relu(L.conv2d(x, W["c"], 1, "SAME")), 2, 2, "VALID")),
    "mean over an image": (IMAGE, lambda x: tf.reduce_mean(x, [1, 2])),
    "mean over an image, axes kept": (IMAGE, lambda x: tf.reduce_mean(x, [1, 2], keepdims=True)),
    "mean over channels": (IMAGE, lambda x: tf.reduce_mean(x, [3])),
    "sum over columns": (IMAGE, lambda x: tf.reduce_sum(x, [2])),
    "largest over an image": (IMAGE, lambda x: tf.reduce_max(x, [1, 2])),
    "add, relu": (IMAGE, lambda x: L.relu(x + L.conv2d(x, W["s"], 1, "SAME"))),
    "subtract": (IMAGE, lambda x: L.conv2d(x, W["s"], 1, "SAME") - x),
    "multiply": (IMAGE, lambda x: x * L.sigmoid(L.conv2d(x, W["s"], 1, "SAME"))),
    "multiply by gates of an image": (IMAGE, lambda x: x * L.sigmoid(tf.reduce_mean(x, [1, 2], keepdims=True))),
    "divide": (IMAGE, lambda x: x / positive(x)),
    "constants": (IMAGE, lambda x: (x * W["b4"] + 0.3) - W["b4"]),
    "batch normalisation": (IMAGE, lambda x: L.batch_normalization(x, W["b4"], tf.abs(W["b4"]) + 0.5, W["b4"], tf.abs(W["b4"]) + 1, 1e-3)),
    "concat channels": (IMAGE, lambda x: tf.concat([x, L.conv2d(x, W["p"], 1, "SAME")], 3)),
    "concat rows": (IMAGE, lambda x: tf.concat([x, L.relu(x)], 1)),
    "reshape and transpose": (IMAGE, lambda x: tf.transpose(tf.reshape(x, [1, 5, 6, 4]), [0, 2, 3, 1])),
    "squeeze and expand": (ANY, lambda x: tf.expand_dims(tf.squeeze(tf.reduce_max(x, [1], keepdims=True), [1]), 2)),
    "slices": (IMAGE, lambda x: tf.slice(x, [0, 1, 0, 1], [1, 5, 4, 3])[:, ::2, 1:, :]),
    "split and pack": (IMAGE, lambda x: tf.reshape(tf.stack(tf.split(x, 2, 3), 1), [1, 2, 30, 2])),
    "split by sizes": (IMAGE, lambda x: tf.concat(tf.split(x, [1, 3], 3)[::-1], 3)),
    "gather": (IMAGE, lambda x: tf.gather(x, [3, 0, 0], axis=3)),
    "shape arithmetic": (ANY, lambda x: tf.reshape(x, tf.stack([tf.shape(x)[0], 30, 4]))),
    "pad": (IMAGE, lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]])),
    "pad with a number": (IMAGE, lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], constant_values=0.5)),
    "pad mirrored": (IMAGE, lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 1], [0, 0]], "REFLECT")),
    "pad and conv": (IMAGE, lambda x: L.conv2d(tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), W["c"], 2, "VALID")),
    "relu": (IMAGE, lambda x: L.relu(tf.transpose(x, [0, 2, 1, 3]))),
    "relu6": (IMAGE, lambda x: L.relu6(tf.transpose(x, [0, 2, 1, 3]))),
    "relu_n1_to_1": (IMAGE, lambda x: tf.maximum(tf.minimum(tf.transpose(x, [0, 2, 1, 3]), 1.0), -1.0)),
    "relu_0_to_1": (IMAGE, lambda x: L.relu6(tf.transpose(x, [0, 2, 1, 3]))),
    "squeeze": (IMAGE, lambda x: tf.reshape(tf.reduce_max(x, [2], keepdims=True), [1, 6, 4])),
    "bytes": (IMAGE, lambda x: L.relu(tf.cast(x, tf.float32) / 255 - 0.5)),
    "sum of several": (IMAGE, lambda x: tf.add_n([x, L.relu(x), L.tanh(x)])),
    "leaky relu": (IMAGE, lambda x: L.leaky_relu(x, 0.1)),
    "logistic": (IMAGE, lambda x: L.sigmoid(3 * x)),
    "tanh": (IMAGE, lambda x: L.tanh(2 * x)),
    "hard swish": (IMAGE, lambda x: x * L.relu6(x + np.float32(3)) * np.float32(1 / 6)),
    "negative": (IMAGE, lambda x: -x),
    "elu": (IMAGE, lambda x: L.elu(x)),
    "gelu": (IMAGE, lambda x: L.gelu(x, approximate=False)),
    "gelu by tanh": (IMAGE, lambda x: L.gelu(x, approximate=True)),
    "prelu": (IMAGE, None),
    "softmax of channels": (IMAGE, lambda x: L.softmax(4 * x) * 2),
    "softmax at the end": (VECTOR, lambda x: L.softmax(x @ W["v"])),
    "log softmax at the end": (VECTOR, lambda x: L.log_softmax(x @ W["v"])),
    "exp and abs": (IMAGE, lambda x: tf.exp(-tf.abs(x))),
    "roots": (IMAGE, lambda x: tf.sqrt(positive(x)) + tf.math.rsqrt(positive(x))),
    "squares": (IMAGE, lambda x: tf.square(x) + tf.math.squared_difference(x, L.relu(x))),
    "extremes": (IMAGE, lambda x: tf.maximum(tf.minimum(x, L.sigmoid(x)), -0.25)),
    "clip from 0 to 1": (IMAGE, lambda x: tf.clip_by_value(2 * x, 0, 1)),
    "transposed conv same stride 2": (IMAGE, lambda x: L.conv2d_transpose(x, W["t"], [1, 12, 10, 5], 2, "SAME")),
    "transposed conv same, odd": (IMAGE, lambda x: L.conv2d_transpose(x, W["t"], [1, 11, 9, 5], 2, "SAME")),
    "transposed conv valid stride 3": (IMAGE, lambda x: L.conv2d_transpose(x, W["t"], [1, 18, 15, 5], 3, "VALID") + W["b5"]),
    "resize bilinear": (IMAGE, lambda x: tf.compat.v1.image.resize_bilinear(x, [10, 8])),
    "resize bilinear, centres": (IMAGE, lambda x: tf.compat.v1.image.resize_bilinear(x, [10, 8], half_pixel_centers=True)),
    "resize bilinear, corners": (IMAGE, lambda x: tf.compat.v1.image.resize_bilinear(x, [10, 8], align_corners=True)),
    "resize nearest": (IMAGE, lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, [10, 8])),
    "resize nearest, centres": (IMAGE, lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, [10, 8], half_pixel_centers=True)),
    "resize nearest, corners": (IMAGE, lambda x: tf.compat.v1.image.resize_nearest_neighbor(x, [10, 8], align_corners=True)),
    "attention": (IMAGE, lambda x: tf.reshape(L.softmax(tf.matmul(x, x, transpose_b=True)) @ x, [1, 6, 20])),
    "residual network": (IMAGE, None),
}
W = {
    "c": weights(3, 3, 4, 6), "p": weights(1, 1, 4, 6), "o": weights(3, 4, 6), "g": weights(3, 3, 2, 6), "d": 2 * weights(3, 3, 4, 2), "s": weights(3, 3, 4, 4),
    "f": weights(120, 10), "v": weights(12, 10), "w": weights(10, 7), "m": weights(4, 5), "t": weights(3, 3, 5, 4),
    "b4": weights(4), "b5": weights(5), "b6": weights(6), "b8": weights(8), "b10": weights(10),
}


def keras_prelu():
    x = tf.keras.Input(IMAGE[1:], batch_size=1)
    return tf.keras.Model(x, tf.keras.layers.PReLU("uniform", shared_axes=[1, 2])(x))


def keras_residual():
    k = tf.keras.layers
    x = tf.keras.Input(IMAGE[1:], batch_size=1)
    norm = lambda y: k.BatchNormalization(gamma_initializer="uniform", beta_initializer="uniform")(y)
    y = k.ReLU()(norm(k.Conv2D(6, 3, padding="same")(x)))
    z = norm(k.DepthwiseConv2D(3, strides=2, padding="same", bias_initializer="uniform")(y))
    z = k.Activation("relu6")(k.Conv2D(8, 1)(z))
    z = k.ReLU()(k.Add()([k.Conv2D(8, 3, padding="same")(z), k.Conv2D(8, 1, strides=2)(y)]))
    z = k.Dropout(0.5)(k.GlobalAveragePooling2D()(z))
    return tf.keras.Model(x, k.Dense(10)(k.Flatten()(z)))


def samples(shape, count):
    return [short(rng.uniform(-1, 1, [1, *shape[1:]])) for _ in range(count)]


def converter(name):
    shape, f = CASES[name]
    if name == "prelu":
        return tf.lite.TFLiteConverter.from_keras_model(keras_prelu())
    if name == "residual network":
        return tf.lite.TFLiteConverter.from_keras_model(keras_residual())
    concrete = tf.function(f).get_concrete_function(tf.TensorSpec(shape, tf.uint8 if name == "bytes" else tf.float32, name="image"))
    return tf.lite.TFLiteConverter.from_concrete_functions([concrete])


def quantised(c, shape, kind):
    c.optimizations = [tf.lite.Optimize.DEFAULT]
    images = samples(shape, 60)
    if kind == "float16":
        c.target_spec.supported_types = [tf.float16]
        return c
    if kind == "dynamic":
        return c
    c.representative_dataset = lambda: ([x] for x in images)
    if kind == "int16":
        c.target_spec.supported_ops = [tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
        return c
    c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    c.inference_input_type = c.inference_output_type = tf.uint8 if kind == "uint8" else tf.int8
    if kind == "by tensor":
        c._experimental_disable_per_channel = True
    return c


def rewritten(model, name):
    """Operators that this converter does not write, in the place of others."""
    if name not in ("relu_0_to_1", "squeeze"):
        return model
    tree = schema.ModelT.InitFromPackedBuf(model, 0)
    was, is_ = {"relu_0_to_1": ("RELU6", "RELU_0_TO_1"), "squeeze": ("RESHAPE", "SQUEEZE")}[name]
    codes = vars(schema.BuiltinOperator)
    changed = [code for code in tree.operatorCodes if code.builtinCode == codes[was]]
    assert len(changed) == 1
    changed[0].builtinCode, changed[0].deprecatedBuiltinCode = codes[is_], min(127, codes[is_])
    for operator in tree.subgraphs[0].operators:
        if name == "squeeze" and tree.operatorCodes[operator.opcodeIndex] is changed[0]:
            operator.inputs = operator.inputs[:1]
            operator.builtinOptionsType, operator.builtinOptions = schema.BuiltinOptions.SqueezeOptions, schema.SqueezeOptionsT()
            operator.builtinOptions.squeezeDims = [2]
    builder = flatbuffers.Builder(1024)
    builder.Finish(tree.Pack(builder), b"TFL3")
    return bytes(builder.Output())


RESOLVERS = tf.lite.experimental.OpResolverType


def outputs(model, xs, resolver):
    run = tf.lite.Interpreter(model_content=model, experimental_op_resolver_type=resolver)
    run.allocate_tensors()
    (given,), (result,) = run.get_input_details(), run.get_output_details()
    ys = []
    for x in xs:
        run.set_tensor(given["index"], x)
        run.invoke()
        ys.append(run.get_tensor(result["index"]).copy())
    return given, result, np.concatenate(ys)


TYPES = {np.float32: "float32", np.int8: "int8", np.uint8: "uint8", np.int16: "int16"}
FEW = {
    "by tensor": ["conv same stride 2, relu", "depthwise same stride 2, multiplier 2, relu6", "two dense layers", "residual network"],
    "uint8": ["conv same stride 2, relu", "residual network", "max pool same"],
    "int16": ["conv same stride 2, relu", "two dense layers", "residual network", "average pool same"],
    "float16": ["conv same stride 2, relu", "two dense layers", "residual network"],
    "dynamic": ["two dense layers"],
}


def text(array):
    return np.ascontiguousarray(array).tobytes().hex()


def case(name, kind):
    shape, _ = CASES[name]
    c = converter(name)
    try:
        model = rewritten((c if kind == "float" else quantised(c, shape, kind)).convert(), name)
        run = tf.lite.Interpreter(model_content=model)
        run.allocate_tensors()
    except Exception as error:
        print(f"{name}, {kind}: not converted: {str(error).strip().splitlines()[-1][:120]}")
        return None
    (given,) = run.get_input_details()
    scale, zero = given["quantization"]
    xs = samples(shape, IMAGES)
    if given["dtype"] != np.float32:
        limits = np.iinfo(given["dtype"])
        xs = [np.clip(np.round(x / (scale or 1 / 128)) + zero, limits.min, limits.max).astype(given["dtype"]) for x in xs]
    given, result, plain = outputs(model, xs, RESOLVERS.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    _, _, fast = outputs(model, xs, RESOLVERS.AUTO)
    side = lambda d, values: {"type": TYPES[d["dtype"]], "scale": float(d["quantization"][0]), "zeroPoint": int(d["quantization"][1]), "values": text(values)}
    also = {"fast": text(fast)} if result["dtype"] != np.float32 and not np.array_equal(plain, fast) else {}
    return {"name": name, "kind": kind, "model": model.hex(), "input": side(given, np.concatenate(xs)), "output": {**side(result, plain), **also}}


def refused():
    """Models that nothing but an error is made of."""
    spec = tf.TensorSpec(IMAGE, tf.float32, name="image")
    functions = {
        "arg max": (lambda x: tf.argmax(x, 3), [spec]),
        "two images": (lambda x, y: x + y, [spec, tf.TensorSpec(IMAGE, tf.float32, name="other")]),
        "bessel": (lambda x: tf.math.bessel_i0(x), [spec]),
    }
    for name, (f, specs) in functions.items():
        c = tf.lite.TFLiteConverter.from_concrete_functions([tf.function(f).get_concrete_function(*specs)])
        c.allow_custom_ops = True
        yield {"name": name, "model": c.convert().hex()}


def main():
    wanted = [(name, kind) for name in CASES for kind in ("float", "int8") if (name, kind) != ("bytes", "int8")] + [(name, kind) for kind, names in FEW.items() for name in names]
    cases = [found for found in (case(*pair) for pair in wanted) if found]
    content = json.dumps({"tensorflow": tf.__version__, "images": IMAGES, "cases": cases, "refused": list(refused())}).encode()
    with open("cases.json.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        packed.write(content)


def resnet8(checkpoint, data):
    with tarfile.open(data) as archive:
        raw = np.frombuffer(archive.extractfile("cifar-10-batches-bin/data_batch_1.bin").read(), np.uint8).reshape(-1, 3073)
    images = raw[:200, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1).astype(np.float32)
    c = tf.lite.TFLiteConverter.from_keras_model(tf.keras.models.load_model(checkpoint, compile=False))
    c.optimizations = [tf.lite.Optimize.DEFAULT]
    c.representative_dataset = lambda: ([x[None]] for x in images)
    c.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    c.inference_input_type = c.inference_output_type = tf.int8
    with open("mlperf_tiny_resnet8_int8.tflite", "wb") as file:
        file.write(c.convert())


resnet8(*sys.argv[2:]) if sys.argv[1:2] == ["resnet8"] else main()
