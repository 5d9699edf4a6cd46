"""A loaded model: text in, answer out."""

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, RLock
from typing import TYPE_CHECKING, Any

import torch

from explorer import ablation, attention_maps, spelling
from explorer.ablation import Ablation, AblationMap
from explorer.attention import STACKS, AttentionMaps, ForcedRow, HeadRef, HeadSteps, Stack
from explorer.checks import Check
from explorer.decoding import decode
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation
from explorer.reading import Reader
from explorer.rules import Rules, rules
from explorer.streaming import Stream, whole_characters
from explorer.tokens import Tokens, readable

if TYPE_CHECKING:
    from explorer.catalog import ModelCard, ModelFacts

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
"""How far log-probabilities may differ between decoding with and without the cache."""

COARSE_TOLERANCE = 0.5
"""The same for the 16-bit formats, which keep three digits at most."""

USUAL_SCORE = 20.0
"""Scores up to this size are usual; rounding, and with it the tolerance, grows with larger ones."""

NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""What torch says when memory is short and the error is not of a class of its own."""


@dataclass
class Seq2SeqModel:
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

    def for_languages(self, source: str, target: str) -> "Seq2SeqModel":
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

    def generate(
        self,
        text: str,
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
        cancelled: Event | None = None,
    ) -> Generation:
        """The model's answer. Setting `cancelled` ends it within one piece."""
        return self._generate(text, decoding, cancelled, None)

    def stream(self, text: str, decoding: Decoding = Decoding()) -> Stream:  # noqa: B008 - frozen
        """The same answer while it grows; beam search, whose best may change, gives it whole."""
        self._check(text, decoding)

        def work(cancelled: Event, show: Callable[[str], None]) -> Generation:
            return self._generate(text, decoding, cancelled, show)

        return Stream(work)

    def _check(self, text: str, decoding: Decoding) -> None:
        if not text.strip():
            raise ExplorerError("The text is empty; type something for the model to read.")
        limit = self.facts.max_target_tokens
        if limit is not None and decoding.max_new_tokens > limit:
            raise ExplorerError(
                f"max_new_tokens is {decoding.max_new_tokens}, and {self.name} can write at most "
                f"{limit} pieces; lower it."
            )

    def _generate(
        self,
        text: str,
        decoding: Decoding,
        cancelled: Event | None,
        show: Callable[[str], None] | None,
    ) -> Generation:
        self._check(text, decoding)
        source = self.tokenize(text)
        on_piece = None
        if show is not None:

            def on_piece(ids: list[int]) -> None:
                show(whole_characters(self.reader.decode(ids)))

        begin = time.perf_counter()
        decoded, stopped = self._computing(
            lambda: decode(self.module, source.ids, decoding, self.rules, cancelled, on_piece)
        )
        seconds = time.perf_counter() - begin
        if any(math.isnan(value) for value in decoded.log_probabilities):
            raise ExplorerError(
                f"{self.name} computed values that are not numbers; its weights are damaged or "
                "overflow on this device. Load another model."
            )
        forced = self.rules.forced(decoded.ids, decoding.max_new_tokens)
        ended = decoded.ids[-1] in self.rules.end and not forced[-1]
        return Generation(
            text=self.reader.decode(decoded.ids),
            tokens=self.reader.written(decoded.ids),
            sequence_score=decoded.score,
            token_log_probabilities=decoded.log_probabilities,
            seconds=seconds,
            tokens_per_second=len(decoded.ids) / seconds,
            stop_reason="stopped" if stopped else "end token" if ended else "length limit",
            source=source,
            decoding=decoding,
        )

    def check_generation(self, text: str, generation: Generation) -> Check:
        """The answer's log-probabilities beside one pass over all its pieces, without the cache."""
        source, ids = generation.source, generation.tokens.ids
        if source.text != readable(text):
            raise ExplorerError("The answer belongs to another text; generate it again.")

        def forward() -> tuple[list[float], float]:
            device = self.module.device
            with torch.inference_mode():
                logits = (
                    self.module(
                        input_ids=torch.tensor([source.ids], device=device),
                        attention_mask=torch.ones(
                            1, len(source.ids), dtype=torch.long, device=device
                        ),
                        decoder_input_ids=torch.tensor(
                            [(self.rules.start, *ids[:-1])], device=device
                        ),
                        use_cache=False,
                    )
                    .logits[0]
                    .float()
                )  # (target, vocabulary)
                chosen = torch.tensor(ids, device=logits.device)[:, None]
                own = logits.log_softmax(-1).gather(1, chosen)[:, 0]
            return own.tolist(), logits.abs().max().item()

        own, largest = self._computing(forward)
        forced = self.rules.forced(ids, generation.decoding.max_new_tokens)
        own = [0.0 if fixed else value for value, fixed in zip(own, forced, strict=True)]
        pairs = zip(own, generation.token_log_probabilities, strict=True)
        differences = [abs(ours - theirs) for ours, theirs in pairs]
        tolerance = TOLERANCE.get(self.module.dtype, COARSE_TOLERANCE)
        return Check(
            what="log-probability of each piece: decoded one by one with the cache, "
            "and in one pass over the finished answer without it",
            # `max` would pass over a value that is not a number.
            difference=math.nan if any(map(math.isnan, differences)) else max(differences),
            tolerance=tolerance * max(1.0, largest / USUAL_SCORE),
        )

    def attention(
        self,
        text: str,
        target: str | Tokens | None = None,
        ablate: Sequence[HeadRef] = (),
        force: Sequence[ForcedRow] = (),
        stacks: Iterable[Stack] = STACKS,
    ) -> AttentionMaps:
        """All attention weights while the model reads a text and says a target.

        Args:
            text: what the encoder reads.
            target: what the decoder is made to say, as text or as the pieces of an answer; None
                is what the model itself says greedily, with the same heads off.
            ablate: heads whose output is zero.
            force: rows of weights set by hand; the target must be given.
            stacks: those whose weights are wanted.

        Raises:
            ExplorerError: an empty text or target, one that is too long, or no such head or row.
        """
        return attention_maps.attention(self, text, target, ablate, force, stacks)

    def head_steps(
        self, text: str, target: str | Tokens | None, stack: Stack, layer: int, head: int
    ) -> HeadSteps:
        """Queries, keys, values, scores, weights and output of one head; raises as `attention`."""
        return attention_maps.head_steps(self, text, target, stack, layer, head)

    def check_attention(self, maps: AttentionMaps) -> Check:
        """The maps beside the textbook's formula on the model's queries and keys, in float64."""
        return attention_maps.check_attention(self, maps)

    def ablation(
        self,
        text: str,
        heads: Sequence[HeadRef],
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
    ) -> Ablation:
        """The answer with heads off beside the answer with all; raises as `attention`."""
        return ablation.ablation(self, text, heads, decoding)

    def ablation_map(
        self,
        text: str,
        target: str | Tokens | None = None,
        stack: Stack = "cross",
        max_new_tokens: int | None = None,
    ) -> Iterator[AblationMap]:
        """What each head of a stack does for a target's log-probability, growing batch by batch.

        Close the iterator to stop. Raises as `attention`, when the first map is asked for.

        Args:
            text: what the encoder reads.
            target: as in `attention`.
            stack: whose heads.
            max_new_tokens: the limit under which the target was written, if it is an answer: some
                models are forced to end there, and what is forced has probability 1.
        """
        return ablation.ablation_map(self, text, target, stack, max_new_tokens=max_new_tokens)

    def check_ablation(self, found: Ablation) -> Check:
        """The change of an ablation beside plain `transformers` without those heads' output."""
        from explorer.ablation_check import check_ablation

        return check_ablation(self, found)

    def script(self, text: str, decoding: Decoding = Decoding()) -> str:  # noqa: B008 - frozen
        """A short Python program that prints the same answer with plain `transformers`."""
        from explorer.scripts import generation_script

        self._check(text, decoding)
        return generation_script(self, text, decoding)

    def _computing(self, work: Callable[[], Any]) -> Any:
        """Run the model; what goes wrong inside becomes one sentence for the person."""
        try:
            return work()
        except (RuntimeError, ValueError, IndexError, MemoryError) as error:
            short = isinstance(error, (torch.OutOfMemoryError, MemoryError))
            if short or any(words in str(error) for words in NO_MEMORY):
                raise ExplorerError(
                    f"There is not enough memory on {self.device.name} for this text; shorten it, "
                    "use fewer beams, or choose a smaller model."
                ) from error
            raise ExplorerError(
                f"{self.name} failed while it computed an answer to this text; "
                "change the text or the decoding, or load another model."
            ) from error
