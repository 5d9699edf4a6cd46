import json
from concurrent.futures import ThreadPoolExecutor
from threading import RLock
from types import SimpleNamespace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.checkpoint import open_checkpoint
from explorer.errors import ExplorerError
from explorer.reading import Reader
from explorer.tokens import MAX_CHARACTERS, readable
from tests import checkpoints
from tests.checkpoints import FAMILIES
from tests.loaded import DECODINGS, SOURCE, folder, loaded, plain_tokenizer

TEXTS = (
    SOURCE,
    "Wo ist die Straße? Über dem Fluß!  Zwei  Leerzeichen.",
    " leading and trailing ",
    "🙂 emoji 👩\u200d🚀 and e\u0301",
    "שלום עולם",
    "line one\nline two\ttab",
    "ﬁne ① ＦＵＬＬ",
    "a\x00b\x07c",
    "x < y > z & <b>bold</b> <script>alert(1)</script>",
)

MARKS = ("</s>", "<pad>", "<s>", "<unk>", "deu_Latn", "de_DE", "<unk_2>", "<mask_1>")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("text", TEXTS)
def test_ordinary_text_is_read_as_the_tokenizer_reads_it(family, text):
    model = loaded(family)
    tokens = model.tokenize(text)
    assert list(tokens.ids) == plain_tokenizer(family)(text)["input_ids"]
    assert list(tokens.pieces) == plain_tokenizer(family).convert_ids_to_tokens(list(tokens.ids))
    assert tokens.truncated == ""
    assert tokens.text == text


@pytest.mark.parametrize("family", FAMILIES)
def test_typed_marks_are_text(family):
    model = loaded(family)
    structural = set(plain_tokenizer(family).all_special_ids) - {model.tokenizer.unk_token_id}
    for mark in MARKS:
        for text in (mark, f"a{mark}b", f"a {mark} b", f"{mark}{mark}", mark.replace("<", "＜")):
            tokens = model.tokenize(text)
            typed = [
                number
                for number, word in zip(tokens.ids, tokens.words, strict=True)
                if word is not None
            ]
            assert typed, text
            assert not set(typed) & structural, text
            assert "".join(tokens.word_texts) == text.replace(" ", ""), text


@pytest.mark.parametrize("family", ["t5", "mt5", "pegasus", "mbart", "marian"])
def test_a_typed_end_token_is_spelled_by_its_letters(family):
    tokens = loaded(family).tokenize("s </s>")
    letter = tokens.ids[tokens.pieces.index("s")] if "s" in tokens.pieces else None
    assert letter is not None
    assert tokens.ids.count(loaded(family).tokenizer.eos_token_id) == 1  # its own, at the end


def test_useful_placeholders_keep_their_meaning():
    for family, mark in (("bart", "<mask>"), ("mbart", "<mask>"), ("t5", "<extra_id_0>")):
        model = loaded(family)
        number = model.tokenizer.convert_tokens_to_ids(mark)
        for text in (f"The {mark} dog.", f"The </s> {mark} dog."):
            tokens = model.tokenize(text)
            place = tokens.ids.index(number)
            assert tokens.special[place]
            assert tokens.display[place] == mark
            assert tokens.word_texts[tokens.words[place]] == mark
    text = "The <mask> dog."
    assert list(loaded("bart").tokenize(text).ids) == plain_tokenizer("bart")(text)["input_ids"]
    # A family that never learned to fill gaps reads the same string as text.
    nllb = loaded("nllb")
    assert nllb.tokenizer.mask_token_id not in nllb.tokenize(text).ids


@pytest.mark.parametrize("family", FAMILIES)
def test_what_does_not_fit_is_left_over_exactly(family):
    model = loaded(family)
    limit = model.facts.max_source_tokens
    for text in ("The small dog. " * 400, "ö🙂€" * 600, "</s> dog " * 400, "a" * 3000):
        tokens = model.tokenize(text)
        assert len(tokens) <= limit
        assert text.endswith(tokens.truncated)
        if not tokens.truncated:  # a run of unknown characters may be one piece
            continue
        kept = text[: len(text) - len(tokens.truncated)]
        assert limit - len(tokens) < 4  # only a character that does not fit whole is left out
        again = model.tokenize(kept)
        assert again.truncated == ""
        assert tokens.ids[-1] == again.ids[-1] == model.tokenizer.eos_token_id
        # What was read is what would be read of the kept part alone.
        assert "".join(tokens.word_texts) == "".join(again.word_texts)


def test_no_cut_goes_through_a_character():
    model = loaded("bart")
    limit = model.facts.max_source_tokens
    for letters in range(4):
        tokens = model.tokenize("a" * letters + "🙂" * 200)  # four pieces to a character
        emoji = len(tokens) - 2 - tokens.display.count("a")
        assert emoji % 4 == 0
        assert len(tokens) <= limit
        assert tokens.text == "a" * letters + "🙂" * (emoji // 4) + tokens.truncated


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_to_read_gives_only_the_special_pieces(family):
    tokens = loaded(family).tokenize("")
    assert tokens.ids
    assert all(tokens.special)
    assert set(tokens.words) == {None}
    assert tokens.word_texts == ()


def test_unknown_text_is_shown_and_marked():
    tokens = loaded("t5").tokenize("dog 漢字")
    place = tokens.unknown.index(True)
    assert tokens.ids[place] == loaded("t5").tokenizer.unk_token_id
    assert tokens.display[place] == "漢字"
    assert not tokens.special[place]
    assert tokens.word_texts[-1] == "漢字"


def test_half_characters_do_not_stop_anybody():
    for family in FAMILIES:
        tokens = loaded(family).tokenize("a \ud800 b\udfff")
        assert tokens.text == "a � b�"
        assert tokens.truncated == ""


def test_far_too_long_text_is_refused_with_the_limit():
    with pytest.raises(ExplorerError, match=f"{MAX_CHARACTERS + 1:,}.*{MAX_CHARACTERS:,}"):
        loaded("t5").tokenize("a" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize("family", FAMILIES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    text=st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=()), max_size=40),
            st.sampled_from([*MARKS, "<mask>", "<extra_id_1>", ">>fra<<", " ", "\u202e", "漢字"]),
        ),
        max_size=12,
    ).map("".join)
)
def test_any_text_can_be_read(family, text):
    model = loaded(family)
    tokens = model.tokenize(text)
    assert tokens.text == readable(text)
    assert tokens.text.endswith(tokens.truncated)
    count = len(tokens.ids)
    columns = (tokens.pieces, tokens.display, tokens.words, tokens.special, tokens.unknown)
    assert all(len(column) == count for column in columns)
    assert model.tokenizer.convert_tokens_to_ids(list(tokens.pieces)) == list(tokens.ids)
    numbers = [word for word in tokens.words if word is not None]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == list(range(len(tokens.word_texts)))
    assert all(tokens.display)
    if family == "bart" and not tokens.truncated and "<mask>" not in text:
        assert model.reader.decode(tokens.ids) == tokens.text


@pytest.mark.parametrize("family", FAMILIES)
def test_an_answer_is_placed_in_its_own_text(family):
    model = loaded(family)
    read = model.tokenize_target("Der kleine Hund sieht die Straße.")
    written = model.reader.written(read.ids)
    assert written.ids == read.ids
    assert written.pieces == read.pieces
    assert written.words == read.words
    assert written.word_texts == read.word_texts == ("Der", "kleine", "Hund", "sieht", "die",
                                                     "Straße", ".")  # fmt: skip
    assert written.special == read.special
    assert written.text == model.reader.decode(read.ids)


def test_an_answer_of_broken_bytes_is_shown():
    model = loaded("bart")
    ids = [i for i in model.tokenize("€🙂é").ids if i not in model.tokenizer.all_special_ids]
    for start in range(len(ids)):
        for end in range(start + 1, len(ids) + 1):
            tokens = model.reader.written(ids[start:end])
            assert all(tokens.display)
            assert None not in tokens.words
    whole = model.reader.written(ids)
    assert whole.text == "€🙂é"
    assert set(whole.words) == {0}


def test_languages_can_change_while_others_read():
    model = loaded("nllb")
    ours = model.tokenize("The </s> dog.").ids

    def read(number: int) -> bool:
        if number % 4 == 0:
            view = model.for_languages("fra_Latn", "spa_Latn")
            code = model.tokenizer.convert_tokens_to_ids("fra_Latn")
            return view.tokenize("The </s> dog.").ids == (code, *ours[1:])
        return model.tokenize("The </s> dog.").ids == ours

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(200)))


def with_a_mark_outside(folder, target, mark="<mask>"):
    """As in bart-large-cnn: the last piece of the tokenizer, and the weights have no row for it."""
    made = checkpoints.cut(folder, target, 419)
    path = made / "tokenizer.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = written["model"]["vocab"]
    last = next(piece for piece, number in vocabulary.items() if number == 419)
    vocabulary[mark], vocabulary[last] = 419, vocabulary[mark]
    for added in written["added_tokens"]:
        added["id"] = vocabulary[added["content"]]
    path.write_text(json.dumps(written), encoding="utf-8")
    return made


@pytest.mark.parametrize(
    ("family", "rows", "outside", "inside"),
    [
        ("bart", 419, "<mask>", None),
        ("mbart", 261, "<mask>", None),
        ("t5", 220, "<extra_id_0>", "<extra_id_19>"),
        ("mt5", 220, "<extra_id_7>", "<extra_id_8>"),
    ],
)
def test_a_placeholder_that_the_weights_do_not_know_is_text(
    family, rows, outside, inside, tmp_path
):
    if family == "bart":
        made = with_a_mark_outside(folder(family), tmp_path / family)
    else:
        made = checkpoints.cut(folder(family), tmp_path / family, rows)
    model = open_checkpoint("cut", made, loaded(family).device)
    assert model.tokenizer.convert_tokens_to_ids(outside) >= rows
    text = f"The {outside} dog and {outside}{outside}."
    for tokens in (model.tokenize(text), model.tokenize_target(text)):
        assert max(tokens.ids) < rows
        assert "".join(tokens.word_texts) == text.replace(" ", "")
        assert not any(
            special and word is not None
            for special, word in zip(tokens.special, tokens.words, strict=True)
        )
    for decoding in DECODINGS:
        answer = model.generate(text, decoding)
        assert model.check_generation(text, answer).passed
    if inside:
        number = model.tokenizer.convert_tokens_to_ids(inside)
        tokens = model.tokenize(f"The {inside} dog {outside}.")
        assert tokens.special[tokens.ids.index(number)]
        assert max(tokens.ids) < rows


def test_languages_that_the_weights_do_not_know_are_none(tmp_path):
    rows = loaded("nllb").tokenizer.convert_tokens_to_ids("zho_Hans")
    made = checkpoints.cut(folder("nllb"), tmp_path / "nllb", rows)
    model = open_checkpoint("cut", made, loaded("nllb").device)
    assert "spa_Latn" in model.languages
    assert "zho_Hans" not in model.languages
    with pytest.raises(ExplorerError, match="does not know the language 'zho_Hans'"):
        model.for_languages("eng_Latn", "zho_Hans")
    assert max(model.tokenize("zho_Hans <mask>").ids) < rows


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_for_another_tokenizer_are_refused(family, tmp_path):
    rows = 150 if family != "pegasus" else 200
    made = checkpoints.cut(folder(family), tmp_path / family, rows)
    with pytest.raises(ExplorerError, match=r"do not belong together|names the piece"):
        open_checkpoint("cut", made, loaded(family).device)


def test_the_marks_around_a_text_need_rows_too(tmp_path):
    made = with_a_mark_outside(folder("bart"), tmp_path / "bart", "</s>")
    with pytest.raises(ExplorerError, match=r"“</s>” is one of 1.* do not belong together"):
        open_checkpoint("cut", made, loaded("bart").device)


def test_the_gaps_that_t5_fills_are_shown():
    model = loaded("t5")
    read = model.tokenize_target("<extra_id_0> dog <extra_id_1> cats<extra_id_2>")
    first, last = model.tokenizer.convert_tokens_to_ids(["<extra_id_0>", "<extra_id_2>"])
    assert first in read.ids
    assert last in read.ids
    text = model.reader.decode((model.rules.start, *read.ids))
    assert text == "<extra_id_0> dog<extra_id_1> cats<extra_id_2>"
    written = model.reader.written(read.ids)
    assert written.text == text
    assert written.word_texts == ("<extra_id_0>", "dog", "<extra_id_1>", "cats", "<extra_id_2>")
    assert written.special[0]
    assert written.words[-1] is None  # the end token


def test_a_tokenizer_without_places_is_refused():
    from transformers import ByT5Tokenizer

    with pytest.raises(ExplorerError, match=r"tokenizer\.json"):
        Reader(ByT5Tokenizer(), "t5", RLock(), 400)


def test_marian_keeps_the_language_codes_of_its_vocabulary():
    model = loaded("marian")
    reader = Reader(model.tokenizer, "marian", RLock(), model.facts.vocabulary_size)
    known = dict(model.tokenizer.encoder) | {">>fra<<": 7}
    reader.tokenizer = SimpleNamespace(
        spm_source=model.tokenizer.spm_source,
        encoder=known,
        unk_token_id=model.tokenizer.unk_token_id,
        is_fast=False,
    )
    found = reader._spans(">>fra<< dog", False, 99)
    assert (found[0].id, found[0].start, found[0].end, found[0].alone) == (7, 0, 7, True)
    assert found[1].start >= 7
    spelled = reader._spans(">>xyz<< dog", False, 99)
    assert spelled[0].id != 7
    assert not spelled[0].alone
