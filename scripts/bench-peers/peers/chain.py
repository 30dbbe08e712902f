"""The network around the tiles, in torch: what all torch-based tools share."""

import torch
import torch.nn.functional as F


def run_chain(layers, macs, images: torch.Tensor) -> torch.Tensor:
    """Logits [images, classes].

    macs: by name, functions of the layer's input divided by its scale that give the sums of all partial sums.
    """
    x = images
    for layer in layers:
        if isinstance(layer, tuple):
            kind, size = layer
            x = F.relu(x) if kind == "relu" else F.max_pool2d(x, size) if kind == "maxPool" else x.flatten(1)
            continue
        shape = (1, -1, 1, 1) if layer.kind == "conv2d" else (1, -1)
        sums = macs[layer.name](x / layer.activation_scale)
        x = sums * layer.scale + torch.from_numpy(layer.shift.copy()).view(*shape)
    return x


def patches(layer, x: torch.Tensor) -> torch.Tensor:
    """[images, positions, inputs] of a layer's input; a dense layer has one position."""
    if layer.kind == "dense":
        return x[:, None, :]
    return F.unfold(x, layer.weight.shape[2:], padding=layer.padding).transpose(1, 2)


def from_patches(layer, sums: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    """Sums [images, positions, filters] in the shape of the layer's output."""
    if layer.kind == "dense":
        return sums[:, 0]
    rows = x.shape[2] + 2 * layer.padding - layer.weight.shape[2] + 1
    return sums.transpose(1, 2).reshape(x.shape[0], sums.shape[2], rows, -1)
