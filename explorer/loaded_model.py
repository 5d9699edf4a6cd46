"""A model in memory and its tokenizer: the text that goes in, as the model reads it."""

import re
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self

from explorer import model_failures, spelling
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.reading import Reader
from explorer.rules import Rules, rules
from explorer.tokens import Tokens, readable

if TYPE_CHECKING:
    from explorer.catalog import ModelCard, ModelFacts


@dataclass
class LoadedModel:
    """A model in memory with its tokenizer. Safe to use from many threads at once.

    Attributes:
        name: what it was loaded by: a catalogue name, a folder, or a Hub id.
        card: what the catalogue knows about it.
        facts: its sizes, from its configuration.
        device: where its weights are.
        module: the `transformers` model.
        tokenizer: the `transformers` tokenizer; hold `lock` to change anything in it.
        source_language, target_language: language codes, for models that need them.
        folder: where its files are.
    """

    name: str
    card: "ModelCard"
    facts: "ModelFacts"
    device: Device
    module: Any
    tokenizer: Any
    source_language: str | None = None
    target_language: str | None = None
    lock: RLock = field(default_factory=RLock, repr=False, compare=False)
    folder: Path | None = None
    reader: Reader = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = self.module.get_input_embeddings().weight.shape[0]
        self.reader = Reader(self.tokenizer, self.facts.family, self.lock, rows)
        self._follow_languages()

    def _follow_languages(self) -> None:
        """Set what depends on the two languages: the pieces around a text, and the rules."""
        if self.source_language is not None:
            self._language_id(self.source_language)
        self._before, self._after = self.reader.surroundings(self.source_language)
        self.rules: Rules = rules(self.module)
        if self.target_language is not None:
            known = tuple(self.tokenizer.convert_tokens_to_ids(list(self.languages)))
            self.rules = rules(self.module, self._language_id(self.target_language), known)

    @property
    def languages(self) -> tuple[str, ...]:
        """The codes that `for_languages` takes; none for a model with fixed languages."""
        if not hasattr(self.tokenizer, "src_lang"):
            return ()
        codes = re.compile(r"[a-z]{2,3}_[A-Z][A-Za-z]{1,3}")
        return tuple(sorted(filter(codes.fullmatch, self.reader.specials - self.reader.outside)))

    def for_languages(self, source: str, target: str) -> Self:
        """The same model between two other languages; the weights are shared."""
        if not hasattr(self.tokenizer, "src_lang"):
            raise ExplorerError(
                f"{self.name} has fixed languages; choose them with a model such as NLLB or mBART."
            )
        view = copy(self)
        view.source_language, view.target_language = source, target
        view._follow_languages()
        return view

    def _language_id(self, code: str) -> int:
        if code not in self.languages:
            some = ", ".join(self.languages[:5]) or "none: its languages are fixed"
            raise ExplorerError(
                f"{self.name} does not know the language {code!r}; it knows {len(self.languages)} "
                f"codes ({some}, …)."
            )
        return int(self.tokenizer.convert_tokens_to_ids(code))

    def tokenize(self, text: str) -> Tokens:
        """The pieces that the encoder reads; an empty text gives only the special ones."""
        return self.reader.read(text, self._before, self._after, self.facts.max_source_tokens)

    def tokenize_target(self, text: str) -> Tokens:
        """The pieces that the decoder should predict to say a text, end token included."""
        first = self.rules.forced_first
        before: tuple[int, ...] = () if first is None else (first,)
        if not before and self.facts.family == "bart":  # trained to say its start token
            before = self._before
        limit = self.facts.max_target_tokens
        return self.reader.read(text, before, self.rules.end[:1], limit, target=True)

    def piece_scores(self, ids: Sequence[int]) -> tuple[float | None, ...] | None:
        """Each piece's score in the SentencePiece vocabulary; None where there is no such thing."""
        file = self._sentencepiece_file()
        return None if file is None else spelling.scores_of(file, self.reader.pieces(list(ids)))

    def splits(self, word: str, count: int = 5) -> tuple[spelling.SplitCandidate, ...]:
        """The best ways to spell a word with this vocabulary, the tokenizer's own first."""
        file = self._sentencepiece_file()
        if file is None:
            why = (
                "spells words in bytes and has no scores for its pieces"
                if self.reader.byte_level
                else "came without the file that holds the scores of its pieces"
            )
            raise ExplorerError(
                f"{self.name} {why}; choose a model with a SentencePiece vocabulary, such as a T5."
            )
        return spelling.splits(file, readable(word), count)

    def _sentencepiece_file(self) -> Path | None:
        if self.reader.byte_level:
            return None
        folder = self.folder or Path(self.card.folder or str(self.tokenizer.name_or_path))
        return spelling.sentencepiece_file(folder)

    def _check_text(self, text: str) -> None:
        if not text.strip():
            raise ExplorerError("The text is empty; type something for the model to read.")

    def _check(self, text: str, decoding: Decoding) -> None:
        self._check_text(text)
        limit = self.facts.max_target_tokens
        if limit is not None and decoding.max_new_tokens > limit:
            raise ExplorerError(
                f"max_new_tokens is {decoding.max_new_tokens}, and {self.name} can write at most "
                f"{limit} pieces; lower it."
            )

    def _damaged(self) -> ExplorerError:
        return ExplorerError(
            f"{self.name} computed values that are not numbers; its weights are damaged or "
            "overflow on this device. Load another model."
        )

    def _computing(self, work: Callable[[], Any]) -> Any:
        """Run the model; what goes wrong inside becomes one sentence for the person."""
        try:
            return work()
        except (RuntimeError, ValueError, IndexError, MemoryError) as error:
            raise ExplorerError(model_failures.sentence(self.name, self.device, error)) from error
