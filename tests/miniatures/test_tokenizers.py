from pathlib import Path

import pytest
import sentencepiece
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.miniatures.tokenizers import (
    LETTER_SCORE,
    ChunkEncoder,
    count_words,
    vocabulary_size,
    write_byte_level,
    write_continuing,
    write_unigram,
    write_word_pieces,
)

WORDS = {"the": 90, "The": 40, "dog": 30, "Hund": 12, "schöne": 7, "doesn't": 3, "theory": 1}
TEXTS = [
    "The dog doesn't sleep.",
    "the theorist, Zorbik! <mask> dog <mask>.",
    "schöne Hund? 12 €",
    "漢字 🙂 שלום",
    "",
]
Tokenizer = transformers.PreTrainedTokenizerBase


@pytest.fixture(scope="module")
def unigram(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unigram")
    write_unigram(WORDS, folder)
    return folder


@pytest.fixture(scope="module")
def byte_level(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bytes")
    write_byte_level(WORDS, {"The": 10}, folder)
    return folder


def load(folder: Path) -> Tokenizer:
    return transformers.AutoTokenizer.from_pretrained(str(folder))


def test_words_are_counted_without_their_punctuation() -> None:
    counts = count_words(["summarize: The dog, the dog!", "(doesn't)"])
    assert counts == {"summarize": 1, "The": 1, "the": 1, "dog": 2, "doesn't": 1}
    assert count_words(["the dog"], frozenset({"dog"})) == {"dog": 1}


def test_unigram_keeps_words_whole_and_spells_others(unigram: Path) -> None:
    tokenizer = load(unigram)
    assert isinstance(tokenizer, transformers.T5Tokenizer)
    assert tokenizer.tokenize("The schöne dog doesn't.") == [
        "▁The",
        "▁schöne",
        "▁dog",
        "▁doesn't",
        ".",
    ]
    assert tokenizer.tokenize("a zebra") == ["▁", "a", "▁", "z", "e", "b", "r", "a"]
    assert (tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id) == (0, 1, 2)
    assert tokenizer.convert_tokens_to_ids("<extra_id_9>") != tokenizer.unk_token_id


def test_sentencepiece_reads_the_same_pieces_with_scores(unigram: Path) -> None:
    processor = sentencepiece.SentencePieceProcessor(model_file=str(unigram / "spiece.model"))
    tokenizer = load(unigram)
    for text in ("The dog doesn't sleep.", "theory theorist"):
        assert processor.encode(text, out_type=str) == tokenizer.tokenize(text)
    scores = [processor.get_score(processor.piece_to_id("▁" + word)) for word in WORDS]
    assert scores == sorted(scores, reverse=True)
    assert min(scores) > LETTER_SCORE
    best, second = processor.nbest_encode_as_pieces("dog", 2)
    assert best == ["▁dog"]
    assert len(second) > 1


def test_byte_level_keeps_words_whole_and_bart_s_special_ids(byte_level: Path) -> None:
    tokenizer = load(byte_level)
    # Byte-level BPE always cuts before an apostrophe.
    assert tokenizer.tokenize("The dog doesn't") == ["The", "Ġdog", "Ġdoesn", "'t"]
    assert tokenizer.convert_tokens_to_ids(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]) == [
        0,
        1,
        2,
        3,
        4,
    ]
    ids = tokenizer("The <mask> dog").input_ids
    assert (ids[0], ids[-1]) == (0, 2)
    assert 4 in ids
    assert (byte_level / "vocab.json").exists()
    assert (byte_level / "merges.txt").read_text("utf-8").startswith("#version")


@pytest.mark.parametrize("kind", ["unigram", "byte_level"])
def test_chunk_encoder_gives_the_tokenizer_s_own_ids(
    kind: str, request: pytest.FixtureRequest
) -> None:
    tokenizer = load(request.getfixturevalue(kind))
    encode = ChunkEncoder(tokenizer)
    for text in TEXTS * 2:
        assert encode(text) == tokenizer(text).input_ids


@given(text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_survives_the_byte_level(byte_level: Path, text: str) -> None:
    tokenizer = load_once(byte_level)
    ids = tokenizer(text, add_special_tokens=False).input_ids
    if "<" not in text:
        expected = text.encode("utf-8", errors="replace").decode("utf-8")
        assert tokenizer.decode(ids) == expected


@given(text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_any_text_passes_the_unigram(unigram: Path, text: str) -> None:
    tokenizer = load_once(unigram)
    ids = tokenizer(text).input_ids
    assert ids[-1] == tokenizer.eos_token_id
    assert max(ids) < len(tokenizer) <= vocabulary_size(tokenizer)


_LOADED: dict[Path, Tokenizer] = {}


def load_once(folder: Path) -> Tokenizer:
    if folder not in _LOADED:
        _LOADED[folder] = load(folder)
    return _LOADED[folder]


def test_the_embedding_has_a_round_number_of_rows(unigram: Path) -> None:
    tokenizer = load(unigram)
    rows = vocabulary_size(tokenizer)
    assert rows % 32 == 0
    assert 0 <= rows - len(tokenizer) < 32


def test_writing_twice_gives_the_same_files(unigram: Path, tmp_path: Path) -> None:
    write_unigram(WORDS, tmp_path)
    for name in ("spiece.model", "tokenizer.json"):
        assert (tmp_path / name).read_bytes() == (unigram / name).read_bytes()


def test_word_pieces_keep_words_whole_and_spell_others(tmp_path: Path) -> None:
    write_word_pieces(["the", "The", "dog", "doesn", "t"], tmp_path)
    tokenizer = load(tmp_path)
    assert isinstance(tokenizer, transformers.BertTokenizer)
    assert tokenizer.tokenize("The dog doesn't.") == ["The", "dog", "doesn", "'", "t", "."]
    assert tokenizer.tokenize("Zob [MASK].") == ["Z", "##o", "##b", "[MASK]", "."]
    ids = tokenizer("the dog").input_ids
    assert tokenizer.convert_ids_to_tokens(ids) == ["[CLS]", "the", "dog", "[SEP]"]
    assert tokenizer.pad_token_id == 0
    assert ChunkEncoder(tokenizer)("The dog, Zob.") == tokenizer("The dog, Zob.").input_ids


def test_gpt_s_tokenizer_opens_a_text_and_training_closes_it(tmp_path: Path) -> None:
    write_continuing(WORDS, {"The": 10}, tmp_path)
    tokenizer = load(tmp_path)
    assert isinstance(tokenizer, transformers.GPT2Tokenizer)
    ids = tokenizer("The dog.").input_ids
    assert tokenizer.convert_ids_to_tokens(ids) == ["<|endoftext|>", "The", "Ġdog", "."]
    assert ChunkEncoder(tokenizer)("The dog.") == [*ids, tokenizer.eos_token_id]
    assert tokenizer.pad_token_id not in (tokenizer.eos_token_id, None)
    for text in TEXTS:
        assert tokenizer.decode(tokenizer(text).input_ids, skip_special_tokens=True) == text
