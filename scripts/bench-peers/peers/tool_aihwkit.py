"""IBM's aihwkit: its C++ tile or its torch tile, noise and bound management off, weights as given."""

import importlib.metadata

import torch
from aihwkit.nn import AnalogConv2d, AnalogLinear
from aihwkit.simulator.configs import InferenceRPUConfig
from aihwkit.simulator.parameters.enums import BoundManagementType, NoiseManagementType

from chain import run_chain

EVEN_TILES = True


def config_of(layer, noise: str, config):
    config.drift_compensation = None
    config.mapping.max_input_size = layer.rows
    config.mapping.max_output_size = 0
    config.mapping.weight_scaling_omega = 0.0
    config.mapping.weight_scaling_columnwise = False
    config.mapping.learn_out_scaling = False
    forward = config.forward
    forward.is_perfect = False
    forward.bound_management = BoundManagementType.NONE
    forward.noise_management = NoiseManagementType.NONE
    forward.inp_bound = 1.0
    forward.inp_noise = 0.0
    # A step is 2 * bound * resolution: codes 0 .. dac_codes over the positive half that inputs use.
    forward.inp_res = 1 / (2 * layer.dac_codes)
    forward.out_bound = layer.adc_range
    forward.out_res = 1 / (2 * layer.adc_codes)
    forward.out_noise = layer.sigma if noise == "sum" else 0.0
    forward.w_noise = 0.0
    return config


def analog_layer(layer, config):
    weight = torch.from_numpy(layer.weight.copy())
    if layer.kind == "conv2d":
        filters, channels, rows, columns = weight.shape
        module = AnalogConv2d(
            channels, filters, (rows, columns), padding=layer.padding, bias=False, rpu_config=config
        )
    else:
        module = AnalogLinear(weight.shape[1], weight.shape[0], bias=False, rpu_config=config)
    module.set_weights(weight)
    held = module.get_weights()[0].reshape(weight.shape)
    if (held - weight).abs().max() > 1e-5:
        raise RuntimeError(f"{layer.name}: the tiles do not hold the weights they were given")
    return module.eval()


def create(case, noise: str, make_config=InferenceRPUConfig):
    macs = {
        layer.name: analog_layer(layer, config_of(layer, noise, make_config()))
        for layer in case.layers
        if not isinstance(layer, tuple)
    }
    torch.manual_seed(1)
    return lambda images: run_chain(case.layers, macs, torch.from_numpy(images)).numpy()


def version() -> str:
    return importlib.metadata.version("aihwkit")
