"""Answers seen before, as targets; a link carries their pieces and how they were decoded."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.dashboard import earlier_answers, links, messages, settings
from explorer.dashboard.playground import controls
from explorer.dashboard.requests import Request
from explorer.errors import ExplorerError
from explorer.generation import STRATEGIES, Decoding, Generation
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

PIECES, SOURCE, LIMIT = "pieces", "source", "limit"
"""What a link says: the ids of the pieces, the text they answer, and the most pieces allowed."""
_REFUSED = "_refused_settings"
SAID = "said_"
"""Stands before the playground's names of the settings by which the answer was written."""
LABEL_CHARACTERS = 40


@dataclass(frozen=True)
class Earlier:
    """An answer and the text it answers.

    Attributes:
        text: the exact text that the model read.
        tokens: the answer's own pieces.
        decoding: how it was written; None where only a link tells of it.
        limit: the most pieces that it could have had, as far as that is known.
        answer: the whole answer; None where only a link tells of it.
    """

    text: str
    tokens: Tokens
    decoding: Decoding | None
    limit: int | None
    answer: Generation | None = None

    @property
    def label(self) -> str:
        """The text, the answer and how it was decoded, in a line."""
        how = controls.in_words(self.decoding) if self.decoding else "from a link"
        # A task's prefix is the same in every text: the end tells texts apart.
        text, said = self.text, self.tokens.text
        text = text if len(text) <= LABEL_CHARACTERS else "…" + text[1 - LABEL_CHARACTERS :]
        said = said if len(said) <= LABEL_CHARACTERS else said[: LABEL_CHARACTERS - 1] + "…"
        return f"{text} → {said or '(empty)'} ({how})"


def choose(model: "Seq2SeqModel", own: Request) -> Earlier | None:
    """The control; None where this session has seen no other answer of the model.

    Args:
        model: whose answers.
        own: the page's own question, whose answer is no earlier one.
    """
    found = [
        Earlier(
            request.text, answer.tokens, request.decoding, request.decoding.max_new_tokens, answer
        )
        for request, answer in earlier_answers.of(model)
        if request != own
    ]
    linked = _linked(model)
    first = 0
    if linked is not None:
        same = [
            (each.text, each.tokens.ids) == (linked.text, linked.tokens.ids)
            and linked.decoding in (None, each.decoding)
            for each in found
        ]
        first = same.index(True) if True in same else len(found)
        found += [] if True in same else [linked]
    if not found:
        st.caption(
            f"{messages.plain(model.name)} has said nothing else in this session. Let it answer in "
            "the playground and come back; until then its own answer is shown."
        )
        return None
    labels: list[str] = []
    for each in found:
        double = labels.count(each.label)
        labels.append(f"{each.label} · {double + 1}" if double else each.label)
    at = st.selectbox(
        "Which answer", range(len(found)), first, format_func=labels.__getitem__, key="earlier"
    )
    st.caption("The page shows this answer and the text it answers, not the text above.")
    _write_link(found[at])
    return found[at]


def leave_link() -> None:
    """Take the pieces out of the link, where no earlier answer is on screen."""
    _forget(set())


def _forget(kept: set[str]) -> None:
    for name in list(st.query_params):
        if (name in (PIECES, SOURCE, LIMIT) or name.startswith(SAID)) and name not in kept:
            del st.query_params[name]


def _write_link(chosen: Earlier) -> None:
    if len(chosen.text) > links.TEXT_CHARACTERS:
        leave_link()
        links.notice(
            f"This text has {len(chosen.text):,} characters. A link carries at most "
            f"{links.TEXT_CHARACTERS:,}, so the link to this page leaves the answer out."
        )
        return
    wanted = {PIECES: ".".join(map(str, chosen.tokens.ids)), SOURCE: chosen.text}
    if chosen.limit is not None:
        wanted[LIMIT] = str(chosen.limit)
    if chosen.decoding is not None:
        wanted |= _settings(chosen.decoding)
    _forget(set(wanted))
    for name, value in wanted.items():
        if st.query_params.get(name) != value:
            st.query_params[name] = value


def _linked(model: "Seq2SeqModel") -> Earlier | None:
    """The answer that the link tells of, if its pieces are this model's."""
    said, text = st.query_params.get(PIECES), st.query_params.get(SOURCE, "")
    if said is None:
        return None
    rows, most = model.reader.vocabulary_size, model.facts.max_target_tokens
    parts = said.split(".")
    whole = all(part.isascii() and part.isdigit() and len(part) < 9 for part in parts)
    ids = [int(part) for part in parts] if whole else []
    if not 0 < len(ids) <= most or max(ids) >= rows or not text.strip():
        links.notice(
            f"The link asks for an answer of the pieces {messages.quoted(said)}, which cannot be: "
            f"{messages.plain(model.name)} has the pieces 0 to {rows - 1:,}, writes at most "
            f"{most:,} of them, and needs the text that they answer."
        )
        return None
    limit = st.query_params.get(LIMIT, "")
    known = int(limit) if limit.isascii() and limit.isdigit() and len(limit) < 9 else None
    decoding, refused = _decoding(known, most)
    _say((text, *ids), refused)
    return Earlier(text, model.reader.written(ids), decoding, known)


def _settings(decoding: Decoding) -> dict[str, str]:
    """A decoding as a link says it: the strategy and what differs from the defaults."""
    found: dict[str, str] = {f"{SAID}strategy": decoding.strategy}
    for control in _CONTROLS:
        value = getattr(decoding, control.field)
        if value != getattr(controls.DEFAULTS, control.field):
            found[SAID + control.url] = repr(value)
    if decoding.early_stopping is True:
        found[f"{SAID}early"] = "true"
    return found


def _decoding(limit: int | None, most: int) -> tuple[Decoding | None, list[str]]:
    """How the link says that its answer was written, and sentences about what cannot be."""
    refused: list[str] = []

    def refuse(name: str, asked: str) -> None:
        refused.append(
            f"The link says {name} = {messages.quoted(asked)}, which cannot be: the default stands."
        )

    strategy = st.query_params.get(f"{SAID}strategy")
    if strategy is None:
        return None, refused
    if strategy not in STRATEGIES:
        refuse(f"{SAID}strategy", strategy)
        return None, refused
    # What is decoded anew, as without a head, is decoded within the visitor's limits.
    most = min(most, settings.limit("new_tokens"))
    values: dict[str, Any] = {
        "strategy": strategy,
        "max_new_tokens": min(most, controls.DEFAULTS.max_new_tokens),
    }
    if limit is not None and 0 < limit <= most:
        values["max_new_tokens"] = limit
    elif limit is not None:
        refuse(LIMIT, str(limit))
    for control in _CONTROLS:
        asked = st.query_params.get(SAID + control.url)
        if asked is None:
            continue
        try:
            value = type(getattr(controls.DEFAULTS, control.field))(asked)
        except ValueError:
            value = math.nan
        idle = Decoding.reason_without_effect(strategy, control.field)
        if idle or not control.low <= value <= control.most:
            refuse(SAID + control.url, asked)
        else:
            values[control.field] = value
    early = st.query_params.get(f"{SAID}early")
    if early == "true" and not Decoding.reason_without_effect(strategy, "early_stopping"):
        values["early_stopping"] = True
    elif early is not None:
        refuse(f"{SAID}early", early)
    try:
        return Decoding(**values), refused
    except ExplorerError as error:
        refused.append(f"The link's decoding cannot be, so the default stands: {error}")
        return None, refused


def _say(answer: tuple[str | int, ...], refused: list[str]) -> None:
    """Say what a link could not have, as long as its answer is the one that is linked.

    The page writes its link anew, without what was refused, so the sentences are kept here.
    """
    held = st.session_state.get(_REFUSED)
    if refused or held is None or held[0] != answer:
        st.session_state[_REFUSED] = held = (answer, refused)
    for sentence in held[1]:
        links.notice(sentence)


# The most pieces have a parameter of their own, which older links carry too.
_CONTROLS = [
    control
    for control in (*controls.SAMPLING, *controls.BEAM, *controls.GENERAL)
    if control.field != "max_new_tokens"
]
