"""Ten thousand random texts: whatever a person types, there is a result or one plain sentence.

The texts are drawn from the whole of Unicode: halves of surrogate pairs, controls, characters
that nobody has assigned, names of special pieces, nothing at all, far too much.
"""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import explorer
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.tokens import MAX_CHARACTERS, Tokens, readable
from tests.loaded import loaded

TOKENIZED, GENERATED, ATTENDED, STEPPED = 7_000, 1_000, 1_000, 1_000
"""Texts for each of the four; 10,000 together, in about a minute on one core."""

BUNDLED = ("miniature-t5", "miniature-bart", "miniature-bart-summary")
# Marian's pieces come from another library, the other two spell in characters and with languages.
TOKENIZERS = (*BUNDLED, "marian", "nllb", "mt5")
NEW_PIECES = 3

CHARACTERS = st.characters(exclude_categories=())
"""Every code point, the halves of surrogate pairs included."""

FEARED = (
    "\x00", "\ud800", "\udfff", "\udfff\ud800", "\ufffe", "\U0010ffff", "\u2028", "\u2029", "\x85",
    "\u202e", "\u2066", "\u200d", "\ufeff", "\u0301" * 60, "\U000e0001", "ﷺ", "İ", "ß", "\r\n",
    "\t", "   ", "▁", "Ġ", "Ċ", "</s>", "<s>", "<pad>", "<unk>", "<mask>", "<extra_id_0>",
    "<extra_id_9999>", "deu_Latn", ">>deu<<", ">>", "<0x00>", "[MASK]", "👩\u200d🚀",
    "translate English to German: ", "The dog sees the cat.", "\\", '"', "{}", "%s", "$",
)  # fmt: skip
SHORT = st.one_of(
    st.text(CHARACTERS),
    st.text(CHARACTERS, max_size=4),
    st.lists(st.one_of(st.sampled_from(FEARED), st.text(CHARACTERS, max_size=3))).map("".join),
)
LONG = st.builds(
    lambda text, times: text * times,
    st.one_of(st.sampled_from(FEARED), st.text(CHARACTERS, min_size=1, max_size=5)),
    st.sampled_from((100, 1_000, 5_000)),
)
TOO_LONG = st.sampled_from(("a", "\ud800", "漢", " ", "\x00")).map(
    lambda letter: letter * (MAX_CHARACTERS + 1)
)
TEXTS = st.integers(0, 99).flatmap(
    lambda number: TOO_LONG if number == 99 else LONG if number > 95 else SHORT
)


def texts(number: int) -> Any:
    return settings(
        max_examples=number, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )


def model_of(name: str) -> Any:
    return explorer.load(name) if name in BUNDLED else loaded(name)


@pytest.fixture(scope="module", autouse=True)
def _all_loaded() -> None:
    for name in TOKENIZERS:
        model_of(name)


def check_tokens(tokens: Tokens, text: str | None = None) -> None:
    """Every part has one entry for each piece, and the whole can be sent to a browser."""
    parts = (tokens.pieces, tokens.display, tokens.words, tokens.special, tokens.unknown)
    assert {len(part) for part in parts} == {len(tokens.ids)}
    json.dumps([tokens.text, *tokens.display, *tokens.word_texts], ensure_ascii=False).encode()
    assert all(tokens.display)
    words = [word for word in tokens.words if word is not None]
    assert words == sorted(words)
    assert set(words) == set(range(len(tokens.word_texts)))
    if text is not None:
        assert tokens.text == readable(text)
        assert tokens.text.endswith(tokens.truncated)


def check_sentence(refusal: ExplorerError) -> None:
    sentence = str(refusal)
    assert sentence.endswith(".")
    assert len(sentence) < 400
    sentence.encode()


@texts(TOKENIZED)
@given(st.sampled_from(TOKENIZERS), TEXTS)
def test_tokens(name: str, text: str) -> None:
    model = model_of(name)
    try:
        tokens = model.tokenize(text)
    except ExplorerError as refusal:
        check_sentence(refusal)
        return
    check_tokens(tokens, text)
    assert len(tokens) <= model.facts.max_source_tokens
    assert all(0 <= number < model.reader.vocabulary_size for number in tokens.ids)


@texts(GENERATED)
@given(
    st.sampled_from(BUNDLED),
    TEXTS,
    st.sampled_from(
        (
            Decoding(max_new_tokens=NEW_PIECES),
            Decoding("beam", num_beams=2, max_new_tokens=NEW_PIECES),
            Decoding("sampling", seed=1, max_new_tokens=NEW_PIECES),
        )
    ),
)
def test_generation(name: str, text: str, decoding: Decoding) -> None:
    try:
        answer = model_of(name).generate(text, decoding)
    except ExplorerError as refusal:
        check_sentence(refusal)
        return
    check_tokens(answer.source, text)
    check_tokens(answer.tokens)
    answer.text.encode()
    assert 1 <= len(answer.tokens) <= NEW_PIECES
    assert all(map(math.isfinite, answer.token_log_probabilities))


@texts(ATTENDED)
@given(st.sampled_from(BUNDLED), TEXTS, TEXTS)
def test_attention(name: str, text: str, target: str) -> None:
    try:
        maps = model_of(name).attention(text, target, stacks=("cross",))
    except ExplorerError as refusal:
        check_sentence(refusal)
        return
    check_tokens(maps.source, text)
    check_tokens(maps.target)
    sums = maps.cross.sum(axis=-1)
    assert np.abs(sums - 1).max() < 1e-4


@texts(STEPPED)
@given(st.sampled_from(BUNDLED), TEXTS, st.one_of(st.just(""), SHORT))
def test_timeline(name: str, text: str, begin: str) -> None:
    try:
        found = model_of(name).timeline(text, 3, begin, NEW_PIECES)
    except ExplorerError as refusal:
        check_sentence(refusal)
        return
    check_tokens(found.source, text)
    assert 1 <= len(found.steps) <= NEW_PIECES
    assert all(0 <= step.probability <= 1 for step in found.steps)
    found.text.encode()
