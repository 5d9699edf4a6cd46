import math
import subprocess
import sys

import pytest

from explorer.errors import ExplorerError
from explorer.metrics import MAX_SCORED_WORDS, corpus_score, score


def values(text: str, reference: str) -> dict[str, float]:
    return {metric.name: metric.value for metric in score(text, reference)}


def test_the_same_text_scores_100_and_other_words_score_0() -> None:
    assert set(values("Das Wetter ist schön.", "Das Wetter ist schön.").values()) == {100.0}
    assert set(values("zyx pqr", "Katen im Baum").values()) == {0.0}


def test_values_worked_out_by_hand() -> None:
    result = values("the cat sat", "the cat sat down")
    # All runs of one, two and three words are in the reference; the answer is one word short.
    assert result["BLEU"] == pytest.approx(100 * math.exp(1 - 4 / 3))
    assert result["ROUGE-1"] == pytest.approx(100 * 2 * (1.0 * 0.75) / 1.75)
    assert result["ROUGE-2"] == pytest.approx(100 * 2 * (1.0 * 2 / 3) / (1 + 2 / 3))
    assert result["ROUGE-L"] == pytest.approx(100 * 2 * (1.0 * 0.75) / 1.75)


def test_order_counts_for_rouge_l_and_not_for_rouge_1() -> None:
    result = values("cat the sat", "the cat sat")
    assert result["ROUGE-1"] == 100.0
    assert result["ROUGE-L"] == pytest.approx(100 * 2 / 3)


def test_umlauts_are_letters() -> None:
    result = values("schön", "schon")
    assert result["ROUGE-1"] == 0.0
    assert 0 < result["chrF"] < 100


@pytest.mark.parametrize("text", ["你好世界", "हिन्दी में", "مرحبا بالعالم", "Žluťoučký kůň"])
def test_every_script_is_scored(text: str) -> None:
    assert values(text, text)["ROUGE-1"] == 100.0
    assert values(text, text)["BLEU"] == pytest.approx(100.0)


def test_chinese_is_scored_by_character() -> None:
    assert values("你好世界", "你好地球")["ROUGE-1"] == pytest.approx(50.0)


def test_an_empty_answer_scores_0() -> None:
    assert set(values("", "Hallo").values()) == {0.0}


def test_each_score_says_what_it_measures_and_misses() -> None:
    for metric in score("a", "b"):
        assert metric.measures.endswith(".")
        assert metric.misses.endswith(".")


def test_many_texts_are_one_corpus_for_bleu_and_a_mean_for_rouge() -> None:
    metrics = {m.name: m.value for m in corpus_score(["a b c d", "x"], ["a b c d", "y"])}
    assert metrics["ROUGE-1"] == pytest.approx(50.0)
    # Four of five words, then all three, two and one of the longer runs.
    assert metrics["BLEU"] == pytest.approx(100 * (4 / 5) ** 0.25)


@pytest.mark.parametrize(
    ("texts", "references", "words"),
    [
        ([], [], "0 texts"),
        (["a"], ["a", "b"], "1 texts and 2 references"),
        (["a"], [" \n"], "reference is empty"),
        (["a " * (MAX_SCORED_WORDS + 1)], ["a"], "2,001 words"),
        (["a"], ["a " * (MAX_SCORED_WORDS + 1)], "reference has 2,001 words"),
    ],
)
def test_what_cannot_be_scored_is_said(texts: list[str], references: list[str], words: str) -> None:
    with pytest.raises(ExplorerError, match=words):
        corpus_score(texts, references)


def test_no_torch_and_no_network_is_needed() -> None:
    program = (
        "import socket, sys\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "from explorer.metrics import score\n"
        "score('Das ist gut.', 'Das ist gut.')\n"
        "assert 'torch' not in sys.modules\n"
        "import nltk\n"
        "nltk.download = refuse\n"
        "print('fine')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "fine", done.stderr
