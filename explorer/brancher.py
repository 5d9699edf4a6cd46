"""Grows a tree of answers to one text.

It holds the keys and values of what the decoder has read, so that a branch computes only the
steps that are its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from threading import Event, RLock
from typing import TYPE_CHECKING

from explorer.branches import Branch, BranchTree
from explorer.errors import ExplorerError
from explorer.generation import UNFINISHED, Decoding
from explorer.kept_states import KeptStates
from explorer.timeline import DEFAULT_ALTERNATIVES, Progress, Timeline, TimelineStep
from explorer.whole_numbers import is_whole

if TYPE_CHECKING:
    from explorer.decoder_state import DecoderState
    from explorer.model import Seq2SeqModel

MAX_BRANCHES = 13
"""Branches of a tree, the root included; more could not be told apart."""

MAX_TREE_BYTES = 256_000_000
"""Attention weights that the answers of a tree may hold together, those that they share once."""


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
    kept = KeptStates()
    kept.keep(state)
    return Brancher(model, root, kept)


class Brancher:
    """Grows a tree of answers to one text. Safe to use from several threads.

    Made from a timeline alone, it reads the source, and the pieces before the first branching in
    one pass; what was read while another answer was decoded is not read again.

    Attributes:
        model: which one says the answers.
        kept: what its decoder has read; another tree of the same root may go on from there.
    """

    def __init__(
        self, model: "Seq2SeqModel", root: Timeline, kept: KeptStates | None = None
    ) -> None:
        self.model = model
        self.kept = KeptStates() if kept is None else kept
        self._branches = [Branch(0, None, 0, root)]
        self._lock = RLock()

    @property
    def tree(self) -> BranchTree:
        """All branches so far."""
        with self._lock:
            return BranchTree(self._branches[0].timeline.source.text, tuple(self._branches))

    def said(self, at_step: int, piece: int | str, parent: int = 0) -> Branch | None:
        """The answer that a branch would only repeat: the same pieces, and then on greedily.

        The first answer is one of them where it goes on greedily itself: not where it was drawn,
        and not before the end of what a person made it begin with. Takes and raises what `branch`
        does, and computes nothing.
        """
        _, given = self._given(at_step, piece, parent)
        return self._saying(given)

    def branch(
        self,
        at_step: int,
        piece: int | str,
        parent: int = 0,
        cancelled: Event | None = None,
        on_step: Progress | None = None,
    ) -> Branch:
        """Say another piece at a step, and go on from there greedily.

        What an answer of the tree says already is given again, however it was asked for; a branch
        that was stopped goes on.

        Args:
            at_step: a step of the parent; the pieces before it are kept.
            piece: the piece to say there: any alternative, or any other by number or as text.
            parent: the branch to leave.
            cancelled: once set, the answer ends within one piece.
            on_step: is told after every step how many pieces there are, and the text so far.

        Raises:
            ExplorerError: no such branch, step or piece, a step where the rules of the model
                leave no choice, or no room for another answer.
        """
        from explorer.stepping import go_on

        before, given = self._given(at_step, piece, parent)
        known = self._saying(given)
        if known is not None:
            if known.timeline.stop_reason not in UNFINISHED:
                return known
            before, parent, at_step = known.timeline, known.parent or 0, known.at_step
            given = given[: at_step + 1]
        settings = _greedy(before.decoding)
        # At most: the end token may come sooner.
        steps = settings.max_new_tokens - at_step
        self._check_room(known, steps * before.steps[0].cross.nbytes)
        found, reached = go_on(
            self.model,
            before.source,
            lambda: self._state((self.model.rules.start, *given[:-1]), before),
            given,
            before.steps[:at_step],
            settings,
            before.alternatives,
            cancelled,
            on_step,
        )
        self.kept.keep(reached)
        return self._add(Branch(-1, parent, at_step, found))

    def put(self, at_step: int, timeline: Timeline, parent: int = 0) -> Branch:
        """A branch that was grown before; nothing is computed.

        Args:
            at_step: a step of the parent; what stands before it is taken from there, and shared.
            timeline: the branch, whole or without the steps before that one.
            parent: the branch to leave.

        Raises:
            ExplorerError: no such branch or step, other pieces before it, or no room.
        """
        before = self._parent(parent, at_step).timeline
        if timeline.target.ids[:at_step] != before.target.ids[:at_step]:
            raise ExplorerError(
                f"The branch doesn't begin with the first {at_step} pieces of branch {parent}; "
                "put it where it was grown."
            )
        own = timeline.steps[at_step - len(timeline.target) :]
        whole = replace(timeline, steps=(*before.steps[:at_step], *own))
        return self._add(Branch(-1, parent, at_step, whole))

    def _add(self, made: Branch) -> Branch:
        """A place in the tree; whoever was faster is right."""
        given = made.timeline.target.ids[: made.at_step + 1]
        with self._lock:
            known = self._saying(given)
            if known is not None and known.timeline.stop_reason not in UNFINISHED:
                return known
            # Others may have taken the last place meanwhile.
            self._check_room(known, _bytes(made))
            branch = replace(made, id=known.id if known else len(self._branches))
            self._branches[branch.id : branch.id + 1] = [branch]
        return branch

    def _check_room(self, known: Branch | None, more: int) -> None:
        """A branch that is not there yet needs a place of its own, and bytes for its weights."""
        with self._lock:
            others = [branch for branch in self._branches if branch is not known]
            if known is None and len(others) >= MAX_BRANCHES:
                raise ExplorerError(
                    f"The tree has {len(others)} answers, and the limit is {MAX_BRANCHES}; "
                    "begin a new one."
                )
            held = sum(map(_bytes, others))
        if held + more > MAX_TREE_BYTES:
            raise ExplorerError(
                f"The answers hold {held / 1e6:,.0f} MB of attention weights, and one more may "
                f"need {more / 1e6:,.0f} MB, where the limit is {MAX_TREE_BYTES / 1e6:,.0f} MB "
                "together; remove a branch, shorten the text or lower max_new_tokens."
            )

    def _given(
        self, at_step: int, piece: int | str, parent: int
    ) -> tuple[Timeline, tuple[int, ...]]:
        """The answer that is left, and the pieces that the branch begins with, all checked."""
        from explorer.prefix import check_piece, check_prefix, piece_id

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
        check_prefix(self.model, given, before.decoding.max_new_tokens)
        return before, given

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

    def _saying(self, given: tuple[int, ...]) -> Branch | None:
        """The answer that begins with these pieces and goes on from there greedily."""
        with self._lock:
            for branch in self._branches:
                begins = branch.timeline.target.ids[: len(given)] == given
                if begins and _greedy_after(branch, len(given)):
                    return branch
        return None

    def _state(self, read: tuple[int, ...], root: Timeline) -> "DecoderState":
        """A state that has read as much as is known of all but the last of these pieces."""
        from explorer.decoder_state import DecoderState

        return self.kept.nearest(read[:-1], lambda: DecoderState.of(self.model.module, root.source))


def _greedy_after(branch: Branch, count: int) -> bool:
    """Whether the pieces after the first few are what the model itself says, to the end."""
    if branch.parent is not None:
        return branch.at_step < count
    root = branch.timeline
    # A root that was stopped is not to be changed: who wants more of it grows a branch.
    whole = root.decoding.strategy == "greedy" and root.stop_reason not in UNFINISHED
    return whole and not any(step.forced for step in root.steps[count:])


def _bytes(branch: Branch) -> int:
    """Weights of the steps that are a branch's own."""
    own: tuple[TimelineStep, ...] = branch.timeline.steps[branch.at_step :]
    return sum(step.cross.nbytes for step in own)


def _greedy(decoding: Decoding) -> Decoding:
    """The same settings as far as they count where nothing is drawn."""
    return Decoding(
        max_new_tokens=decoding.max_new_tokens,
        min_new_tokens=decoding.min_new_tokens,
        repetition_penalty=decoding.repetition_penalty,
        no_repeat_ngram_size=decoding.no_repeat_ngram_size,
    )
