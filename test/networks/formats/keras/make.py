"""Makes the Keras fixtures of this folder: one small functional model with a model inside, saved both ways, and its answer.

Run with Keras 3 on any backend: KERAS_BACKEND=jax python make.py
"""
import json
from pathlib import Path

import keras
import numpy as np
from keras import layers as L

here = Path(__file__).parent
keras.utils.set_random_seed(3)
inner = keras.Sequential(
    [
        L.Input((6, 6, 4)),
        L.DepthwiseConv2D(3, padding="same", use_bias=False, name="dw"),
        L.BatchNormalization(name="bn"),
        L.ReLU(6.0),
    ],
    name="inner",
)
image = L.Input((12, 12, 3), name="image")
x = L.Rescaling(1 / 127.5, offset=-1)(image)
x = L.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="c1")(x)
x = inner(x)
y = L.SeparableConv2D(4, 3, padding="same", activation="hard_sigmoid", name="sep")(x)
x = L.Concatenate()([L.Add()([x, y]), y])
x = L.Dropout(0.5)(x)
x = L.MaxPooling2D(2, padding="same")(x)
x = L.Flatten()(L.Activation("silu")(x))
x = L.Dense(7, activation="tanh", name="d1")(x)
model = keras.Model(image, L.Dense(5, activation="softmax", name="d2")(x), name="tiny")
draw = np.random.default_rng(1)
model.set_weights(
    [
        (draw.random(v.shape) / 2 + 0.5 if "variance" in v.path else draw.normal(0, 0.3, v.shape)).astype("float32")
        for v in model.weights
    ]
)
model.save(here / "tiny.keras")
model.save(here / "tiny.h5")
images = np.random.default_rng(5).integers(0, 256, (3, 12, 12, 3))
answer = {"images": images.ravel().tolist(), "probabilities": np.asarray(model(images.astype("float32"))).ravel().tolist()}
(here / "tiny.json").write_text(json.dumps(answer) + "\n")
