import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.miniatures import corruption
from explorer.miniatures.corruption import (
    CORRUPTIONS,
    KINDS,
    MASK,
    Corrupted,
    corrupt,
    delete,
    infill,
    mask,
    permute,
    rotate,
    sentence_spans,
    word_spans,
)

WORDS = st.sampled_from(
    ["Anna", "sees", "the", "dog,", "doesn't", "house", "well-known", "Bär", "3"]
)
SENTENCES = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(WORDS, min_size=1, max_size=9),
    st.sampled_from([".", "!", "?"]),
)
TEXTS = st.builds(
    lambda sentences, dropped: " ".join(sentences)[: -1 if dropped else None],
    st.lists(SENTENCES, min_size=2, max_size=4),
    st.booleans(),
)
SEEDS = st.integers(0, 10**9)


def words_of(text: str) -> list[str]:
    return [text[start:end] for start, end in word_spans(text)]


@given(TEXTS, SEEDS, st.sampled_from(KINDS))
@settings(max_examples=150, deadline=None)
def test_the_same_random_state_gives_the_same_damage(text: str, seed: int, kind: str) -> None:
    first = corrupt(kind, text, random.Random(seed))
    assert first == corrupt(kind, text, random.Random(seed))
    assert first.kind == kind
    assert first.original == text
    for start, end in first.hidden:
        assert 0 <= start <= end <= len(text)
    for start, end in first.marks:
        assert 0 <= start <= end <= len(first.text)


def restored(damage: Corrupted) -> str:
    """Put what was hidden back where the marks stand."""
    text = damage.text
    for (start, end), (left, right) in reversed(
        list(zip(damage.hidden, damage.marks, strict=True))
    ):
        # A mask that hides nothing brought a space of its own.
        after = right + (1 if start == end else 0)
        text = text[:left] + damage.original[start:end] + text[after:]
    return text


@given(TEXTS, SEEDS, st.sampled_from(["masking", "deletion", "infilling"]))
@settings(max_examples=200, deadline=None)
def test_hidden_words_put_back_give_the_original(text: str, seed: int, kind: str) -> None:
    damage = corrupt(kind, text, random.Random(seed))
    assert restored(damage) == text
    assert damage.text != text


def test_two_deleted_words_in_front_share_the_space_between_them() -> None:
    assert delete("Anna sees Tom.", [0, 1]).hidden == ((0, 5), (5, 9))


@given(TEXTS, SEEDS)
@settings(max_examples=100, deadline=None)
def test_masking_hides_one_word_with_each_mask(text: str, seed: int) -> None:
    damage = corrupt("masking", text, random.Random(seed))
    assert damage.text.count(MASK) == len(damage.hidden)
    assert len(damage.hidden) == max(1, round(corruption.WORD_SHARE * len(words_of(text))))
    assert len(damage.text.split()) == len(text.split())


@given(TEXTS, SEEDS)
@settings(max_examples=100, deadline=None)
def test_deletion_leaves_no_trace(text: str, seed: int) -> None:
    damage = corrupt("deletion", text, random.Random(seed))
    assert MASK not in damage.text
    assert "  " not in damage.text
    assert len(words_of(damage.text)) == len(words_of(text)) - len(damage.hidden)


@given(TEXTS, SEEDS)
@settings(max_examples=100, deadline=None)
def test_permutation_and_rotation_lose_no_word(text: str, seed: int) -> None:
    for kind in ("permutation", "rotation"):
        damage = corrupt(kind, text, random.Random(seed))
        assert sorted(damage.text.split()) == sorted(text.split())
    rotated = corrupt("rotation", text, random.Random(seed)).text
    assert text in f"{rotated} {rotated}"


def test_each_kind_on_chosen_places() -> None:
    text = "Anna sees the old dog. It sleeps"
    assert mask(text, [3, 6]).text == "Anna sees the <mask> dog. It <mask>"
    assert delete(text, [0, 4]).text == "sees the old. It sleeps"
    assert infill(text, [(1, 3), (5, 0)]).text == "Anna <mask> dog. <mask> It sleeps"
    assert permute(text, [1, 0]).text == "It sleeps Anna sees the old dog."
    assert rotate(text, 3).text == "old dog. It sleeps Anna sees the"
    assert [text[start:end] for start, end in sentence_spans(text)] == [
        "Anna sees the old dog.",
        "It sleeps",
    ]


def test_an_empty_run_in_another_run_shows_no_hidden_word() -> None:
    text = "Anna sees the old dog."
    for empty in (1, 2, 3, 4):
        damage = infill(text, sorted([(1, 3), (empty, 0)]))
        assert damage.text == "Anna <mask> dog."
        assert damage.hidden == ((5, 17),)


def test_infilled_spans_have_lengths_around_three() -> None:
    rng = random.Random(0)
    lengths = [corruption._poisson(corruption.SPAN_MEAN, rng) for _ in range(4000)]
    assert abs(sum(lengths) / len(lengths) - 3) < 0.15
    assert 0 in lengths
    runs = [length for _ in range(300) for _, length in corruption.random_runs(40, rng)]
    assert 0 in runs
    assert max(runs) >= 6


def test_a_mask_typed_by_hand_is_kept() -> None:
    damage = corrupt("masking", "The <mask> dog", random.Random(1))
    assert damage.text.count(MASK) == 2


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("permutation", "Anna sees the dog.", "at least 2 sentences"),
        ("rotation", "Anna", "second word"),
        ("deletion", "Anna.", "second word"),
        ("masking", " \n ", "no word"),
        ("infilling", "?!", "no word"),
        ("shredding", "Anna sees", "shredding"),
        ("masking", "word " * 5000, "shorten"),
    ],
)
def test_what_cannot_be_damaged_is_refused_with_the_reason(
    kind: str, text: str, reason: str
) -> None:
    with pytest.raises(ExplorerError, match=reason):
        corrupt(kind, text, random.Random(0))


@given(st.text(max_size=200), SEEDS, st.sampled_from(KINDS))
@settings(max_examples=200, deadline=None)
def test_any_text_gives_a_result_or_a_reason(text: str, seed: int, kind: str) -> None:
    reason = ""
    try:
        damage = corrupt(kind, text, random.Random(seed))
    except ExplorerError as error:
        reason = str(error)
    assert reason.endswith(".") or damage.original == text.strip()


def test_every_kind_has_a_title_and_an_explanation() -> None:
    assert [entry.kind for entry in CORRUPTIONS] == list(KINDS)
    assert all(entry.title and entry.explanation.endswith(("?", ".")) for entry in CORRUPTIONS)
