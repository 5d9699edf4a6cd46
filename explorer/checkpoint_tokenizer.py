"""The tokenizer in a checkpoint's folder: which class reads it, and what it says of its model."""

import json
import logging
import re
import warnings
from pathlib import Path
from typing import Any

from explorer.errors import ExplorerError
from explorer.families import Family
from explorer.memory_shortage import is_shortage
from explorer.small_files import folder_label, read_small

MAX_TEXT_LENGTH = 1_000_000
"""Tokenizers without a limit say so with a number far above this one."""

logger = logging.getLogger(__name__)


def tokenizer_class(family: Family, folder: Path) -> str:
    """The tokenizer's class in transformers; raises ExplorerError for the one of M2M100."""
    try:
        settings = json.loads(read_small(folder / "tokenizer_config.json"))
        asked = str(settings.get("tokenizer_class") or "").removesuffix("Fast")
    except (OSError, ValueError, AttributeError, RecursionError):
        asked = ""
    # M2M100 computes as NLLB does and keeps its pieces in another file. Its tokenizer writes
    # languages as `__de__` and does not say where in the text its pieces stand.
    unnamed = not asked and family.name == "nllb" and not (folder / "tokenizer.json").exists()
    if asked == "M2M100Tokenizer" or (unnamed and (folder / "vocab.json").exists()):
        raise ExplorerError(
            f"“{folder_label(folder)}” comes with the tokenizer of M2M100, which the explorer "
            "does not read: choose an NLLB or mBART-50 model to translate between many languages."
        )
    return asked if asked in family.tokenizer_classes else family.tokenizer_classes[0]


def open_tokenizer(name_of_class: str, folder: Path) -> Any:
    """The tokenizer in a folder; raises ExplorerError where its files are damaged."""
    import transformers

    # Marian's tokenizer advises everybody who loads it to install a package that would only
    # tidy punctuation. A filter for good: lifting it again would not be safe between threads.
    warnings.filterwarnings(
        "ignore",
        re.escape("Recommended: pip install sacremoses.") + r"\Z",
        UserWarning,
        re.escape("transformers.models.marian.tokenization_marian") + r"\Z",
    )
    try:
        return getattr(transformers, name_of_class).from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    except Exception as error:
        if is_shortage(error):
            raise
        label = folder_label(folder)
        logger.warning("loading the tokenizer of %s failed", folder, exc_info=True)
        raise ExplorerError(
            f"The tokenizer in “{label}” cannot be loaded ({type(error).__name__}): its "
            "files are missing or damaged. Fetch the model again."
        ) from error


def source_limit(tokenizer: Any, own: int) -> int:
    """How many pieces the model reads: what its tokenizer says, if that is less than its own."""
    limit = tokenizer.model_max_length
    number = isinstance(limit, (int, float)) and not isinstance(limit, bool)
    if number and limit > MAX_TEXT_LENGTH:
        return own
    if not number or not limit >= 1 or limit != int(limit):  # a NaN is not at least 1
        raise ExplorerError(
            f"This checkpoint cannot be loaded: model_max_length in its tokenizer_config.json is "
            f"“{str(limit)[:40]}”, and a whole number from 1 is needed. Use another checkpoint."
        )
    return min(own, int(limit))
