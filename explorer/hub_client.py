"""The Hub's own client, set up so that a download can be watched, stopped and does not hang."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.hub_cache import cache_folder

if TYPE_CHECKING:
    from huggingface_hub import HfApi

REQUEST_SECONDS = 10.0
"""How long the Hub may take to say what it has."""

CHUNK_BYTES = 512 * 1024
"""Bytes between two moments at which a download can be ended: seconds on a bad line."""


def api() -> "HfApi":
    """What the Hub answers about a model, at the address that HF_ENDPOINT names."""
    from huggingface_hub import HfApi

    return HfApi(endpoint=_endpoint())


def download(hub_id: str, name: str, commit: str, on_count: Callable[[int], None]) -> Path:
    """Fetch one file into the cache; nothing of it stays there unless all of it came.

    Args:
        hub_id: such as "google/flan-t5-small".
        name: of the file.
        commit: which version.
        on_count: called in this thread with the bytes that came since its last call; what it
            raises ends the download.
    """
    from huggingface_hub import constants, hf_hub_download

    # The client's own chunks, of 10 MB, take minutes on a bad line.
    constants.DOWNLOAD_CHUNK_SIZE = CHUNK_BYTES
    # The chunked transfer runs in threads that an exception of ours would not reach.
    constants.HF_HUB_DISABLE_XET = True
    return Path(
        hf_hub_download(
            hub_id,
            name,
            revision=commit,
            cache_dir=cache_folder(),
            endpoint=_endpoint(),
            etag_timeout=REQUEST_SECONDS,
            tqdm_class=_bar(on_count),
        )
    )


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or None


def _bar(on_count: Callable[[int], None]) -> Any:
    """A class with the part of tqdm's interface that the client calls."""

    class Bar:
        def __init__(self, *_: object, **__: object) -> None: ...

        def __enter__(self) -> "Bar":
            return self

        def __exit__(self, *_: object) -> None: ...

        def update(self, count: float | None = 1) -> None:
            on_count(int(count or 0))

    return Bar
