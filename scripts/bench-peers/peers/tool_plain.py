"""The definition in float64, tile by tile: what the logits of all other tools are checked against. Not a competitor."""

import numpy as np
import torch

from chain import from_patches, patches, run_chain


def tile_sizes(inputs: int, rows: int, even: bool) -> list:
    count = -(-inputs // rows)
    if not even:
        return [rows] * (count - 1) + [inputs - rows * (count - 1)]
    base, extra = divmod(inputs, count)
    return [base + (tile < extra) for tile in range(count)]


def plain_mac(layer, even: bool, sigma: float, generator):
    step = layer.adc_range / layer.adc_codes
    matrix = layer.matrix.astype(np.float64).T
    bounds = np.cumsum([0, *tile_sizes(matrix.shape[0], layer.rows, even)])

    def run(x):
        values = patches(layer, x.double()).numpy()
        values = np.rint(np.clip(values, 0, 1) * layer.dac_codes) / layer.dac_codes
        total = 0
        for first, last in zip(bounds, bounds[1:]):
            sums = values[..., first:last] @ matrix[first:last]
            if sigma > 0:
                sums = sums + sigma * generator.standard_normal(sums.shape)
            total = total + np.clip(np.rint(sums / step), -layer.adc_codes, layer.adc_codes) * step
        return from_patches(layer, torch.from_numpy(total), x)

    return run


def create(case, noise: str, even: bool = False):
    generator = np.random.default_rng(1)
    macs = {
        layer.name: plain_mac(layer, even, layer.sigma if noise == "sum" else 0.0, generator)
        for layer in case.layers
        if not isinstance(layer, tuple)
    }
    return lambda images: run_chain(case.layers, macs, torch.from_numpy(images).double()).numpy()


def version() -> str:
    return np.__version__
