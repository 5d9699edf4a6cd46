"""What is asked of a model, in plain values: the key by which its answer is remembered."""

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from explorer.dashboard import allowance
from explorer.generation import Decoding

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

_lock = threading.Lock()
# By the transformers model, which all languages of one model share.
_files: "WeakKeyDictionary[Any, str]" = WeakKeyDictionary()


@dataclass(frozen=True)
class Request:
    """Everything that decides an answer.

    Attributes:
        model: its name.
        files: the fingerprint of its files: other weights under the same name answer anew.
        device: where it computes.
    """

    model: str
    files: str
    device: str
    source_language: str | None
    target_language: str | None
    text: str
    decoding: Decoding


def request_of(model: "Seq2SeqModel", text: str, decoding: Decoding) -> Request:
    """What is asked of a model, as a key.

    Raises:
        ExplorerError: the visitor may not ask for so much. A key without a text asks for nothing.
    """
    if text:
        allowance.of_visitor(model).check(text, decoding)
    return Request(
        model=model.name,
        files=loaded_files(model),
        device=f"{model.device.kind} {model.device.name}",
        source_language=model.source_language,
        target_language=model.target_language,
        text=text,
        decoding=decoding,
    )


def fingerprint(folder: Path | None) -> str:
    """A short text that changes with the name, size or time of any file of a folder."""
    files = []
    try:
        for path in sorted(folder.iterdir()) if folder else ():
            if path.is_file():
                about = path.stat()
                files.append((path.name, about.st_size, about.st_mtime_ns))
    except OSError:
        # Gone, or being replaced: not what was loaded.
        return "unreadable"
    return hashlib.sha256(repr(files).encode(errors="replace")).hexdigest()


def loaded_files(model: "Seq2SeqModel") -> str:
    """The fingerprint of a model's files as they were when this server first used the model."""
    with _lock:
        if model.module not in _files:
            _files[model.module] = fingerprint(model.folder)
        return _files[model.module]
