"""Models from the Hub: only the files that are needed, checked byte for byte, then kept on disk.

A model that is complete on this computer is used without any request. Whatever goes wrong ends
in one plain sentence, and nothing that was cut short or damaged is used later.
"""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from explorer import hub_cache, hub_client
from explorer.catalog import read_configuration
from explorer.checkpoint_tokenizer import tokenizer_class
from explorer.errors import ExplorerError
from explorer.families import read_shape
from explorer.hub_cache import (
    SMALL_FILES,
    cache_folder,
    cached_folder,
    has_tokenizer,
    is_sound,
    model_folder,
    name_as_main,
    remove,
)
from explorer.hub_failures import plain_failures
from explorer.sizes import bytes_text
from explorer.small_files import MAX_SMALL_FILE_BYTES
from explorer.weights import (
    INDEX_SUFFIX,
    PICKLED_WEIGHTS,
    SAFE_WEIGHTS,
    most_weight_bytes,
    shard_names,
)

HUB_ID = re.compile(r"(?:[A-Za-z0-9][\w.-]{0,95}/)?[A-Za-z0-9][\w.-]{0,95}", re.ASCII)

SPARE_BYTES = 50_000_000
"""Left free on the disk after a download."""


OnBytes = Callable[[int, int, str], None]
"""Called with the bytes that are here, the bytes of all files, and a sentence.

The thread that fetches calls it for every chunk; what it raises ends the download.
"""


@dataclass(frozen=True)
class Listing:
    """What the Hub says a model has: the commit, and the size of each file."""

    commit: str
    sizes: dict[str, int]


def is_id(name: str) -> bool:
    """Whether a name can be the id of a model, by its spelling alone; asks nobody."""
    return bool(HUB_ID.fullmatch(name)) and "--" not in name and ".." not in name


def check_id(hub_id: str) -> None:
    """Refuse, before any request, what cannot be the id of a model."""
    if not is_id(hub_id):
        shown = hub_id if len(hub_id) <= 60 else hub_id[:60] + "…"
        raise ExplorerError(
            f"“{shown}” is neither a model of the catalogue, nor a folder on this computer, nor an "
            "id on the Hub, which looks like google/flan-t5-small: check the spelling."
        )


def on_disk(hub_id: str) -> Path | None:
    """The folder of a model that is complete and undamaged on this computer; asks nobody."""
    check_id(hub_id)
    return cached_folder(hub_id)


def is_named(hub_id: str) -> bool:
    """Whether a model seems to be on this computer; `on_disk` looks whether it is whole."""
    check_id(hub_id)
    return hub_cache.is_named(hub_id)


def fetch_configuration(hub_id: str, on_bytes: OnBytes | None = None) -> dict[str, object]:
    """The configuration of a model; fetches that one small file where it is not here yet."""
    folder = on_disk(hub_id)
    if folder is None:
        with plain_failures(hub_id):
            if on_bytes is not None:
                on_bytes(0, 0, f"Asking the Hub for {hub_id}.")
            listing = _look_up(hub_id)
            folder = _fetch(hub_id, listing, "config.json", lambda count: None).parent
    return read_configuration(folder)


def fetch_model(hub_id: str, on_bytes: OnBytes) -> Path:
    """The folder with every file of a model; fetches those that are not here yet.

    Args:
        hub_id: such as "google/flan-t5-small".
        on_bytes: see `OnBytes`.
    """
    folder = on_disk(hub_id)
    if folder is not None:
        return folder
    with plain_failures(hub_id):
        return _fetch_all(hub_id, on_bytes)


def _fetch_all(hub_id: str, on_bytes: OnBytes) -> Path:
    listing = _look_up(hub_id)
    small = [name for name in SMALL_FILES if name in listing.sizes]
    done = 0

    def move(count: int) -> None:
        nonlocal done
        done += count
        on_bytes(min(max(done, 0), total), total, f"Downloading {hub_id}.")

    _check_tokenizer(hub_id, listing)
    weights = _choose_weights(hub_id, listing)
    weight_bytes = sum(listing.sizes[name] for name in weights)
    total = weight_bytes + sum(listing.sizes[name] for name in small)
    folder = cache_folder()
    for name in small:
        folder = _fetch(hub_id, listing, name, move).parent
    # Also a tokenizer that cannot be read is refused before the weights come.
    tokenizer_class(read_shape(read_configuration(folder)).family, folder)
    _check_weights(hub_id, folder, weight_bytes)
    _check_space(hub_id, listing, folder, weights)
    # The weights come last: where they are, everything else is.
    for name in weights:
        _fetch(hub_id, listing, name, move)
    on_bytes(total, total, f"{hub_id} is complete.")
    return folder


def _look_up(hub_id: str) -> Listing:
    info = hub_client.api().model_info(
        hub_id, files_metadata=True, timeout=hub_client.REQUEST_SECONDS
    )
    sizes = {file.rfilename: int(file.size or 0) for file in info.siblings or []}
    if "config.json" not in sizes:
        raise ExplorerError(
            f"{hub_id} has no config.json, so it is no model that the explorer can show: use "
            "another model."
        )
    for name in SMALL_FILES:
        _check_small(hub_id, name, sizes.get(name, 0))
    return Listing(str(info.sha), sizes)


def _choose_weights(hub_id: str, listing: Listing) -> list[str]:
    """The weights to fetch: safetensors if there are any, else pickles, never both."""
    for name in (SAFE_WEIGHTS, PICKLED_WEIGHTS):
        if name in listing.sizes:
            return [name]
        index = f"{name}{INDEX_SUFFIX}"
        if index in listing.sizes:
            _check_small(hub_id, index, listing.sizes[index])
            shards = shard_names(_fetch(hub_id, listing, index, lambda count: None))
            missing = [shard for shard in shards if shard not in listing.sizes]
            if missing:
                raise ExplorerError(
                    f"{hub_id} is not complete on the Hub: {missing[0]} is missing. Use another "
                    "model."
                )
            return shards
    raise ExplorerError(
        f"{hub_id} has no weights that the explorer reads: it needs {SAFE_WEIGHTS} or "
        f"{PICKLED_WEIGHTS}. Use another model."
    )


def _fetch(hub_id: str, listing: Listing, name: str, move: Callable[[int], None]) -> Path:
    """Fetch one file unless it is here, and check its bytes."""
    path = model_folder(hub_id) / "snapshots" / listing.commit / name
    if path.is_file() and is_sound(path):
        name_as_main(hub_id, listing.commit)
        move(listing.sizes[name])
        return path
    path = hub_client.download(hub_id, name, listing.commit, move)
    if path.stat().st_size != listing.sizes[name] or not is_sound(path):
        remove(path)
        raise ExplorerError(
            f"{name} of {hub_id} arrived damaged and was thrown away: try again, and if it "
            "happens again, use another network: this one changes what it carries."
        )
    name_as_main(hub_id, listing.commit)
    return path


def _check_small(hub_id: str, name: str, size: int) -> None:
    if size > MAX_SMALL_FILE_BYTES:
        raise ExplorerError(
            f"{name} of {hub_id} has {bytes_text(size)}, more than the "
            f"{bytes_text(MAX_SMALL_FILE_BYTES)} that such a file can have: use another model."
        )


def _check_tokenizer(hub_id: str, listing: Listing) -> None:
    if not has_tokenizer(listing.sizes.__contains__):
        raise ExplorerError(
            f"{hub_id} has no tokenizer that the explorer reads: it needs tokenizer.json, or the "
            "vocabulary files of its family. Use another model."
        )


def _check_weights(hub_id: str, folder: Path, size: int) -> None:
    most = most_weight_bytes(read_configuration(folder))
    if size > most:
        raise ExplorerError(
            f"The weights of {hub_id} have {bytes_text(size)}, and its configuration explains "
            f"{bytes_text(most)} at most: its files do not belong together. Use another model."
        )


def _check_space(hub_id: str, listing: Listing, folder: Path, weights: list[str]) -> None:
    needed = sum(listing.sizes[name] for name in weights if not (folder / name).exists())
    free = shutil.disk_usage(folder).free
    if needed and needed + SPARE_BYTES > free:
        raise ExplorerError(
            f"{hub_id} needs {bytes_text(needed)} on the disk and {bytes_text(free)} are "
            f"free (of these {bytes_text(SPARE_BYTES)} stay free): make room, or set "
            "HF_HUB_CACHE to a folder on another disk."
        )
