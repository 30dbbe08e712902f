"""Writes torchvision.json.gz: names and shapes of the state_dicts of torchvision's networks.

    pip install torch torchvision && python makeTorchvision.py
"""

import gzip
import json

import torchvision

NAMES = ["resnet18", "resnet34", "resnet50", "vgg11", "vgg11_bn", "vgg16", "vgg16_bn", "mobilenet_v2", "densenet121"]
shapes = {
    name: {key: list(value.shape) for key, value in getattr(torchvision.models, name)().state_dict().items()}
    for name in NAMES
}
with open("torchvision.json.gz", "wb") as file:
    file.write(gzip.compress(json.dumps(shapes, separators=(",", ":")).encode(), 9, mtime=0))
