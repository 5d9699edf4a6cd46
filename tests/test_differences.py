import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.differences import MAX_COMPARED_WORDS, differences, split_words

AWKWARD = [
    "",
    " ",
    "Der Hund sieht die Katze.",
    "I'm a well-known dog -- isn't it?",
    "a\x00b\u200b\ufeff",
    "你好，世界。 Hallo!",
    "हिन्दी में",
    "مرحبا بالعالم",
    "👩\u200d👩\u200d👧 fine",
    "<mask> </s> <script>alert(1)</script> < > <",
    "line\nline\r\n\tline\u2028end",
]


def marked(spans: object) -> list[str]:
    return [span.text for span in spans if span.different]  # type: ignore[attr-defined]


@pytest.mark.parametrize("left", AWKWARD)
@pytest.mark.parametrize("right", AWKWARD)
def test_the_spans_of_each_side_join_to_its_text(left: str, right: str) -> None:
    result = differences(left, right)
    assert "".join(span.text for span in result.left) == left
    assert "".join(span.text for span in result.right) == right
    assert result.equal == (left == right)


def test_words_that_changed_are_marked_on_both_sides() -> None:
    result = differences("The old dog sees the cat.", "The dog saw the cat!")
    assert marked(result.left) == ["old ", "sees", "."]
    assert marked(result.right) == ["saw", "!"]
    assert (result.words_left, result.words_right) == (3, 2)


def test_changed_words_in_a_row_are_one_mark() -> None:
    result = differences("a red big house", "a blue tiny house")
    assert marked(result.left) == ["red big"]
    assert marked(result.right) == ["blue tiny"]


def test_a_word_keeps_its_apostrophe_hyphen_and_marks() -> None:
    assert split_words("isn't well-known <mask>, हिन्दी") == [
        "isn't", " ", "well-known", " ", "<mask>", ",", " ", "हिन्दी",
    ]  # fmt: skip


def test_a_special_token_is_one_word_wherever_it_stands() -> None:
    assert split_words("The<mask>dog") == ["The", "<mask>", "dog"]
    assert split_words("well-<mask><mask>s") == ["well", "-", "<mask>", "<mask>", "s"]
    assert split_words("a<b") == ["a<b"]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    result = differences("你好世界", "你们世界")
    assert marked(result.left) == ["好"]
    assert marked(result.right) == ["们"]


def test_a_difference_in_spaces_alone_is_seen() -> None:
    result = differences("a b", "a  b")
    assert not result.equal
    assert (result.words_left, result.words_right) == (0, 0)


def longest_in_common(left: list[str], right: list[str]) -> int:
    """The length of a longest common subsequence, by its definition."""
    lengths = [[0] * (len(right) + 1) for _ in range(len(left) + 1)]
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            longer = max(lengths[i][j + 1], lengths[i + 1][j])
            lengths[i + 1][j + 1] = lengths[i][j] + 1 if a == b else longer
    return lengths[-1][-1]


WORDS = st.lists(st.sampled_from(["the", "dog", "cat", "sees"]), max_size=12)


@given(WORDS, WORDS, st.sampled_from([" ", "  ", "\n"]))
def test_as_many_words_as_possible_stay_unmarked(
    left: list[str], right: list[str], space: str
) -> None:
    result = differences(space.join(left), " ".join(right))
    common = longest_in_common(left, right)
    assert (result.words_left, result.words_right) == (len(left) - common, len(right) - common)
    kept = [[run.text for run in side if not run.different] for side in (result.left, result.right)]
    assert "".join(kept[0]) == "".join(kept[1])


def test_few_words_repeated_many_times() -> None:
    """The hard case: every word matches every other."""
    count = MAX_COMPARED_WORDS // 2 - 1
    result = differences("the " * count, "the " * (count - 7) + "a")
    assert (result.words_left, result.words_right) == (7, 1)
    assert marked(result.right) == ["a"]


def test_long_texts_are_compared_at_both_ends() -> None:
    words = ["same"] * (2 * MAX_COMPARED_WORDS)
    left = " ".join([*words, "left", *words])
    right = " ".join([*words, "right", *words])
    result = differences(left, right)
    assert marked(result.left) == ["left"]
    assert marked(result.right) == ["right"]
    assert "".join(span.text for span in result.left) == left


def test_ends_never_overlap() -> None:
    left = "a " * (2 * MAX_COMPARED_WORDS)
    right = "a " * (3 * MAX_COMPARED_WORDS)
    result = differences(left, right)
    assert "".join(span.text for span in result.right) == right
    assert not any(span.different for span in result.left)
    assert result.words_right == MAX_COMPARED_WORDS
