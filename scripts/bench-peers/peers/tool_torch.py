"""The digital network in torch: float32, no hardware."""

import torch
import torch.nn.functional as F


def create(case, noise: str):
    weights = {
        layer.name: (torch.from_numpy(layer.digital_weight.copy()), torch.from_numpy(layer.digital_bias.copy()))
        for layer in case.layers
        if not isinstance(layer, tuple)
    }

    def run(images):
        x = torch.from_numpy(images)
        for layer in case.layers:
            if isinstance(layer, tuple):
                kind, size = layer
                x = F.relu(x) if kind == "relu" else F.max_pool2d(x, size) if kind == "maxPool" else x.flatten(1)
            elif layer.kind == "conv2d":
                x = F.conv2d(x, *weights[layer.name], padding=layer.padding)
            else:
                x = F.linear(x, *weights[layer.name])
        return x.numpy()

    return run


def version() -> str:
    return torch.__version__
