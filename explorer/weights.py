"""Which files of a checkpoint hold its weights, and how big they can honestly be."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.families import read_shape
from explorer.parameter_counts import count_parameters
from explorer.small_files import folder_label, read_small

SAFE_WEIGHTS = "model.safetensors"
PICKLED_WEIGHTS = "pytorch_model.bin"
INDEX_SUFFIX = ".index.json"

MAX_BYTES_FOR_EACH_WEIGHT = 18
"""Twice what float64 takes: some files hold the embedding under several names."""

MIN_BYTES_FOR_EACH_WEIGHT = 1
"""Half of what the smallest format in use, with 16 bits, takes."""

NAMES_BYTES = 2 * 2**20
"""Room for the names of the weights."""


def weight_files(folder: Path) -> list[Path]:
    """The files that hold the weights: safetensors if there are any, else pickles."""
    for name in (SAFE_WEIGHTS, PICKLED_WEIGHTS):
        if (folder / name).is_file():
            return [folder / name]
        index = folder / f"{name}{INDEX_SUFFIX}"
        if index.is_file():
            return [folder / shard for shard in shard_names(index)]
    label = folder_label(folder)
    raise ExplorerError(
        f"“{label}” holds no weights that the explorer reads: it needs "
        f"{SAFE_WEIGHTS} or {PICKLED_WEIGHTS}. Fetch the model again, or use another one."
    )


def shard_names(index: Path) -> list[str]:
    """The files that an index of weights names, each of them a plain name in the same folder."""
    try:
        values = json.loads(read_small(index))
        names = sorted(set(values["weight_map"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExplorerError(
            f"{index.name} cannot be read ({type(error).__name__}): fetch the model again."
        ) from error
    if not names or not all(isinstance(name, str) and Path(name).name == name for name in names):
        raise ExplorerError(
            f"{index.name} does not name files of its own folder: use another checkpoint."
        )
    return names


def most_weight_bytes(configuration: Mapping[str, object]) -> int:
    """The largest size of weights that a configuration explains."""
    parameters = count_parameters(read_shape(configuration))
    return parameters * MAX_BYTES_FOR_EACH_WEIGHT + NAMES_BYTES


def least_weight_bytes(configuration: Mapping[str, object]) -> int:
    """The smallest size of weights that a configuration can do with."""
    shape = read_shape(configuration)
    parameters = count_parameters(shape)
    if shape.family.position_kind == "sinusoidal" and shape.family.positions_are_weights:
        parameters -= 2 * shape.position_rows * shape.d_model  # computed, so they need not be there
    return parameters * MIN_BYTES_FOR_EACH_WEIGHT


def check_files(folder: Path, configuration: Mapping[str, object], weights: list[Path]) -> None:
    """Refuse weights that are missing, or far bigger or smaller than the configuration says."""
    label = folder_label(folder)
    missing = [path.name for path in weights if not path.is_file()]
    if missing:
        raise ExplorerError(
            f"“{label}” is not complete, {missing[0]} is missing: fetch the model again."
        )
    size = sum(map(_bytes_of, weights))
    most = most_weight_bytes(configuration)
    if size > most:
        raise ExplorerError(
            f"The weights in “{label}” have {size:,} bytes, and its configuration explains "
            f"{most:,} at most: the files do not belong together. Fetch the model again."
        )
    least = least_weight_bytes(configuration)
    if size < least:
        raise ExplorerError(
            f"The weights in “{label}” have {size:,} bytes, and its configuration needs {least:,} "
            "at least: the file is damaged, cut short or of another model. Fetch the model again."
        )


def _bytes_of(weights: Path) -> int:
    """The size of a file of weights, unpacked: torch's pickles come as archives."""
    size = weights.stat().st_size
    if not zipfile.is_zipfile(weights):
        return size
    try:
        with zipfile.ZipFile(weights) as parts:
            return max(size, sum(part.file_size for part in parts.infolist()))
    except (OSError, zipfile.BadZipFile, ValueError):
        return size  # torch reads no archive that is broken
