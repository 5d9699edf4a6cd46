"""What three architectures make of one sentence: fill a gap, go on, or answer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import (
    answer_checks,
    badges,
    exports,
    knowledge,
    links,
    messages,
    model_work,
)
from explorer.dashboard.memory import memory
from explorer.dashboard.selector import three_known
from explorer.errors import ExplorerError
from explorer.miniatures.exact import determines, log_probability, split
from explorer.siblings import Architecture, sibling, stack_of

if TYPE_CHECKING:
    from explorer.generation import Generation
    from explorer.model import Seq2SeqModel
    from explorer.sibling_output import Candidate, Continued, Filled

COLUMN_PIXELS = 250
GAP = 6
"""The word that is taken out at first: what stands after it leaves one word for it."""
BEGUN = 3
"""Words that the decoder-only model goes on from at first."""


def show(text: str, model: "Seq2SeqModel", question: str, answer: "Generation") -> None:
    """The outputs of one sentence, side by side.

    Args:
        text: what the models of one stack read.
        model: the encoder-decoder.
        question, answer: what that one reads and says.
    """
    read = sibling("encoder-only").tokenize(text)
    words, seen = read.word_texts, read.text.removesuffix(read.truncated)
    begun_words = sibling("decoder-only").tokenize(text).word_texts
    with st.grid(min_column_width=COLUMN_PIXELS, gap="medium"):
        first, second, third = st.container(), st.container(), st.container()
    with first:
        st.markdown("**Encoder-only** fills a gap, from both sides, in one pass.")
        gap = links.slider("Word taken out", 0, len(words) - 1, min(GAP, len(words) - 1), key="gap")
        filled, filled_check = _filled(text, gap)
        start, end = places(seen, words)[gap]
        _sentence(seen[:start], filled.text, seen[end:])
        _candidates(filled.candidates)
        _about_gap(text, words, gap, filled)
        badges.check_badge(filled_check)
        _known("encoder-only")
    with second:
        st.markdown("**Decoder-only** goes on, from what came before.")
        begun = links.slider(
            "Words it begins with", 1, len(begun_words), min(BEGUN, len(begun_words)), key="begun"
        )
        continued = None
        try:
            continued, continued_check = _continued(text, begun)
        except ExplorerError as error:
            # The other two have room.
            messages.show_sentence(str(error))
        else:
            _sentence(continued.begun.text, continued.added.text, "")
            _candidates((continued.next,))
            badges.check_badge(continued_check)
        _known("decoder-only")
    with third:
        st.markdown("**Encoder–decoder** answers with another text: here, in German.")
        st.caption("It reads all of the sentence first, and then writes one piece after another.")
        _sentence("", answer.text, "")
        badges.check_badge(answer_checks.answer_check(model, question, answer))
        three_known.headline(model.card.folder or "")
        knowledge.offer(model.card, model.facts, "_known_encoder_decoder")
    exports.take_home(
        "three-outputs",
        table=lambda: rows(filled, continued),
        data=lambda: {"filled": filled, "continued": continued, "answer": answer},
        script=(lambda: _script(filled, continued)) if continued else None,
        key="three_outputs",
    )


def _sentence(before: str, new: str, after: str) -> None:
    """What a model added, between what it read, with the spaces of the text itself."""
    space = " " if new[:1].isspace() and before else ""
    st.markdown(
        f"{messages.plain(before)}{space}:violet[**{messages.plain(new.strip()) or '(nothing)'}**]"
        f"{messages.plain(after)}".strip()
    )


def _known(architecture: Architecture) -> None:
    stack = stack_of(architecture)
    three_known.headline(stack.folder)
    three_known.offer(stack)


def _candidates(gaps: "Sequence[tuple[Candidate, ...]]") -> None:
    """The most probable pieces of each gap as bars."""
    st.dataframe(
        [
            {
                **({"Gap": number} if len(gaps) > 1 else {}),
                "Piece": each.piece.strip() or "␣",
                "Probability": each.probability,
            }
            for number, candidates in enumerate(gaps, 1)
            for each in candidates
        ],
        hide_index=True,
        column_config={
            "Probability": st.column_config.ProgressColumn(
                format="%.4f", min_value=0.0, max_value=1.0
            )
        },
    )


def _about_gap(text: str, words: Sequence[str], gap: int, filled: "Filled") -> None:
    """What stood in the gap, and whether the rest of the text leaves a choice."""
    lines = [f"The word that stood there: **{messages.plain(filled.word)}**."]
    if len(filled.places) > 1:
        lines.append(
            f"It is {len(filled.places)} pieces, so there are {len(filled.places)} gaps. Each is "
            "filled by itself and knows nothing of the others: they need not make a word."
        )
    only = one_word_fits(text, words, gap)
    if only is not None:
        lines.append(
            "By the rules of its language **no other word fits** here."
            if only
            else "By the rules of its language **other words fit** here too."
        )
    st.caption(" ".join(lines))


def one_word_fits(text: str, words: Sequence[str], gap: int) -> bool | None:
    """Whether the grammar leaves one word for a gap; None for a text that it does not tell."""

    def compute() -> tuple[bool | None]:
        tokens = split(text)
        if tokens != tuple(words) or log_probability(text) == float("-inf"):
            return (None,)
        return (determines(tokens, gap),)

    found: tuple[bool | None] = memory().get_or(("three determined", text, gap), compute)
    return found[0]


def _filled(text: str, gap: int) -> "tuple[Filled, Check]":
    """The gap's filling and its check, computed now or remembered."""

    def compute() -> "tuple[Filled, Check]":
        from explorer.sibling_output import check_filled, fill

        encoder = sibling("encoder-only")
        with model_work.busy("writing"):
            found = fill(encoder, text, gap)
            return found, check_filled(encoder, found)

    return cast("tuple[Filled, Check]", memory().get_or(("three filled", text, gap), compute))


def _continued(text: str, begun: int) -> "tuple[Continued, Check]":
    """What is added to the first words and its check, computed now or remembered.

    Raises:
        ExplorerError: the words leave no place.
    """

    def compute() -> "tuple[Continued, Check]":
        from explorer.sibling_output import check_continued, go_on

        decoder = sibling("decoder-only")
        with model_work.busy("writing"):
            found = go_on(decoder, beginning(text, begun))
            return found, check_continued(decoder, found)

    return cast(
        "tuple[Continued, Check]", memory().get_or(("three continued", text, begun), compute)
    )


def places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """Where each word begins and ends in its text."""
    found: list[tuple[int, int]] = []
    end = 0
    for word in words:
        start = text.index(word, end)
        end = start + len(word)
        found.append((start, end))
    return found


def beginning(text: str, words: int) -> str:
    """The text up to the end of its first words."""
    read = sibling("decoder-only").tokenize(text)
    return read.text[: places(read.text, read.word_texts)[words - 1][1]]


def rows(filled: "Filled", continued: "Continued | None") -> list[dict[str, object]]:
    """A row for each candidate and each added piece."""
    found: list[dict[str, object]] = [
        {"what": f"gap, piece {place}", "piece": each.piece, "probability": each.probability}
        for place, some in zip(filled.places, filled.candidates, strict=True)
        for each in some
    ]
    if continued is not None:
        found += [
            {"what": "added", "piece": piece, "probability": chance}
            for piece, chance in zip(continued.added.display, continued.probabilities, strict=True)
        ]
    return found


def _script(filled: "Filled", continued: "Continued") -> str:
    from explorer.sibling_script import output_script

    return output_script(sibling("encoder-only"), filled, sibling("decoder-only"), continued)
