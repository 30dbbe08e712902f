"""Runs one tool on one case in a process of its own and prints one JSON object.

Usage: run.py CASE TOOL NOISE BATCH IMAGES [PATH ...]: NOISE is none, sum or device; PATHs go on Python's search path.
"""

import importlib
import json
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path[1:1] = sys.argv[6:]

import numpy as np  # noqa: E402
import torch  # noqa: E402

import tool_plain  # noqa: E402
from case import load_case  # noqa: E402


def deviation(logits, expected) -> float:
    """Root mean square of the difference over the spread of the expected logits."""
    return float(np.sqrt(np.mean((logits - expected) ** 2)) / np.std(expected))


def main() -> None:
    folder, tool, noise, batch, images = *sys.argv[1:4], int(sys.argv[4]), int(sys.argv[5])
    torch.set_num_threads(1)
    case = load_case(folder)
    module = importlib.import_module(f"tool_{tool}")
    with torch.no_grad():
        run = module.create(case, noise)
        run(case.images[:batch])
        times, parts = [], []
        for first in range(0, images, batch):
            part = case.images[first : min(first + batch, images)]
            started = time.process_time()
            parts.append(np.asarray(run(part)))
            times.append(1000 * (time.process_time() - started) / len(part))
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        logits = np.concatenate(parts)
        even = getattr(module, "EVEN_TILES", False)
        checked = slice(0, min(batch, images))
        expected = tool_plain.create(case, "none", even)(case.images[checked])
    print(
        json.dumps(
            {
                "version": module.version(),
                "msPerImage": statistics.median(times),
                "accuracy": float(np.mean(logits.argmax(1) == case.labels[:images])),
                "deviation": deviation(logits[checked], expected),
                "logits": logits[checked].flatten().tolist(),
                "peakMemory_MiB": peak_mib,
            }
        )
    )


main()
