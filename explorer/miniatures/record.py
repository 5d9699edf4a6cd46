"""What is known of the training behind a model's weights, in `scores.json` beside them.

The record names the weights by their digest, so that it can't be taken for that of other weights.
Reading it needs no torch: the dashboard does so too.
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


def read_scores(folder: Path) -> dict[str, Any]:
    """What `scores.json` says of the weights beside it: "training", "scores" and more.

    Raises:
        ExplorerError: the file is missing, damaged, or about other weights.
    """
    path = folder / SCORES
    try:
        found, beside = json.loads(path.read_text("utf-8")), weights_digest(folder)
    except (OSError, ValueError, RecursionError):
        found, beside = {}, ""
    training = found.get("training") if isinstance(found, dict) else None
    if not isinstance(training, dict) or training.get("weights") != beside:
        raise ExplorerError(
            f"{SCORES} of {folder.name} does not describe the training of the weights beside it: "
            "run the training again, which goes on from its last state, to write both."
        )
    return dict(found)


def read_record(folder: Path) -> dict[str, Any]:
    """The record of the training that made the weights in a folder; refuses as `read_scores`."""
    return dict(read_scores(folder)["training"])


def rules_corrected_since(training: dict[str, Any], sources: str) -> str:
    """A sentence, if the examples would now be made by other code than they were at the end.

    Args:
        training: the record of a training.
        sources: the digest of that code as it is now.
    """
    if not training.get("sources") or training["sources"][-1] == sources:
        return ""
    return (
        f"The rules have been corrected since (now digest `{sources}`), so a repetition gives "
        "somewhat other weights."
    )
