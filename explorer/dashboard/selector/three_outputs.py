"""What three architectures make of one sentence: fill a gap, go on, or answer."""

from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import answers, badges, exports, links, messages, models
from explorer.dashboard.memory import memory
from explorer.siblings import sibling

if TYPE_CHECKING:
    from explorer.generation import Generation
    from explorer.model import Seq2SeqModel
    from explorer.sibling_output import Candidate, Continued, Filled

COLUMN_PIXELS = 250
GAP = 2
"""The word that is taken out at first."""
BEGUN = 3
"""Words that the decoder-only model goes on from at first."""


def show(text: str, model: "Seq2SeqModel", question: str, answer: "Generation") -> None:
    """The outputs of one sentence, side by side.

    Args:
        text: what the models of one stack read.
        model: the encoder-decoder.
        question, answer: what that one reads and says.
    """
    words = sibling("encoder-only").tokenize(text).word_texts
    with st.grid(min_column_width=COLUMN_PIXELS, gap="medium"):
        first, second, third = st.container(), st.container(), st.container()
    with first:
        st.markdown("**Encoder-only** fills a gap, from both sides, in one pass.")
        gap = links.slider("Word taken out", 0, len(words) - 1, min(GAP, len(words) - 1), key="gap")
    with second:
        st.markdown("**Decoder-only** goes on, from what came before.")
        begun = links.slider("Words it begins with", 1, len(words), min(BEGUN, len(words)),
                             key="begun")  # fmt: skip
    filled, filled_check = _filled(text, gap)
    continued, continued_check = _continued(text, begun)
    with first:
        before, after = " ".join(words[:gap]), " ".join(words[gap + 1 :])
        _sentence(before, filled.text, after)
        _candidates(filled.candidates[0], filled.word)
        badges.check_badge(filled_check)
    with second:
        _sentence(continued.begun.text, continued.added.text, "")
        _candidates(continued.next, None)
        badges.check_badge(continued_check)
    with third:
        st.markdown("**Encoder–decoder** answers with another text: here, in German.")
        st.caption("It reads all of the sentence first, and then writes one piece after another.")
        _sentence("", answer.text, "")
        badges.check_badge(answers.answer_check(model, question, answer))
    exports.take_home(
        "three-outputs",
        table=lambda: rows(filled, continued),
        data=lambda: {"filled": filled, "continued": continued, "answer": answer},
        script=lambda: _script(filled, continued),
        key="three_outputs",
    )


def _sentence(before: str, new: str, after: str) -> None:
    st.markdown(
        f"{messages.plain(before)} **:violet[{messages.plain(new.strip()) or '(nothing)'}]** "
        f"{messages.plain(after)}".strip()
    )


def _candidates(candidates: "tuple[Candidate, ...]", word: str | None) -> None:
    """The most probable pieces as bars."""
    st.dataframe(
        [
            {"Piece": each.piece.strip() or "␣", "Probability": each.probability}
            for each in candidates
        ],
        hide_index=True,
        column_config={
            "Probability": st.column_config.ProgressColumn(
                format="%.4f", min_value=0.0, max_value=1.0
            )
        },
    )
    if word is not None:
        st.caption(f"The word that stood there: **{messages.plain(word)}**.")


def _filled(text: str, gap: int) -> "tuple[Filled, Check]":
    """The gap's filling and its check, computed now or remembered."""

    def compute() -> "tuple[Filled, Check]":
        from explorer.sibling_output import check_filled, fill

        encoder = sibling("encoder-only")
        with models.busy("writing"):
            found = fill(encoder, text, gap)
            return found, check_filled(encoder, found)

    return cast("tuple[Filled, Check]", memory().get_or(("three filled", text, gap), compute))


def _continued(text: str, begun: int) -> "tuple[Continued, Check]":
    """What is added to the first words and its check, computed now or remembered."""

    def compute() -> "tuple[Continued, Check]":
        from explorer.sibling_output import check_continued, go_on

        decoder = sibling("decoder-only")
        with models.busy("writing"):
            found = go_on(decoder, beginning(text, begun))
            return found, check_continued(decoder, found)

    return cast(
        "tuple[Continued, Check]", memory().get_or(("three continued", text, begun), compute)
    )


def beginning(text: str, words: int) -> str:
    """The text up to the end of its first words."""
    end = 0
    for word in sibling("decoder-only").tokenize(text).word_texts[:words]:
        end = text.index(word, end) + len(word)
    return text[:end]


def rows(filled: "Filled", continued: "Continued") -> list[dict[str, object]]:
    """A row for each candidate and each added piece."""
    return [
        *(
            {"what": f"gap, piece {place}", "piece": each.piece, "probability": each.probability}
            for place, some in zip(filled.places, filled.candidates, strict=True)
            for each in some
        ),
        *(
            {"what": "added", "piece": piece, "probability": chance}
            for piece, chance in zip(continued.added.display, continued.probabilities, strict=True)
        ),
    ]


def _script(filled: "Filled", continued: "Continued") -> str:
    from explorer.sibling_script import output_script

    return output_script(sibling("encoder-only"), filled, sibling("decoder-only"), continued)
