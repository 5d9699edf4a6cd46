"""The Hub's cache on this computer: where its files are, and whether they are whole."""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from explorer.bounded import Bounded
from explorer.errors import ExplorerError
from explorer.weights import weight_files

SMALL_FILES = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "tokenizer.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
    "source.spm",
    "target.spm",
    "target_vocab.json",
)
TOKENIZER_FILES = (
    ("tokenizer.json",),
    ("spiece.model",),
    ("sentencepiece.bpe.model",),
    ("vocab.json", "merges.txt"),
    ("vocab.json", "source.spm", "target.spm"),
)
"""Sets of files any one of which is a whole tokenizer."""

CHUNK_BYTES = 4 * 2**20

MAX_CHECKED = 1_000
CHECKED_BYTES = 1_000_000
"""Files that are remembered as sound, and the memory of their names; the one looked at longest ago
is forgotten first."""

_checked: Bounded[tuple[str, int, int], bool] = Bounded(CHECKED_BYTES, MAX_CHECKED)


def cache_folder() -> Path:
    """Where the Hub's client keeps what it fetched."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if named:
        return Path(named).expanduser()
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE)


def model_folder(hub_id: str) -> Path:
    """The folder of the cache that holds one model, with all its commits."""
    return cache_folder() / ("models--" + hub_id.replace("/", "--"))


def is_named(hub_id: str) -> bool:
    """Whether a model was fetched to this computer once; looks into no file of it."""
    return (model_folder(hub_id) / "refs" / "main").is_file()


def cached_folder(hub_id: str) -> Path | None:
    """The folder of a model that is complete and undamaged on this computer; asks nobody."""
    storage = model_folder(hub_id)
    try:
        commit = (storage / "refs" / "main").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    if not re.fullmatch(r"[0-9a-f]{40}", commit):
        return None
    folder = storage / "snapshots" / commit
    if not (folder / "config.json").is_file() or not has_tokenizer(
        lambda name: (folder / name).is_file()
    ):
        return None
    try:
        weights = weight_files(folder)
    except ExplorerError:
        return None
    files = [path for name in SMALL_FILES if (path := folder / name).exists()] + weights
    return folder if all(path.is_file() and is_sound(path) for path in files) else None


def is_sound(path: Path) -> bool:
    """Whether a file of the cache holds the bytes it is named by; removes it where not.

    The cache stores each file under its own checksum: SHA-256 for large files, git's SHA-1 for
    small ones. A cache without links (on some Windows computers) cannot be checked.
    """
    blob = path.resolve()
    status = blob.stat()
    key = (str(blob), status.st_size, status.st_mtime_ns)
    if _checked.get(key):
        return True
    if re.fullmatch(r"[0-9a-f]{64}", blob.name):
        digest = hashlib.sha256()
    elif re.fullmatch(r"[0-9a-f]{40}", blob.name):
        digest = hashlib.sha1(b"blob %d\0" % status.st_size, usedforsecurity=False)
    else:
        return True
    with blob.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != blob.name:
        remove(path)
        return False
    _checked.keep(key, True)
    return True


def remove(path: Path) -> None:
    """Delete a file of the cache together with the bytes it points to."""
    blob = path.resolve()
    path.unlink(missing_ok=True)
    blob.unlink(missing_ok=True)


def has_tokenizer(is_there: Callable[[str], bool]) -> bool:
    """Whether the files of a whole tokenizer are among those that are there."""
    return any(all(map(is_there, names)) for names in TOKENIZER_FILES)


def name_as_main(hub_id: str, commit: str) -> None:
    """Note which commit "main" is, so that the next start finds the files without asking."""
    ref = model_folder(hub_id) / "refs" / "main"
    ref.parent.mkdir(parents=True, exist_ok=True)
    if not ref.exists() or ref.read_text(encoding="ascii") != commit:
        ref.write_text(commit, encoding="ascii")
