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

from explorer import (
    ablation,
    attention_maps,
    beam_search,
    generation_check,
    lens,
    model_failures,
    spelling,
)
from explorer.ablation import Ablation, AblationMap
from explorer.attention import STACKS, AttentionMaps, ForcedRow, HeadRef, HeadSteps, Stack
from explorer.beams import AgainstGreedy, BeamTree
from explorer.checks import Check
from explorer.decoding import decode
from explorer.device import Device
from explorer.errors import ExplorerError
from explorer.generation import Decoding, Generation
from explorer.lens import Lens
from explorer.reading import Reader
from explorer.rules import Rules, rules
from explorer.streaming import Stream, whole_characters
from explorer.tokens import Tokens, readable

if TYPE_CHECKING:
    from explorer.attribution import Attribution
    from explorer.catalog import ModelCard, ModelFacts


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
            raise self._damaged()
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
        return generation_check.check_generation(self, text, generation)

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
        self, text: str, target: str | Tokens | None = None, stack: Stack = "cross"
    ) -> Iterator[AblationMap]:
        """What each head of a stack does for a target's log-probability, growing batch by batch.

        Close the iterator to stop. Raises as `attention`, when the first map is asked for.
        """
        return ablation.ablation_map(self, text, target, stack)

    def beam_search(
        self,
        text: str,
        num_beams: int = 4,
        length_penalty: float = 1.0,
        max_new_tokens: int = 64,
        early_stopping: bool = False,
        cancelled: Event | None = None,
        on_step: Callable[[int], None] | None = None,
    ) -> BeamTree:
        """The beam search of `transformers`, with every candidate that it looked at.

        Args:
            text: what the encoder reads.
            num_beams: answers followed at once, 1 to 16; one beam is greedy decoding, a path.
            length_penalty: a score is a log-probability divided by length to this power.
            max_new_tokens: the most pieces of an answer.
            early_stopping: end as soon as `num_beams` answers are finished.
            cancelled: setting it ends the search within one step; what there is then is the result.
            on_step: told how many steps are done, after each of them.

        Raises:
            ExplorerError: an empty text, a setting out of its bounds, more beams than pieces, or a
                length penalty that leaves no score.
        """
        return beam_search.beam_search(
            self,
            text,
            num_beams,
            length_penalty,
            max_new_tokens,
            early_stopping,
            cancelled,
            on_step,
        )

    def against_greedy(self, tree: BeamTree) -> AgainstGreedy:
        """What a search found beside the greedy answer to the same text."""
        return beam_search.against_greedy(self, tree)

    def check_beams(self, tree: BeamTree) -> Check:
        """The scores of all hypotheses beside one pass over each, without search and cache."""
        return beam_search.check_beams(self, tree)

    def lens(self, text: str, target: str | Tokens | None = None, top: int = 5) -> Lens:
        """What each decoder layer would have said at every step, had decoding ended there.

        Args:
            text: what the encoder reads.
            target: what the decoder is made to say, as text or as pieces; None is what the model
                itself says greedily.
            top: how many of the most probable pieces are kept, 1 to 20.

        Raises:
            ExplorerError: an empty text or target, one that is too long, or `top` out of range.
        """
        return lens.lens(self, text, target, top)

    def encoder_lens(self, text: str, target: str | Tokens | None = None, top: int = 5) -> Lens:
        """The same when the whole decoder reads the output of an earlier encoder layer."""
        return lens.encoder_lens(self, text, target, top)

    def check_lens(self, found: Lens) -> Check:
        """The last layer of either lens beside one pass of the whole model."""
        return lens.check_lens(self, found)

    def attribution(
        self,
        text: str,
        target: str | Tokens | None = None,
        step: int = 0,
        layer: int | None = None,
        head: int | None = None,
        absolute: bool = False,
        random_orders: int = 20,
        seed: int = 0,
        max_new_tokens: int | None = None,
        cancelled: Event | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> "Attribution":
        """Which source words made the model say one piece, by three methods that are compared.

        Args:
            text: what the encoder reads.
            target: what the decoder is made to say, as text or as the pieces of an answer; None
                is what the model itself says greedily.
            step: which piece of the target is explained; what is before it is kept.
            layer, head: whose cross-attention; None is the mean over all.
            absolute: rank words by the size of input x gradient, whatever its sign.
            random_orders: how many orders drawn by chance the methods are compared to, 1 to 100.
            seed: of these orders; the same seed draws the same ones.
            max_new_tokens: the limit that the target was decoded with, if it is an answer: the
                last piece of one that was cut off may be forced.
            cancelled: setting it ends the work within one batch of passes.
            progress: called with how many passes are done, and how many there are at most.

        Raises:
            ExplorerError: an empty text or target, a text without words or with too many, no such
                step, layer or head, a piece that is forced, or the work was cancelled.
        """
        from explorer.attribution_methods import attribution

        return attribution(
            self, text, target, step, layer, head, absolute, random_orders, seed, max_new_tokens,
            cancelled, progress,
        )  # fmt: skip

    def check_attribution(self, found: "Attribution") -> Check:
        """Input x gradient beside the slope that a stretched embedding shows."""
        from explorer.attribution_methods import check_attribution

        return check_attribution(self, found)

    def script(self, text: str, decoding: Decoding = Decoding()) -> str:  # noqa: B008 - frozen
        """A short Python program that prints the same answer with plain `transformers`."""
        from explorer.scripts import generation_script

        self._check(text, decoding)
        return generation_script(self, text, decoding)

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
