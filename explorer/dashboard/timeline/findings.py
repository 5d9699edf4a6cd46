"""What a beam search found, in words, formulas and tables."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.beams import AgainstGreedy, BeamHypothesis, BeamTree
from explorer.charts.beam_words import exact, state_text
from explorer.dashboard.messages import quoted

ANSWER_CHARACTERS = 200
TRIED: Mapping[str, Mapping[str, Any]] = {
    "miniature-t5": {"task": "English to German", "text": "The teacher gives the."},
    "miniature-bart": {
        "task": "Repair damaged text",
        "text": "The weather is <mask> today. The small <mask> sees the cat in the garden.",
    },
}
"""Questions of the bundled models where greedy decoding and four beams part."""
NUMBERS = ("Log-probability (nats)", "Length (pieces)", "Score")
ENDS = {
    "none better": "no line that still ran could get better than the finished answers",
    "enough finished": "as many answers were finished as there are beams",
    "end token": "the one beam said the end piece",
    "length limit": "the most pieces were reached",
    "stopped": "it was stopped",
}


def sentence(tree: BeamTree, against: AgainstGreedy) -> str:
    """What beam search found that greedy decoding did not, as Markdown."""
    best, greedy = against.best, against.greedy
    if against.differs_at is None:
        same = f"**Beam search found nothing that greedy decoding did not**: {_answer(best)}."
        if len(tree.hypotheses) > 1:
            behind = best.log_probability - tree.hypotheses[1].log_probability
            same += (
                f" Its second answer is {exact(behind)} nats less probable." if behind > 0 else ""
            )
        return same
    who = (
        "**Beam search found an answer of a higher score**"
        if against.score_gain > 0
        else (
            "**Beam search did not find as good an answer**"
            if against.score_gain < 0
            else "**Beam search found another answer with the same score**"
        )
    )
    text = f"{who}: {_answer(best)}; greedy decoding says {_answer(greedy)}. "
    text += f"They part at step {against.differs_at}, {_parting(against)}. "
    if against.score_gain > 0 > against.log_probability_gain:
        text += (
            f"Greedy's is the more probable one, by {exact(-against.log_probability_gain)} nats: "
            "the length penalty turned them round. "
        )
    return text + _fate(tree, against)


def ending(tree: BeamTree) -> str:
    """How long the search took, and why it ended."""
    return f"The search took {tree.steps} steps and ended because {ENDS[tree.end]}."


def _answer(hypothesis: BeamHypothesis) -> str:
    text = quoted(hypothesis.text, ANSWER_CHARACTERS) if hypothesis.text.strip() else "nothing"
    return f"{text} (score {exact(hypothesis.score)})"


def _parting(against: AgainstGreedy) -> str:
    at = against.differs_at or 0
    pieces = [
        quoted(each.tokens.display[at]) if at < len(each.ids) else "nothing more"
        for each in (against.greedy, against.best)
    ]
    return f"where greedy takes {pieces[0]} and the best answer {pieces[1]}"


def _fate(tree: BeamTree, against: AgainstGreedy) -> str:
    """What became of the greedy answer in the search."""
    if against.dropped_at is not None:
        if against.dropped_at >= tree.steps:
            return "Greedy's line still ran when the search was over."
        return f"The search gave greedy's line up at step {against.dropped_at}."
    ids = [each.ids for each in tree.hypotheses]
    if against.greedy.ids in ids:
        place = ids.index(against.greedy.ids) + 1
        return f"The search finished greedy's answer as well: it is #{place}."
    return "The search finished greedy's answer as well, and then enough better ones."


def offer(name: str) -> None:
    """A button to a question where the two part, for models of which one is known."""
    asked = TRIED.get(name)
    if asked is None:
        st.caption("A harder text or more beams may show a difference.")
    elif st.session_state.get("text") != asked["text"]:
        st.button(
            f"Try: {asked['text'].replace('<', chr(92) + '<')}",
            icon=":material/lightbulb:",
            help="Here greedy decoding and four beams part.",
            on_click=_try,
            args=(asked,),
        )


def _try(asked: Mapping[str, Any]) -> None:
    first = {"t_width": 4, "t_penalty": 1.0, "t_most": 64, "t_early": False, "t_path": 1}
    for key, value in {**asked, **first}.items():
        st.session_state[key] = value


def number(value: float) -> str:
    """A number in LaTeX, with four digits that count."""
    mantissa, _, exponent = f"{value:.4g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def formula(hypothesis: BeamHypothesis, penalty: float) -> str:
    """The score of an answer, with its numbers filled in, in LaTeX."""
    total, length = hypothesis.log_probability, len(hypothesis.ids)
    return (
        r"\text{score} = \frac{\log P}{n^{\alpha}} = "
        rf"\frac{{{number(total)}}}{{{length}^{{{penalty:g}}}}} = {number(hypothesis.score)}"
    )


def answer_table(tree: BeamTree, chosen: int) -> list[dict[str, Any]]:
    """A row for each answer, best first.

    Args:
        tree: the search.
        chosen: the place of the answer whose path is marked, from 0.
    """
    ends = [tree.nodes[each.path[-1]] for each in tree.hypotheses]
    cut = any(map(tree.runs_on, ends))
    return [
        {
            "Rank": place + 1,
            "Marked": "▶" if place == chosen else "",
            "Answer": each.text,
            "Log-probability (nats)": exact(each.log_probability),
            "Length (pieces)": len(each.ids),
            "Score": exact(each.score),
            **({"Finished": "no" if tree.runs_on(end) else "yes"} if cut else {}),
        }
        for place, (each, end) in enumerate(zip(tree.hypotheses, ends, strict=True))
    ]


def node_table(tree: BeamTree) -> list[dict[str, Any]]:
    """A row for each candidate of the search."""
    return [
        {
            "node": node.id,
            "parent": node.parent,
            "step": node.step,
            "rank": node.rank,
            "piece": node.token.piece,
            "id": node.token.id,
            "log-probability": node.log_probability,
            "cumulative log-probability": node.cumulative_log_probability,
            "state": node.state,
            "pruned at step": node.pruned_step,
            "score": node.score,
            "what became of it": state_text(tree, node),
        }
        for node in tree.nodes
    ]
