"""The beam search of `transformers`, recorded as a tree while it runs."""

import math
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import torch

from explorer.beam_recording import FollowTree, Growing, OnStep, Path
from explorer.beams import (
    AgainstGreedy,
    BeamHypothesis,
    BeamNode,
    BeamToken,
    BeamTree,
    SearchEnd,
)
from explorer.branches import common_length
from explorer.checks import Check
from explorer.decoding import decode, processors, run
from explorer.errors import ExplorerError
from explorer.following import Record, no_winner
from explorer.generation import Decoding
from explorer.teacher_forcing import log_probabilities

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

TOLERANCE = {torch.float32: 1e-3, torch.float64: 1e-6}
"""How far the mean log-probability of a piece may differ with and without the cache, in nats."""

COARSE_TOLERANCE = 0.5
"""The same for the 16-bit formats."""


def beam_search(
    model: "Seq2SeqModel",
    text: str,
    num_beams: int = 4,
    length_penalty: float = 1.0,
    max_new_tokens: int = 64,
    early_stopping: bool = False,
    cancelled: Event | None = None,
    on_step: OnStep | None = None,
) -> BeamTree:
    """Search and record; see `Seq2SeqModel.beam_search`."""
    single = type(num_beams) is int and num_beams == 1  # Decoding refuses the rest
    decoding = Decoding(
        "beam",
        num_beams=2 if single else num_beams,
        max_new_tokens=max_new_tokens,
        length_penalty=length_penalty,
        early_stopping=early_stopping,
    )
    model._check(text, decoding)
    if num_beams > model.facts.vocabulary_size:
        raise ExplorerError(
            f"num_beams is {num_beams}, and {model.name} has {model.facts.vocabulary_size} pieces "
            "to begin an answer with; use at most as many beams."
        )
    source = model.tokenize(text)

    def search() -> tuple[list[Growing], list[Path], SearchEnd]:
        with torch.inference_mode():
            return _beams(model, source.ids, decoding, cancelled, on_step)

    def greedy() -> tuple[list[Growing], list[Path], SearchEnd]:
        return _greedy(model, source.ids, decoding, cancelled, on_step)

    nodes, paths, end = model._computing(greedy if single else search)
    if not paths:
        raise no_winner(decoding)
    tree = BeamTree(
        text=text,
        source=source,
        start=_tokens(model, [model.rules.start])[0],
        nodes=_frozen(model, nodes),
        hypotheses=(),
        num_beams=num_beams,
        length_penalty=float(length_penalty),
        max_new_tokens=max_new_tokens,
        early_stopping=early_stopping,
        candidates=1 if single else max(2, 1 + len(model.rules.end)) * num_beams,
        end=end,
    )
    return replace(tree, hypotheses=tuple(_hypothesis(model, tree, ids) for ids in paths))


def _beams(
    model: "Seq2SeqModel",
    source: Path,
    decoding: Decoding,
    cancelled: Event | None,
    on_step: OnStep | None,
) -> tuple[list[Growing], list[Path], SearchEnd]:
    record, bent = Record(), Record()
    follow = FollowTree(record, bent, cancelled, model.rules, decoding, on_step)
    chain = [record, *processors(decoding, model.rules, model.module.device), bent]
    # The indices of the beams say how long each answer is; scores would keep every step's
    # vocabulary in memory.
    found = run(
        model.module,
        source,
        decoding,
        model.rules,
        chain,
        follow,
        num_return_sequences=decoding.num_beams,
        return_dict_in_generate=True,
    )
    if follow.damaged:
        raise model._damaged()
    paths = [path[1:] for path in follow.answered(found)]
    end: SearchEnd = "enough finished" if decoding.early_stopping else "none better"
    if follow.nodes[-1].step + 1 == decoding.max_new_tokens:
        end = "length limit"
    return follow.nodes, paths, "stopped" if follow.stopped else end


def _greedy(
    model: "Seq2SeqModel",
    source: Path,
    decoding: Decoding,
    cancelled: Event | None,
    on_step: OnStep | None,
) -> tuple[list[Growing], list[Path], SearchEnd]:
    """One beam, which `transformers` decodes greedily: the tree is a path."""
    on_piece = None if on_step is None else lambda ids: on_step(len(ids))
    alone = Decoding(max_new_tokens=decoding.max_new_tokens)
    decoded, stopped = decode(
        model.module, source, alone, model.rules, cancelled=cancelled, on_piece=on_piece
    )
    if any(map(math.isnan, decoded.log_probabilities)):
        raise model._damaged()
    total = 0.0
    nodes: list[Growing] = []
    for step, (piece, value) in enumerate(zip(decoded.ids, decoded.log_probabilities, strict=True)):
        total += value
        parent = step - 1 if step else None
        nodes.append(Growing(parent, step, 1, piece, value, total, "kept"))
    nodes[-1].state = "finished"
    nodes[-1].score = total / len(nodes) ** decoding.length_penalty
    end: SearchEnd = "length limit" if len(nodes) == decoding.max_new_tokens else "end token"
    return nodes, [decoded.ids], "stopped" if stopped else end


def _tokens(model: "Seq2SeqModel", ids: list[int]) -> list[BeamToken]:
    pieces, display = model.reader.pieces(ids), model.reader.display(ids)
    return [BeamToken(*token) for token in zip(ids, pieces, display, strict=True)]


def _frozen(model: "Seq2SeqModel", nodes: list[Growing]) -> tuple[BeamNode, ...]:
    tokens = _tokens(model, [node.piece for node in nodes])
    return tuple(
        BeamNode(
            id=number,
            parent=node.parent,
            step=node.step,
            rank=node.rank,
            token=token,
            log_probability=node.log_probability,
            cumulative_log_probability=node.cumulative,
            state=node.state,
            pruned_step=node.pruned_step,
            score=node.score,
            ends_text=node.piece in model.rules.end,
        )
        for number, (node, token) in enumerate(zip(nodes, tokens, strict=True))
    )


def _hypothesis(
    model: "Seq2SeqModel", tree: BeamTree, ids: Path, log_probability: float | None = None
) -> BeamHypothesis:
    """An answer as a hypothesis of a tree; its log-probability is the path's unless given."""
    path = tree.follow(ids)
    if log_probability is None:
        log_probability = tree.nodes[path[-1]].cumulative_log_probability
    return BeamHypothesis(
        text=model.reader.decode(ids),
        tokens=model.reader.written(ids),
        log_probability=log_probability,
        score=log_probability / len(ids) ** tree.length_penalty,
        path=path,
    )


def against_greedy(model: "Seq2SeqModel", tree: BeamTree) -> AgainstGreedy:
    """The greedy answer beside the best hypothesis; see `Seq2SeqModel.against_greedy`."""
    answer = model.generate(tree.text, Decoding(max_new_tokens=tree.max_new_tokens))
    greedy = _hypothesis(model, tree, answer.tokens.ids, answer.log_probability)
    best = tree.hypotheses[0]
    dropped = None
    last = tree.nodes[greedy.path[-1]] if greedy.path else None
    if last is None or last.state == "pruned":
        dropped = len(greedy.path) - 1 if greedy.path else 0
    elif last.state == "kept":
        dropped = len(greedy.path)
    return AgainstGreedy(
        greedy=greedy,
        best=best,
        differs_at=None if greedy.ids == best.ids else common_length(greedy.ids, best.ids),
        dropped_at=dropped,
    )


def check_beams(model: "Seq2SeqModel", tree: BeamTree) -> Check:
    """Each score beside one pass over the whole hypothesis; see `Seq2SeqModel.check_beams`."""
    differences = []
    for hypothesis in tree.hypotheses:
        own = log_probabilities(
            model, tree.source, hypothesis.tokens, max_new_tokens=tree.max_new_tokens
        ).sum(dtype="float64")
        # A score's size follows the length penalty; undone, the difference is in nats.
        length = len(hypothesis.ids)
        difference = abs(hypothesis.score - own / length**tree.length_penalty)
        differences.append(float(difference * length**tree.length_penalty / length))
    return Check(
        what="score of each answer of the beam search, and the one that a pass over the whole "
        "answer without the cache gives it; as nats a piece",
        # `max` would pass over a value that is not a number.
        difference=math.nan if any(map(math.isnan, differences)) else max(differences),
        tolerance=TOLERANCE.get(model.module.dtype, COARSE_TOLERANCE),
    )
