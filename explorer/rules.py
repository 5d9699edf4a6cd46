"""What a model needs to decode at all: the ids that its checkpoint names, and nothing else of it.

A checkpoint may bring along settings that change its answers (bart-large-cnn: four beams, at
least 56 pieces, no three pieces twice). They are left where they are: what nobody asked for does
not join in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.catalog import read_configuration
from explorer.errors import ExplorerError
from explorer.families import read_shape

SETTINGS_FILE = "generation_config.json"

ONE_ID = ("bos_token_id", "pad_token_id", "decoder_start_token_id", "forced_bos_token_id")
ONE_OR_MORE_IDS = ("eos_token_id", "forced_eos_token_id")
BAD_WORDS = "bad_words_ids"
NEEDED = (*ONE_ID, *ONE_OR_MORE_IDS, BAD_WORDS)
"""Of all settings of transformers' `GenerationConfig`, those that are read."""

CONFIGURED = ("bos_token_id", "pad_token_id", "decoder_start_token_id", "eos_token_id")
"""Those that no model can do without, and that a config.json may hold alone."""

MAX_BAD_WORDS = 1_000
"""Sequences that are never said; each of them costs time at every step. Marian has one."""

MAX_BAD_PIECES = 100
"""Pieces of such a sequence; each of them is compared at every step."""


@dataclass(frozen=True)
class Rules:
    """What a model needs to decode at all, whatever the person chose.

    Attributes:
        start: the piece the decoder reads first; it is not part of the answer.
        end: the pieces that end an answer.
        padding: the piece that stands for nothing.
        forced_first: the piece every answer begins with (BART's start, a language), if any.
        forced_last: the pieces of which one ends an answer at the length limit, if any.
        bad_words: sequences that are never said (Marian's padding).
    """

    start: int
    end: tuple[int, ...]
    padding: int
    forced_first: int | None = None
    forced_last: tuple[int, ...] = ()
    bad_words: tuple[tuple[int, ...], ...] = ()

    def forced(self, ids: tuple[int, ...], max_new_tokens: int | None) -> list[bool]:
        """Which pieces of an answer the model had no choice in."""
        forced = [False] * len(ids)
        if ids and self.forced_first is not None:
            forced[0] = True
        if ids and self.forced_last and len(ids) == max_new_tokens:
            forced[-1] = True
        return forced


def read_settings(folder: Path, configuration: Mapping[str, object]) -> dict[str, Any]:
    """The settings that decoding needs, from the same file from which transformers takes them.

    Raises:
        ExplorerError: one of them is not an id, or not a list of ids where a list belongs.
    """
    own_file = (folder / SETTINGS_FILE).is_file()
    found = read_configuration(folder, SETTINGS_FILE) if own_file else dict(configuration)
    first = found.get("bos_token_id")
    if not own_file and found.get("force_bos_token_to_be_generated") and first is not None:
        found["forced_bos_token_id"] = first  # the first BARTs; as in transformers, it goes first
    for source in (configuration, found):
        for name in NEEDED:
            _check_form(name, source.get(name))
    # Checked here already, because no embedding can be built around another one.
    _check_range(
        "pad_token_id", configuration.get("pad_token_id"), read_shape(configuration).vocabulary_size
    )
    for name in CONFIGURED:
        if found.get(name) is None:
            found[name] = configuration.get(name)
    return {name: found[name] for name in NEEDED if found.get(name) is not None}


def _check_form(name: str, value: Any) -> None:
    if value is None:
        return
    wanted = "the number of a piece"
    if name == BAD_WORDS:
        listed = isinstance(value, list) and len(value) <= MAX_BAD_WORDS
        right = listed and all(
            isinstance(words, list) and 0 < len(words) <= MAX_BAD_PIECES for words in value
        )
        right = right and all(_is_id(number) for words in value for number in words)
        wanted = f"a list of at most {MAX_BAD_WORDS:,} lists of 1 to {MAX_BAD_PIECES} whole numbers"
    elif name in ONE_OR_MORE_IDS and isinstance(value, list):
        right = all(map(_is_id, value))
    else:
        right = _is_id(value)
    if not right:
        raise ExplorerError(
            f"This checkpoint cannot be loaded: {name} in its configuration is "
            f"“{str(value)[:40]}”, and {wanted} is needed. Use another checkpoint."
        )


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def rules(module: Any, language: int | None = None, languages: tuple[int, ...] = ()) -> Rules:
    """The rules of a loaded model.

    Args:
        module: the `transformers` model.
        language: the id of the language it must answer in. Most models are forced to say it
            first; the first mBART reads it as its start token instead.
        languages: the ids of all languages the model knows, to tell the two apart.

    Raises:
        ExplorerError: a rule names a piece that the model has no embedding for.
    """
    settings, config = module.generation_config, module.config

    def fact(name: str) -> Any:
        value = getattr(settings, name, None)
        return getattr(config, name, None) if value is None else value

    end = _listed(fact("eos_token_id"))
    padding = fact("pad_token_id")
    start = fact("decoder_start_token_id")
    if start is None:
        start = fact("bos_token_id")
    # No model needs to be forced: here the defaults of transformers' configurations don't count.
    first = settings.forced_bos_token_id
    if language is not None and start in languages:
        start, first = language, None
    elif language is not None:
        first = language
    if start is None:
        raise ExplorerError(
            "This checkpoint cannot be loaded: it does not say which piece the decoder starts "
            "with (decoder_start_token_id). Use another checkpoint."
        )
    found = Rules(
        start=start,
        end=end,
        padding=padding if padding is not None else (end[0] if end else 0),
        forced_first=first,
        forced_last=_listed(settings.forced_eos_token_id),
        bad_words=tuple(tuple(words) for words in settings.bad_words_ids or ()),
    )
    rows = module.get_input_embeddings().weight.shape[0]
    _check_range("decoder_start_token_id", found.start, rows)
    _check_range("eos_token_id", found.end, rows)
    _check_range("pad_token_id", found.padding, rows)
    _check_range("forced_bos_token_id", found.forced_first, rows)
    _check_range("forced_eos_token_id", found.forced_last, rows)
    for words in found.bad_words:
        _check_range(BAD_WORDS, words, rows)
    return found


def _listed(value: int | Iterable[int] | None) -> tuple[int, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, int) else tuple(value)


def _check_range(name: str, ids: Any, rows: int) -> None:
    """Refuse a piece without an embedding: reading it fails, on a CUDA card for good."""
    for number in _listed(ids):
        if not 0 <= number < rows:
            raise ExplorerError(
                f"This checkpoint cannot be loaded: {name} names the piece {number:,}, and its "
                f"vocabulary has the pieces 0 to {rows - 1:,} only. Use another checkpoint."
            )
