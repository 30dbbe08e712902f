"""Accuracy against photons per multiplication in numpy, from the definition of Wang et al., Nature Communications 13, 123 (2022).

Shares nothing with src/. Per layer with inputs X >= 0: X' = X / max(X) of the image, N = n * inputs / sum(X') photons at full
scale for n a multiplication (of every image; `mean`: one N a layer, by the mean of X' on the digital network's inputs on the first
200 training images). Offset: counts have mean N X' W', W' = (W - min W) / (max W - min W), and min W sum(X) is put back. Rails:
counts of the positive and of the negative weights by themselves, W' = |W| / max |W|. Counts are Poisson, or Gaussian of the same
variance. `receiver`: besides, every 50 non-zero inputs (an FC unit of SONIC) are one conversion, to which an amplifier adds
10 pA/rtHz over B = 1 / (2 * 14 ns): 10e-12 sqrt(B) 14e-9 / q electrons.

    python3 test/independent/photonBudget.py [images] > test/independent/photonBudget.json
"""
import gzip
import json
import pathlib
import struct
import sys

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
PHOTONS = [0.1, 0.158489, 0.251189, 0.398107, 0.630957, 1, 1.58489, 1.8, 2, 2.3, 2.51189, 3.98107, 6.30957, 10, 15.8489, 25.1189, 39.8107, 63.0957, 100]
RECEIVER = [100, 316.228, 1000, 3162.28, 10000, 31622.8, 100000]
INTERVAL_s = 14e-9
ELECTRONS = 10e-12 * np.sqrt(1 / (2 * INTERVAL_s)) * INTERVAL_s / 1.602176634e-19
UNIT = 50


def images(name):
    data = gzip.decompress((ROOT / 'datasets/mnist' / f'{name}-images-idx3-ubyte.gz').read_bytes())
    labels = gzip.decompress((ROOT / 'datasets/mnist' / f'{name}-labels-idx1-ubyte.gz').read_bytes())
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 784) / 255, np.frombuffer(labels, np.uint8, offset=8)


def weights():
    raw = (ROOT / 'checkpoints/wang-mnist/wang-mnist.safetensors').read_bytes()
    size = struct.unpack('<Q', raw[:8])[0]
    header = json.loads(raw[8:8 + size])
    tensors = {
        name: np.frombuffer(raw[8 + size + t['data_offsets'][0]:8 + size + t['data_offsets'][1]], np.float32).reshape(t['shape']).astype(float)
        for name, t in header.items() if name != '__metadata__'
    }
    layers = sorted({name.split('.')[0].split('/')[0] for name in tensors})
    pick = lambda layer, word: next(t for n, t in tensors.items() if n.startswith(layer) and n.endswith(word))
    return [(pick(layer, 'weight'), pick(layer, 'bias')) for layer in layers]


def forward(layers, x, multiply):
    for l, (W, b) in enumerate(layers):
        y = multiply(l, x, W) + b
        x = np.maximum(y, 0)
    return y


def noisy(layers, x, n, signs, light, poisson, rng, electrons=0):
    draw = (lambda mean: rng.poisson(mean)) if poisson else (lambda mean: mean + np.sqrt(mean) * rng.standard_normal(mean.shape))

    def multiply(l, x, W):
        largest = x.max(1, keepdims=True)
        scaled = x / np.where(largest > 0, largest, 1)
        N = n / (light[l] if light else np.maximum(scaled.mean(1, keepdims=True), 1e-12))
        conversions = np.ceil((x > 0).sum(1, keepdims=True) / UNIT)
        added = electrons * np.sqrt(conversions) * rng.standard_normal((len(x), len(W[0]))) if electrons else 0
        if signs == 'offset':
            least, span = W.min(), W.max() - W.min()
            return largest * span * (draw(N * (scaled @ ((W - least) / span))) + added) / N + least * x.sum(1, keepdims=True)
        span = np.abs(W).max()
        plus, minus = np.maximum(W, 0) / span, np.maximum(-W, 0) / span
        return largest * span * (draw(N * (scaled @ plus)) - draw(N * (scaled @ minus)) + added) / N

    return forward(layers, x, multiply)


def mean_light(layers, x):
    means = []

    def multiply(l, x, W):
        means.append((x / np.maximum(x.max(1, keepdims=True), 1e-12)).mean())
        return x @ W

    forward(layers, x, multiply)
    return means


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    layers = weights()
    x, labels = images('t10k')
    x, labels = x[:count], labels[:count]
    light = mean_light(layers, images('train')[0][:200])
    accuracy = lambda y: round(100 * float((y.argmax(1) == labels).mean()), 2)
    digital = accuracy(forward(layers, x, lambda l, x, W: x @ W))
    rows = []
    for n in PHOTONS:
        row = {'photons': n}
        for signs in ('offset', 'rails'):
            for name, own, poisson in (('perImage', None, True), ('perImageGaussian', None, False), ('meanGaussian', light, False)):
                rng = np.random.default_rng(1)
                row[f'{signs} {name}'] = accuracy(noisy(layers, x, n, signs, own, poisson, rng))
        rows.append(row)
    receiver = []
    for n in RECEIVER:
        row = {'photons': n}
        for signs in ('offset', 'rails'):
            rng = np.random.default_rng(1)
            row[signs] = accuracy(noisy(layers, x, n, signs, None, False, rng, ELECTRONS))
        receiver.append(row)
    print(json.dumps({'images': count, 'digital': digital, 'light': light, 'rows': rows, 'receiver': receiver}, indent=1))


main()
