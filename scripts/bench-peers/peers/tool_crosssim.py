"""Sandia's CrossSim, from a checkout. Noise "sum" is drawn by us before its ADC; "device" is its own read noise."""

import re
from pathlib import Path

import numpy as np
import simulator
import torch
from simulator import AnalogCore, CrossSimParameters

from chain import from_patches, patches, run_chain


def parameters_of(layer, noise: str):
    params = CrossSimParameters()
    params.core.style = "BALANCED"
    params.core.balanced.style = "ONE_SIDED"
    params.core.rows_max = layer.rows
    params.core.cols_max = layer.matrix.shape[0]
    weights = params.core.mapping.weights
    weights.percentile, weights.min, weights.max, weights.clipping = None, -1.0, 1.0, False
    weights.col_partition_strategy = "MAX"
    inputs = params.core.mapping.inputs.mvm
    inputs.percentile, inputs.min, inputs.max, inputs.clipping = None, 0.0, 1.0, False
    params.xbar.device.infinite_on_off_ratio = True
    params.xbar.dac.mvm.model = "QuantizerDAC"
    params.xbar.dac.mvm.bits = int(np.log2(layer.dac_codes + 1))
    params.xbar.dac.mvm.signed = False
    params.xbar.adc.mvm.model = "SignMagnitudeADC"
    params.xbar.adc.mvm.bits = int(np.log2(layer.adc_codes + 1)) + 1
    params.xbar.adc.mvm.signed = True
    params.xbar.adc.mvm.adc_range_option = "CALIBRATED"
    params.xbar.adc.mvm.calibrated_range = [-layer.adc_range, layer.adc_range]
    if noise == "device":
        params.xbar.device.read_noise.enable = True
        params.xbar.device.read_noise.model = "NormalIndependentDevice"
        # The same spread of a partial sum whose inputs are all half of full scale.
        params.xbar.device.read_noise.magnitude = layer.sigma / (0.5 * np.sqrt(2 * layer.rows))
        params.simulation.disable_fast_matmul = True
    return params


def add_noise_before(adc, sigma: float, generator) -> None:
    convert = adc.convert
    adc.convert = lambda sums: convert(
        sums + sigma * generator.standard_normal(sums.shape, dtype=np.float32)
    )


def create(case, noise: str):
    generator = np.random.default_rng(1)
    macs = {}
    for layer in case.layers:
        if isinstance(layer, tuple):
            continue
        core = AnalogCore(layer.matrix, parameters_of(layer, noise))
        if noise == "sum":
            for core_row in core.cores:
                for tile in core_row:
                    add_noise_before(tile.adc.mvm, layer.sigma, generator)

        def run(x, layer=layer, core=core):
            columns = patches(layer, x)
            flat = columns.reshape(-1, columns.shape[2]).T.numpy()
            sums = np.asarray(core @ flat, dtype=np.float32).T
            return from_patches(layer, torch.from_numpy(sums).view(*columns.shape[:2], -1), x)

        macs[layer.name] = run
    return lambda images: run_chain(case.layers, macs, torch.from_numpy(images)).numpy()


def version() -> str:
    project = Path(simulator.__file__).parents[1] / "pyproject.toml"
    found = re.search(r'^version\s*=\s*"([^"]+)"', project.read_text(), re.M) if project.exists() else None
    return found[1] if found else "checkout"
