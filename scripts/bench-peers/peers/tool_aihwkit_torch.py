"""aihwkit's torch tile."""

import tool_aihwkit
from aihwkit.simulator.configs import TorchInferenceRPUConfig

EVEN_TILES = True


def create(case, noise: str):
    return tool_aihwkit.create(case, noise, TorchInferenceRPUConfig)


version = tool_aihwkit.version
