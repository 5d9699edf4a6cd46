from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

import explorer
from explorer.tokens import (
    Span,
    named,
    piece_bytes,
    readable,
    show,
    show_bytes,
    visible,
    word_of_each,
)
from tests.loaded import loaded


def spans(text: str, *pieces: str) -> list[Span]:
    found, start = [], 0
    for piece in pieces:
        start = text.index(piece, start)
        found.append(Span(0, start, start + len(piece)))
        start += len(piece)
    return found


@pytest.mark.parametrize(
    ("text", "pieces", "words", "texts"),
    [
        ("The dog.", ("The", " do", "g", "."), [0, 1, 1, 2], ["The", "dog", "."]),
        ("Don't pay 3.50!", ("Don", "'t", " pay", " 3", ".5", "0!"), [0, 0, 1, 2, 2, 2],
         ["Don't", "pay", "3.50!"]),
        ("(a)", ("(", "a", ")"), [0, 1, 2], ["(", "a", ")"]),
        ("well-known", ("well", "-", "known"), [0, 0, 0], ["well-known"]),
        ("a  b", ("a", " ", " b"), [0, 1, 1], ["a", "b"]),
        ("a  ", ("a", " ", " "), [0, 0, 0], ["a"]),
        (" ", (" ",), [0], [" "]),
        ("...", (".", ".."), [0, 0], ["..."]),
        ("שלום עולם.", ("שלום", " עולם", "."), [0, 1, 2], ["שלום", "עולם", "."]),
    ],
)  # fmt: skip
def test_words(text, pieces, words, texts):
    assert word_of_each(text, spans(text, *pieces)) == (words, texts)


def test_characters_that_a_tokenizer_drops_stay_in_their_word():
    text = "e\u0301te\u0301 x"  # it joins the accents to the letters and drops their places
    pieces = [Span(0, 0, 1), Span(0, 2, 4), Span(0, 5, 7)]
    assert word_of_each(text, pieces) == ([0, 0, 1], ["e\u0301te\u0301", "x"])


def test_added_pieces_belong_to_no_word():
    pieces = [Span(1, 0, 0, added=True), *spans("a b", "a", " b"), Span(2, 3, 3, added=True)]
    assert word_of_each("a b", pieces) == ([None, 0, 1, None], ["a", "b"])
    assert word_of_each("", [Span(2, 0, 0, added=True)]) == ([None], [])


def test_a_placeholder_is_a_word_of_its_own():
    text = "un<mask>able"
    pieces = [Span(0, 0, 2), Span(9, 2, 8, alone=True), Span(0, 8, 12)]
    assert word_of_each(text, pieces) == ([0, 1, 2], ["un", "<mask>", "able"])


@given(st.text(), st.data())
def test_words_never_decrease_and_every_word_has_a_piece(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)))) | {0, len(text)})
    pieces = [Span(0, start, end) for start, end in pairwise(cuts)]
    words, texts = word_of_each(text, pieces)
    numbers = [word for word in words if word is not None]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == list(range(len(texts)))
    assert all(word and word in text for word in texts)


def test_half_characters_are_shown_and_whole_ones_kept():
    assert readable("a\ud800b\udfff") == "a�b�"
    assert readable("🙂é\x00") == "🙂é\x00"


def test_invisible_characters_are_shown_by_their_number():
    assert visible("a\x00\u202eb\ufeff") == "a⟨00⟩⟨202E⟩b⟨FEFF⟩"
    assert visible("👩\u200d🚀") == "👩\u200d🚀"
    assert visible("\u200d") == "⟨200D⟩"


def test_byte_level_pieces_are_decoded():
    # How GPT-2's table spells " é" and the first two bytes of "€".
    assert piece_bytes("ĠÃ©", True) == b" \xc3\xa9"
    assert show("ĠÃ©", True) == "é"
    assert show("âĤ", True) == "⟨E2 82⟩"
    assert show("Ġ", True) == "␣"
    assert show("ĠĠ", True) == "␣␣"
    assert show("<mask>", True) == "<mask>"
    assert show("Ċ", True) == "⟨0A⟩"


def test_sentencepiece_pieces_lose_their_mark():
    assert show("▁dog", False) == "dog"
    assert show("g", False) == "g"
    assert show("▁", False) == "␣"
    assert show("deu_Latn", False) == "deu_Latn"


@given(st.binary(max_size=12))
def test_bytes_can_always_be_shown(raw):
    shown = show_bytes(raw)
    assert shown.isprintable() or not raw
    assert bool(shown) == bool(raw)


@given(st.text(max_size=20))
def test_whole_characters_are_shown_as_they_are(text):
    assert show_bytes(readable(text).encode()) == visible(readable(text))


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart", "mt5", "marian", "nllb"])
def test_no_two_pieces_of_a_vocabulary_have_the_same_name(name):
    reader = (explorer.load if name.startswith("miniature") else loaded)(name).reader
    every = list(range(reader.vocabulary_size))
    shown, pieces = reader.display(every), reader.pieces(every)
    names = list(map(named, pieces, shown))
    assert len(set(names)) == len(every) > len(set(shown))
    for piece, display, each in zip(pieces, shown, names, strict=True):
        assert each in (display, f"␣{display}")
        if each != display:
            assert piece[0] in "▁Ġ"
