import math

import pytest
import sentencepiece

from explorer import spelling
from explorer.errors import ExplorerError
from explorer.spelling import MAX_SPLITS, MAX_WORD_CHARACTERS
from tests.loaded import folder, loaded


def test_the_first_split_is_the_one_that_the_model_reads():
    model = loaded("t5")
    for word in ("children", "Straße", "dog", "the"):
        found = model.splits(word, 4)
        assert found[0].pieces == model.tokenize(word).pieces[:-1]
        scores = [split.score for split in found]
        assert scores == sorted(scores, reverse=True)
        assert len({split.pieces for split in found}) == len(found)
        for split in found:
            assert "".join(split.pieces) == "▁" + word
            assert math.isclose(split.score, sum(split.scores), rel_tol=1e-6)


def test_scores_are_those_of_sentencepiece():
    file = folder("t5") / "spiece.model"
    processor = sentencepiece.SentencePieceProcessor(model_file=str(file))
    answer = processor.NBestEncode("children", nbest_size=3, return_type="proto")
    expected = [split.score for split in answer.nbests]
    found = [split.score for split in loaded("t5").splits("children", 3)]
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("family", ["t5", "mt5", "pegasus", "marian", "mbart"])
def test_every_ordinary_piece_has_its_score(family):
    model = loaded(family)
    tokens = model.tokenize("The children 漢.")
    scores = model.piece_scores(tokens.ids)
    for score, special, unknown in zip(scores, tokens.special, tokens.unknown, strict=True):
        assert (score is None) == (special or unknown)
    assert sum(filter(None, scores)) < 0


def test_vocabularies_without_scores():
    assert loaded("bart").piece_scores((5, 6)) is None
    with pytest.raises(ExplorerError, match="bytes"):
        loaded("bart").splits("children")
    with pytest.raises(ExplorerError, match="one split only"):
        loaded("nllb").splits("children")


@pytest.mark.parametrize(
    ("word", "count"),
    [("", 3), ("  ", 3), ("a" * (MAX_WORD_CHARACTERS + 1), 3), ("dog", 0), ("dog", MAX_SPLITS + 1)],
)
def test_bad_questions(word, count):
    with pytest.raises(ExplorerError):
        loaded("t5").splits(word, count)


def test_odd_words_have_splits():
    for word in ("\ud800", "\x00", "🙂", "</s>", "שלום", "a b"):
        assert loaded("t5").splits(word, 3)


def test_vocabularies_are_kept_within_a_limit_of_bytes(monkeypatch, tmp_path):
    written = (folder("t5") / "spiece.model").read_bytes()
    one = spelling.FILE_FACTOR * len(written)
    for name in "abc":
        (tmp_path / name).write_bytes(written)
    monkeypatch.setattr(spelling._vocabularies, "most_bytes", 2 * one)
    found = [spelling.processor(tmp_path / name) for name in "abc"]
    assert spelling._vocabularies.bytes == 2 * one
    assert spelling.processor(tmp_path / "c") is found[2]
    assert spelling.processor(tmp_path / "a") is not found[0]
