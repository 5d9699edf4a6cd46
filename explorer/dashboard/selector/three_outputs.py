"""What three architectures make of one sentence: fill a gap, go on, or answer."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import streamlit as st

from explorer.checks import Check
from explorer.dashboard import badges, exports, links, messages, models
from explorer.dashboard.answers import PLAIN
from explorer.dashboard.memory import memory
from explorer.dashboard.selector.three_models import asked, the_encoder_decoder
from explorer.siblings import sibling

if TYPE_CHECKING:
    from explorer.generation import Generation
    from explorer.sibling_output import Candidate, Continued, Filled

COLUMN_PIXELS = 250
GAP = 2
"""The word that is taken out at first."""
BEGUN = 3
"""Words that the decoder-only model goes on from at first."""


@dataclass(frozen=True)
class Said:
    """What the three made of the sentence, each with its check."""

    filled: "Filled"
    continued: "Continued"
    answer: "Generation"
    checks: tuple[Check, Check, Check]


def show(text: str) -> None:
    """The outputs of one sentence, side by side."""
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
    found = said(text, gap, begun)
    with first:
        before, after = " ".join(words[:gap]), " ".join(words[gap + 1 :])
        _sentence(before, found.filled.text, after)
        _candidates(found.filled.candidates[0], found.filled.word)
        badges.check_badge(found.checks[0])
    with second:
        _sentence(found.continued.begun.text, found.continued.added.text, "")
        _candidates(found.continued.next, None)
        badges.check_badge(found.checks[1])
    with third:
        st.markdown("**Encoder–decoder** answers with another text: here, in German.")
        st.caption("It reads all of the sentence first, and then writes one piece after another.")
        _sentence("", found.answer.text, "")
        badges.check_badge(found.checks[2])
    exports.take_home(
        "three-outputs",
        table=lambda: rows(found),
        data=lambda: {"filled": found.filled, "continued": found.continued,
                      "answer": found.answer},
        script=lambda: _script(found),
        key="three_outputs",
    )  # fmt: skip


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


def said(text: str, gap: int, begun: int) -> Said:
    """Computed now or remembered."""

    def compute() -> Said:
        from explorer.sibling_output import check_continued, check_filled, fill, go_on

        encoder, decoder = sibling("encoder-only"), sibling("decoder-only")
        with the_encoder_decoder() as model, models.busy("writing"):
            filled = fill(encoder, text, gap)
            continued = go_on(decoder, beginning(text, begun))
            question = asked(model, text)
            answer = model.generate(question, PLAIN)
            checks = (
                check_filled(encoder, filled),
                check_continued(decoder, continued),
                model.check_generation(question, answer),
            )
        return Said(filled, continued, answer, checks)

    return cast("Said", memory().get_or(("three outputs", text, gap, begun), compute))


def beginning(text: str, words: int) -> str:
    """The text up to the end of its first words."""
    end = 0
    for word in sibling("decoder-only").tokenize(text).word_texts[:words]:
        end = text.index(word, end) + len(word)
    return text[:end]


def rows(found: Said) -> list[dict[str, object]]:
    """A row for each candidate and each added piece."""
    return [
        *(
            {"what": f"gap, piece {place}", "piece": each.piece, "probability": each.probability}
            for place, some in zip(found.filled.places, found.filled.candidates, strict=True)
            for each in some
        ),
        *(
            {"what": "added", "piece": piece, "probability": chance}
            for piece, chance in zip(
                found.continued.added.display, found.continued.probabilities, strict=True
            )
        ),
    ]


def _script(found: Said) -> str:
    from explorer.sibling_script import output_script

    return output_script(
        sibling("encoder-only"), found.filled, sibling("decoder-only"), found.continued
    )
