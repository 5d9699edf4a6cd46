"""A loaded model: text in; an answer, attention, steps, beams and reasons out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING

from explorer import (
    ablation,
    attention_maps,
    beam_search,
    brancher,
    generation_check,
    lens,
    timeline,
)
from explorer.ablation import Ablation, AblationMap
from explorer.answer import answer
from explorer.attention import STACKS, AttentionMaps, ForcedRow, HeadRef, HeadSteps, Stack
from explorer.beams import AgainstGreedy, BeamTree
from explorer.brancher import Brancher
from explorer.checks import Check
from explorer.generation import Decoding, Generation
from explorer.lens import Lens
from explorer.loaded_model import LoadedModel
from explorer.streaming import Stream
from explorer.timeline import DEFAULT_ALTERNATIVES, Progress, Timeline
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.attribution import Attribution


class Seq2SeqModel(LoadedModel):
    """A loaded model and everything that can be asked of it; see `LoadedModel` for its parts."""

    def generate(
        self,
        text: str,
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
        cancelled: Event | None = None,
    ) -> Generation:
        """The model's answer. Setting `cancelled` ends it within one piece."""
        return answer(self, text, decoding, cancelled, None)

    def stream(
        self,
        text: str,
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
    ) -> Stream[Generation]:
        """The same answer while it grows; beam search, whose best may change, gives it whole."""
        self._check(text, decoding)

        def work(cancelled: Event, show: Callable[[str], None]) -> Generation:
            return answer(self, text, decoding, cancelled, show)

        return Stream(work)

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
        target: str | Tokens | None = None,
        before: Generation | None = None,
        cancelled: Event | None = None,
    ) -> Ablation:
        """The answer with heads off beside the answer with all; raises as `attention`.

        Args:
            text: what the encoder reads.
            heads: those that are switched off together.
            decoding: how both answers are decoded.
            target: whose log-probability is followed; None for the answer with all heads.
            before: the answer with all heads, where it is known.
            cancelled: setting it ends both answers within one piece.
        """
        return ablation.ablation(self, text, heads, decoding, target, before, cancelled)

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

    def lens(
        self,
        text: str,
        target: str | Tokens | None = None,
        top: int = 5,
        max_new_tokens: int | None = None,
        cancelled: Event | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Lens:
        """What each decoder layer would have said at every step, had decoding ended there.

        Args:
            text: what the encoder reads.
            target: what the decoder is made to say, as text or as pieces; None is what the model
                itself says greedily.
            top: how many of the most probable pieces are kept, 1 to 20.
            max_new_tokens: the limit that the target was decoded with, if it is an answer: the
                last piece of one that was cut off may be forced.
            cancelled: setting it ends the work before the next pass.
            progress: called with how many passes are done, and how many there are.

        Raises:
            ExplorerError: an empty text or target, one that is too long, `top` out of range, or
                the work was cancelled.
        """
        return lens.lens("decoder", self, text, target, top, max_new_tokens, cancelled, progress)

    def encoder_lens(
        self,
        text: str,
        target: str | Tokens | None = None,
        top: int = 5,
        max_new_tokens: int | None = None,
        cancelled: Event | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Lens:
        """The same when the whole decoder reads the output of an earlier encoder layer."""
        return lens.lens("encoder", self, text, target, top, max_new_tokens, cancelled, progress)

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
        """All three methods and their curves beside plain `transformers`, without the cache."""
        from explorer.attribution_check import check_attribution

        return check_attribution(self, found)

    def timeline(
        self,
        text: str,
        alternatives: int = DEFAULT_ALTERNATIVES,
        forced: str | Sequence[int] = (),
        max_new_tokens: int | None = None,
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
        cancelled: Event | None = None,
        on_step: Progress | None = None,
    ) -> Timeline:
        """The answer step by step: each piece, what else it could have been, where it looked.

        Args:
            text: what the encoder reads.
            alternatives: how many of the most probable pieces to show at each step, from 0.
            forced: what the decoder must begin with, as piece numbers or as text; a text gets
                what the model's rules put first in front, and the name of a special piece in it
                (`</s>`) is that piece.
            max_new_tokens: the most pieces; None is what `decoding` says, which is 64 by default.
            decoding: greedy or sampling, with the same pieces as `generate`.
            cancelled: once set, the answer ends within one piece.
            on_step: is told after every step how many pieces there are, and the text so far.

        Raises:
            ExplorerError: an empty text, beam search, a number out of its bounds, or a prefix
                that the model cannot begin with.
        """
        return timeline.timeline(
            self, text, alternatives, forced, max_new_tokens, decoding, cancelled, on_step
        )

    def check_timeline(self, found: Timeline) -> Check:
        """Every number of the steps beside one pass over all pieces, without the cache."""
        return timeline.check_timeline(self, found)

    def branches(
        self,
        text: str,
        alternatives: int = DEFAULT_ALTERNATIVES,
        forced: str | Sequence[int] = (),
        max_new_tokens: int | None = None,
        decoding: Decoding = Decoding(),  # noqa: B008 - frozen
        cancelled: Event | None = None,
        on_step: Progress | None = None,
    ) -> Brancher:
        """A timeline from whose steps other answers can branch off; takes what `timeline` takes."""
        return brancher.branches(
            self, text, alternatives, forced, max_new_tokens, decoding, cancelled, on_step
        )

    def script(self, text: str, decoding: Decoding = Decoding()) -> str:  # noqa: B008 - frozen
        """A short Python program that prints the same answer with plain `transformers`."""
        from explorer.scripts import generation_script

        self._check(text, decoding)
        return generation_script(self, text, decoding)
