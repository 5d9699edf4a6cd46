"""The small files of a checkpoint: read only where they are ordinary files of a sane size."""

import stat
from collections.abc import Collection
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.sizes import bytes_text

MAX_SMALL_FILE_BYTES = 100_000_000
"""A file that is no weights: the tokenizer.json of the largest vocabulary here has 32 MB."""

ENDINGS = (".json", ".model", ".spm", ".txt", ".jinja")
"""How the files are called that transformers may look for in a checkpoint's folder."""


def folder_label(folder: Path) -> str:
    """A folder as messages name it: one in the Hub's cache by the id of its model."""
    if folder.parent.name == "snapshots":
        return folder.parent.parent.name.removeprefix("models--").replace("--", "/")
    return folder.name


def read_small(path: Path, limit: int = MAX_SMALL_FILE_BYTES) -> str:
    """The text of a file, of which never more than `limit` bytes come into memory.

    Raises:
        ExplorerError: the file is bigger, or is a device or a pipe, which may never end.
        OSError, UnicodeDecodeError: it is not there, or is no text.
    """
    _check(path, limit)
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:  # some files of the system say that they are empty
        raise _too_big(path, limit)
    return data.decode("utf-8")


def check_small_files(folder: Path, weights: Collection[Path]) -> None:
    """Refuse a folder with a file that nobody could read whole; its weights are left out."""
    left_out = {path.name for path in weights}
    for path in sorted(folder.iterdir()):
        if path.name.endswith(ENDINGS) and path.name not in left_out and path.exists():
            _check(path, MAX_SMALL_FILE_BYTES)


def _check(path: Path, limit: int) -> None:
    status = path.stat()
    if stat.S_ISREG(status.st_mode):
        if status.st_size > limit:
            raise _too_big(path, limit)
    elif not stat.S_ISDIR(status.st_mode):
        raise ExplorerError(
            f"{path.name} in “{folder_label(path.parent)}” is no ordinary file: choose another "
            "folder."
        )


def _too_big(path: Path, limit: int) -> ExplorerError:
    return ExplorerError(
        f"{path.name} in “{folder_label(path.parent)}” has more than the {bytes_text(limit)} "
        "that such a file can have: choose another folder."
    )
