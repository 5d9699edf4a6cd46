"""What is known of the training behind a model's weights, in `scores.json` beside them.

The record names the weights by their digest, so that it can't be taken for that of other weights.
"""

import json
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError
from explorer.miniatures.digests import file_digest

SCORES = "scores.json"
WEIGHTS = "model.safetensors"


def weights_digest(folder: Path) -> str:
    """Digest of a model's weights file."""
    return file_digest(folder / WEIGHTS)


def write_record(folder: Path, name: str, training: dict[str, Any]) -> None:
    """Begin a `scores.json` for weights that have just been written: nothing is scored yet."""
    training = {**training, "weights": weights_digest(folder)}
    write_scores(folder, {"model": name, "training": training, "scores": []})


def write_scores(folder: Path, described: dict[str, Any]) -> None:
    """Write `scores.json`."""
    text = json.dumps(described, indent=1, ensure_ascii=False) + "\n"
    Path(folder, SCORES).write_text(text, encoding="utf-8")


def read_record(folder: Path) -> dict[str, Any]:
    """The record of the training that made the weights in a folder.

    A missing record and one of other weights are refused.
    """
    path = folder / SCORES
    found: dict[str, Any] = {}
    if path.exists():
        found = json.loads(path.read_text("utf-8")).get("training", {})
    if found.get("weights") != weights_digest(folder):
        raise ExplorerError(
            f"{path} does not describe the training of the weights beside it: run the training "
            "again, which goes on from its last state, to write both."
        )
    return found
