"""Runs `sonic` from Python and reads its result: python3 run_sonic.py [SONIC COMMAND ...]; needs Python 3.8 and nothing else."""
import json
import subprocess
import sys


def run_sonic(network, *flags, command=("sonic",)):
    """The result of `sonic run` as a dict (schema sonic-result/1); RuntimeError with sonic's own line where it fails."""
    done = subprocess.run([*command, "run", network, *flags, "--json", "-"], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)


if __name__ == "__main__":
    command = tuple(sys.argv[1:]) or ("sonic",)
    for bits in (4, 16):
        result = run_sonic("mnist", "--images", "20", "--set", f"adc.bits={bits}", command=command)
        print(bits, result["accuracy"]["emulated"], result["cost"]["framesPerSecondPerWatt"])
    try:
        run_sonic("mnist", "--set", "adc.bits=99", command=command)
    except RuntimeError as error:
        print(error)
