"""IBM's aihwkit-lightning. It draws output noise in training mode only, so noise is measured there, without gradients."""

import importlib.metadata
from math import sqrt

import torch
from aihwkit_lightning.nn import AnalogConv2d, AnalogLinear
from aihwkit_lightning.simulator.configs import TorchInferenceRPUConfig, WeightClipType

from chain import run_chain

EVEN_TILES = True


def config_of(layer, noise: str):
    config = TorchInferenceRPUConfig()
    config.mapping.max_input_size = layer.rows
    # With learnt clipping the ADC's bound follows a parameter of each tile, 1 here, and not the tile's largest weight:
    # only so is the range the same static one in all tiles.
    config.clip.type = WeightClipType.LEARNABLE_PER_CHANNEL
    input_range = config.pre_post.input_range
    input_range.enable = True
    input_range.learn_input_range = False
    input_range.init_from_data = 0
    input_range.init_value = 1.0
    config.forward.inp_res = 1 / (2 * layer.dac_codes)
    config.forward.out_bound = layer.adc_range
    config.forward.out_res = 1 / (2 * layer.adc_codes)
    if noise == "sum":
        tiles = -(-layer.matrix.shape[1] // layer.rows)
        config.forward.out_noise = layer.sigma * sqrt(tiles)  # It divides by this root.
    return config


def analog_layer(layer, noise: str):
    config = config_of(layer, noise)
    weight = torch.from_numpy(layer.weight.copy())
    if layer.kind == "conv2d":
        filters, channels, rows, columns = weight.shape
        module = AnalogConv2d(
            channels, filters, (rows, columns), padding=layer.padding, bias=False, rpu_config=config
        )
    else:
        module = AnalogLinear(weight.shape[1], weight.shape[0], bias=False, rpu_config=config)
    module.set_weights(weight)
    module.learnable_weight_clip.data.fill_(1.0)
    return module.train(noise == "sum")


def create(case, noise: str):
    macs = {
        layer.name: analog_layer(layer, noise) for layer in case.layers if not isinstance(layer, tuple)
    }
    torch.manual_seed(1)
    return lambda images: run_chain(case.layers, macs, torch.from_numpy(images)).numpy()


def version() -> str:
    return importlib.metadata.version("aihwkit-lightning")
