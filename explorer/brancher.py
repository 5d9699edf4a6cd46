"""Grows a tree of answers to one text.

It holds the keys and values of what the decoder has read, so that a branch computes only the
steps that are its own.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Event, RLock
from typing import TYPE_CHECKING

from explorer.branches import Branch, BranchTree, common_length
from explorer.errors import ExplorerError
from explorer.generation import UNFINISHED, Decoding
from explorer.timeline import DEFAULT_ALTERNATIVES, Progress, Timeline
from explorer.whole_numbers import is_whole

if TYPE_CHECKING:
    from explorer.decoder_state import DecoderState
    from explorer.model import Seq2SeqModel

MAX_BRANCHES = 64
"""Branches of a tree, the root included."""

MAX_KEPT_BYTES = 128_000_000
"""Keys and values that one tree may keep; the least recently used go first."""


def branches(
    model: "Seq2SeqModel",
    text: str,
    alternatives: int = DEFAULT_ALTERNATIVES,
    forced: str | Sequence[int] = (),
    max_new_tokens: int | None = None,
    decoding: Decoding = Decoding(),  # noqa: B008 - frozen
    cancelled: Event | None = None,
    on_step: Progress | None = None,
) -> "Brancher":
    """A tree with its root; see `Seq2SeqModel.branches`."""
    from explorer.stepping import begin

    if max_new_tokens is not None:
        decoding = replace(decoding, max_new_tokens=max_new_tokens)
    root, state = begin(model, text, alternatives, forced, decoding, cancelled, on_step)
    return Brancher(model, root, state)


class Brancher:
    """Grows a tree of answers to one text. Safe to use from several threads.

    Made from a timeline alone, it reads the source, and the pieces before the first branching in
    one pass; `branches` hands over what was read while the root was decoded.
    """

    def __init__(
        self,
        model: "Seq2SeqModel",
        root: Timeline,
        state: "DecoderState | None" = None,
        max_kept_bytes: int = MAX_KEPT_BYTES,
    ) -> None:
        self.model = model
        self._kept = _KeptStates(max_kept_bytes)
        if state is not None:
            self._kept.keep(state)
        self._branches = [Branch(0, None, 0, root)]
        self._lock = RLock()

    @property
    def tree(self) -> BranchTree:
        """All branches so far."""
        with self._lock:
            return BranchTree(self._branches[0].timeline.source.text, tuple(self._branches))

    def branch(
        self,
        at_step: int,
        piece: int | str,
        parent: int = 0,
        cancelled: Event | None = None,
        on_step: Progress | None = None,
    ) -> Branch:
        """Say another piece at a step, and go on from there greedily.

        The same branch asked for again is given again, and goes on if it was stopped.

        Args:
            at_step: a step of the parent; the pieces before it are kept.
            piece: the piece to say there: any alternative, or any other by number or as text.
            parent: the branch to leave.
            cancelled: once set, the answer ends within one piece.
            on_step: is told after every step how many pieces there are, and the text so far.

        Raises:
            ExplorerError: no such branch, step or piece, or a step where the rules of the model
                leave no choice.
        """
        from explorer.prefix import check_piece, check_prefix, piece_id
        from explorer.stepping import go_on

        before = self._parent(parent, at_step).timeline
        step = before.steps[at_step]
        if step.fixed:
            raise ExplorerError(
                f"At step {at_step} the rules of {self.model.name} allow only "
                f"“{step.token.display}”; branch off at another step."
            )
        number = piece_id(self.model, piece) if isinstance(piece, str) else piece
        check_piece(self.model, number, [one.id for one in step.alternatives])
        given = (*before.target.ids[:at_step], number)
        settings = _greedy(before.decoding)
        check_prefix(self.model, given, settings.max_new_tokens)
        known = self._made(given, parent, at_step)
        if known is not None and known.timeline.stop_reason not in UNFINISHED:
            return known
        self._check_room(known)

        def state() -> "DecoderState":
            return self._state((self.model.rules.start, *given[:-1]), before)

        found, reached = go_on(
            self.model,
            before.source,
            state,
            given,
            before.steps[:at_step],
            settings,
            before.alternatives,
            cancelled,
            on_step,
        )
        with self._lock:
            self._kept.keep(reached)
            known = self._made(given, parent, at_step)
            if known is not None and known.timeline.stop_reason not in UNFINISHED:
                return known  # another thread was faster
            self._check_room(known)  # others may have taken the last place meanwhile
            branch = Branch(known.id if known else len(self._branches), parent, at_step, found)
            self._branches[branch.id : branch.id + 1] = [branch]
        return branch

    def _check_room(self, known: Branch | None) -> None:
        """A branch that is not there yet needs a place of its own."""
        with self._lock:
            if known is None and len(self._branches) >= MAX_BRANCHES:
                raise ExplorerError(
                    f"The tree has {len(self._branches)} answers, and the limit is {MAX_BRANCHES}; "
                    "begin a new one."
                )

    def _parent(self, number: int, at_step: int) -> Branch:
        with self._lock:
            count = len(self._branches)
            if not is_whole(number, 0, count - 1):
                raise ExplorerError(
                    f"There is no branch {number!r}: the tree has the branches 0 to {count - 1}; "
                    "choose one of them."
                )
            parent = self._branches[number]
        count = len(parent.timeline.steps)
        if not is_whole(at_step, 0, count - 1):
            raise ExplorerError(
                f"There is no step {at_step!r}: branch {number} has the steps 0 to {count - 1}; "
                "choose one of them."
            )
        return parent

    def _made(self, given: tuple[int, ...], parent: int, at_step: int) -> Branch | None:
        with self._lock:
            for branch in self._branches[1:]:
                same = (branch.parent, branch.at_step) == (parent, at_step)
                if same and branch.timeline.target.ids[: len(given)] == given:
                    return branch
        return None

    def _state(self, read: tuple[int, ...], root: Timeline) -> "DecoderState":
        """A state that has read as much as is known of all but the last of these pieces."""
        from explorer.decoder_state import DecoderState

        with self._lock:
            known = self._kept.nearest(read[:-1])
        if known is None:
            known = DecoderState.of(self.model.module, root.source)
            with self._lock:
                self._kept.keep(known)
        return known.cropped(common_length(known.read, read[:-1]))


class _KeptStates:
    """States of the decoder by what was read, within a limit of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._states: OrderedDict[tuple[int, ...], DecoderState] = OrderedDict()
        self._first: DecoderState | None = None

    @property
    def bytes(self) -> int:
        """Memory of all that is kept."""
        return sum(state.bytes for state in self._states.values())

    def keep(self, state: "DecoderState") -> None:
        """Keep a state; the encoder's output, which all share, is kept in any case."""
        self._first = self._first or state.cropped(0)
        self._states[tuple(state.read)] = state
        self._states.move_to_end(tuple(state.read))
        while self.bytes > self._max_bytes:
            self._states.popitem(last=False)

    def nearest(self, read: tuple[int, ...]) -> "DecoderState | None":
        """The state that has the most in common with what is to be read, from the beginning."""
        if not self._states:
            return self._first
        key = max(self._states, key=lambda ids: common_length(ids, read))
        self._states.move_to_end(key)
        return self._states[key]


def _greedy(decoding: Decoding) -> Decoding:
    """The same settings as far as they count where nothing is drawn."""
    return Decoding(
        max_new_tokens=decoding.max_new_tokens,
        min_new_tokens=decoding.min_new_tokens,
        repetition_penalty=decoding.repetition_penalty,
        no_repeat_ngram_size=decoding.no_repeat_ngram_size,
    )
