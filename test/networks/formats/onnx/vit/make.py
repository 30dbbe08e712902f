"""Writes model.onnx and model.onnx.data: a vision transformer of timm with seeded random weights, as PyTorch 2.9 exports it.

    pip install torch timm onnx onnxscript && python make.py
"""

import onnx
import timm
import torch

torch.manual_seed(0)
network = timm.create_model(
    "vit_tiny_patch16_224", img_size=32, patch_size=8, depth=1, embed_dim=16, num_heads=2, num_classes=10
).eval()
torch.nn.init.normal_(network.head.weight, std=0.5)
batch = {0: torch.export.Dim("n")}
torch.onnx.export(network, (torch.rand(1, 3, 32, 32),), "model.onnx", dynamo=True, dynamic_shapes=(batch,))

# What the exporter says about its own source is three quarters of the file.
model = onnx.load("model.onnx", load_external_data=False)
for part in [model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer]:
    del part.metadata_props[:]
    part.doc_string = ""
onnx.save(model, "model.onnx")
