"""Small random checkpoints of every family, built and loaded once in a test run."""

import atexit
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from explorer.checkpoint import open_checkpoint
from explorer.device import detect_device
from explorer.generation import Decoding
from explorer.model import Seq2SeqModel
from tests import checkpoints

SOURCE = "The small dog sees the old cat."

DECODINGS = (
    Decoding(max_new_tokens=20),
    Decoding(max_new_tokens=20, min_new_tokens=10, repetition_penalty=1.4, no_repeat_ngram_size=2),
    Decoding("beam", num_beams=4, max_new_tokens=20, length_penalty=0.5),
    Decoding(
        "beam",
        num_beams=3,
        max_new_tokens=20,
        min_new_tokens=5,
        repetition_penalty=1.3,
        no_repeat_ngram_size=2,
        early_stopping=True,
    ),
    Decoding("beam", num_beams=2, max_new_tokens=12, length_penalty=-1.0),
    Decoding("sampling", seed=7, max_new_tokens=20),
    Decoding(
        "sampling",
        seed=8,
        temperature=0.7,
        top_k=20,
        top_p=0.9,
        max_new_tokens=20,
        repetition_penalty=1.2,
    ),
    Decoding("sampling", seed=2**32 - 1, top_p=0.5, temperature=1.5, max_new_tokens=20),
)
"""Every strategy, with and without each setting that it takes."""

DECODING_NAMES = [f"{decoding.strategy}{number}" for number, decoding in enumerate(DECODINGS)]


@cache
def folder(family: str) -> Path:
    """A checkpoint whose decoder is deeper than its encoder, or the other way round for BART."""
    depths = (3, 2) if family in ("bart", "marian") else (2, 3)
    return checkpoints.build(family, _all_folders() / family, *depths)


@cache
def _all_folders() -> Path:
    # Kept until the process ends: a tokenizer may read from its folder again.
    place = tempfile.TemporaryDirectory(prefix="explorer-test-")
    atexit.register(place.cleanup)
    return Path(place.name)


@cache
def loaded(family: str) -> Seq2SeqModel:
    return open_checkpoint(str(folder(family)), folder(family), detect_device())


def plain_tokenizer(family: str) -> Any:
    """A tokenizer that this project has never touched."""
    from transformers import AutoTokenizer

    model = loaded(family)
    languages = {"src_lang": model.source_language} if model.source_language else {}
    return AutoTokenizer.from_pretrained(folder(family), **languages)


def plain_settings(model: Seq2SeqModel, decoding: Decoding) -> dict[str, Any]:
    """A decoding as the arguments that a user of transformers would write."""
    settings: dict[str, Any] = {
        "max_new_tokens": decoding.max_new_tokens,
        "min_new_tokens": decoding.min_new_tokens,
        "num_beams": decoding.num_beams,
        "do_sample": decoding.strategy == "sampling",
        "repetition_penalty": decoding.repetition_penalty,
        "no_repeat_ngram_size": decoding.no_repeat_ngram_size,
        "length_penalty": decoding.length_penalty,
        "early_stopping": decoding.early_stopping,
    }
    if decoding.strategy == "sampling":
        settings["temperature"] = decoding.temperature
        settings["top_k"] = decoding.top_k
        settings["top_p"] = decoding.top_p
    if model.target_language is not None:
        code = model.tokenizer.convert_tokens_to_ids(model.target_language)
        settings["forced_bos_token_id"] = code
    return settings
