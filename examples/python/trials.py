"""Trials of a store in pandas, and in polars where it is there: python3 trials.py [--store STORE] [SONIC COMMAND ...].

Needs Python 3.9, pandas and pyarrow; polars if you like it better. A file of Parquet out of the lab's sweep reads in the same way.
"""
import argparse
import os
import subprocess
import tempfile

import pandas as pd


def sonic(*arguments, command=("sonic",)):
    """Runs a command of `sonic`, for what it writes; RuntimeError with sonic's own line where it fails."""
    done = subprocess.run([*command, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def read_trials(store="sonic-store", sql=None, command=("sonic",)):
    """All trials of a store as a DataFrame, one row each, or the rows of a query on its tables (docs/store.md)."""
    with tempfile.TemporaryDirectory() as folder:
        file = os.path.join(folder, "trials.parquet")
        query = ("--sql", sql) if sql else ()
        sonic("results", "--store", str(store), *query, "--parquet", file, command=command)
        return pd.read_parquet(file)


def over_chips(trials, field):
    """Accuracy and energy at each value of a field of the hardware: means over trials, with the sample's standard deviation."""
    groups = trials.groupby(field)
    return groups.agg(
        trials=("key", "size"),
        accuracy=("emulated", "mean"),
        deviation=("emulated", "std"),
        energy_J=("energy_J", "mean"),
    )


def over_chips_polars(file, field):
    """The same in polars, of a file that `sonic results --parquet` wrote."""
    import polars as pl

    return (
        pl.read_parquet(file)
        .group_by(field)
        .agg(
            pl.len().alias("trials"),
            pl.col("emulated").mean().alias("accuracy"),
            pl.col("emulated").std().alias("deviation"),
            pl.col("energy_J").mean().alias("energy_J"),
        )
        .sort(field)
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="accuracy against bits of the ADC, of a store's trials")
    parser.add_argument("--store", default="sonic-store")
    parser.add_argument("--field", default="adc.bits")
    parser.add_argument("command", nargs="*", default=["sonic"], help="how sonic is called, such as: npx sonic")
    given = parser.parse_args()
    print(over_chips(read_trials(given.store, command=given.command), given.field))
