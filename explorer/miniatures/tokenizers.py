"""Tokenizers of the bundled models: frequent words are whole pieces, other words fall into letters.

Both are written in the Hub's own format. The pieces of an unknown word are short and regular on
purpose: a model can only copy a word that it has never seen when the word is spelt out.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import sentencepiece
import transformers
from sentencepiece import sentencepiece_model_pb2
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

EXTRA_IDS = 10
"""T5's own `<extra_id_N>` pieces; the real T5 has 100."""
VOCABULARY_MULTIPLE = 32
"""The embedding matrix is rounded up to a multiple of this, as the real T5's is."""
LEAST_WORD_SCORE = -11.0
LETTER_SCORE = -12.0
"""Below every word's score, so that a whole word always beats a split of it."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
ACCENTED = "äöüßáàâãåçéèêëíìîïñóòôõøúùûýœæ"
CHARACTERS = LETTERS + LETTERS.upper() + ACCENTED + ACCENTED.upper().replace("SS", "ẞ")
OTHER_CHARACTERS = "0123456789.,;:!?'\"-–()[]/&%+=*@#$€_<>|"
BART_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
GPT_SPECIAL = ("<|endoftext|>", "<pad>")
BERT_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

_EDGES = re.compile(r"^\W+|\W+$")


def count_words(texts: Iterable[str], known: frozenset[str] | None = None) -> Counter[str]:
    """How often each word stands in the texts, without the punctuation around it.

    With `known`, words that are not in it (names and invented words) are left out.
    """
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(text.split())
    words: Counter[str] = Counter()
    for chunk, count in counts.items():
        word = _EDGES.sub("", chunk)
        if word and (known is None or word in known):
            words[word] += count
    return words


def write_unigram(words: Mapping[str, int], folder: Path) -> None:
    """Train a SentencePiece unigram model on word counts and save it as a `T5Tokenizer`.

    Every word becomes one piece with its `▁`, scored with the logarithm of its share; every
    letter and punctuation mark is a piece of its own with a score below all words. The folder
    gets `spiece.model` (the sentencepiece package reads it) and `tokenizer.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(words, key=lambda word: (-words[word], word))
    characters = "".join(sorted(set(CHARACTERS + OTHER_CHARACTERS) | set("".join(ordered))))
    with TemporaryDirectory() as temporary:
        corpus = Path(temporary, "words.tsv")
        spelt = "".join(f"{LETTERS}{word}\t1\n" for word in ordered)  # the words as letters too
        corpus.write_text(
            "".join(f"{word}\t{words[word]}\n" for word in ordered) + spelt, encoding="utf-8"
        )
        sentencepiece.SentencePieceTrainer.train(
            input=str(corpus),
            input_format="tsv",
            model_prefix=str(Path(temporary, "spiece")),
            model_type="unigram",
            vocab_size=len(ordered) + len(characters) + 64,
            hard_vocab_limit=False,
            required_chars=characters,
            user_defined_symbols=["▁" + word for word in ordered],
            pad_id=0,
            eos_id=1,
            unk_id=2,
            bos_id=-1,
            num_threads=1,
            minloglevel=2,
        )
        model = _message()
        model.ParseFromString(Path(temporary, "spiece.model").read_bytes())
    _keep_words_and_letters(model, words)
    Path(folder, "tokenizer.json").unlink(missing_ok=True)  # an older one would be read instead
    Path(folder, "spiece.model").write_bytes(model.SerializeToString(deterministic=True))
    tokenizer = transformers.T5Tokenizer.from_pretrained(str(folder), extra_ids=EXTRA_IDS)
    tokenizer.save_pretrained(str(folder))
    _tidy_configuration(folder)


def _message() -> Any:
    """An empty SentencePiece model, whose class is made when its module is loaded."""
    return vars(sentencepiece_model_pb2)["ModelProto"]()


def _keep_words_and_letters(model: Any, words: Mapping[str, int]) -> None:
    """Drop the pieces between word and letter, and give words a score in place of a rule.

    A user-defined symbol can't be split any other way and has no score; an ordinary piece with
    a high enough score is chosen just as surely, and its next best splits can be looked at.
    """
    piece_types = model.SentencePiece
    total = sum(words.values())
    kept = []
    for piece in model.pieces:
        if piece.type == piece_types.USER_DEFINED:
            piece.type = piece_types.NORMAL
            share = words[piece.piece[1:]] / total
            piece.score = max(math.log(share), LEAST_WORD_SCORE)
        elif piece.type == piece_types.NORMAL:
            if len(piece.piece) > 1:
                continue
            piece.score = LETTER_SCORE
        kept.append(piece_types.FromString(piece.SerializeToString()))
    if all(piece.piece != "▁" for piece in kept):  # left out when every word is a symbol
        kept.append(piece_types(piece="▁", score=LETTER_SCORE))
    del model.pieces[:]
    model.pieces.extend(kept)
    model.trainer_spec.ClearField("user_defined_symbols")
    model.trainer_spec.ClearField("input")
    model.trainer_spec.ClearField("model_prefix")
    model.trainer_spec.vocab_size = len(kept)


def write_byte_level(
    words: Mapping[str, int], first_words: Mapping[str, int], folder: Path
) -> None:
    """Train a byte-level BPE in which the given words are whole, and save it as BART's tokenizer.

    `words` stand after a space; `first_words` begin a text, where BART has no space before them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = _byte_level(words, first_words, BART_SPECIAL)
    fast = transformers.RobertaTokenizer(vocab=vocabulary, merges=merges)
    fast.save_pretrained(str(folder))
    Path(folder, "vocab.json").write_text(
        json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8"
    )
    lines = "".join(f"{left} {right}\n" for left, right in merges)
    Path(folder, "merges.txt").write_text("#version: 0.2\n" + lines, encoding="utf-8")
    _tidy_configuration(folder, tokenizer_class="BartTokenizer", model_max_length=80)


def _byte_level(
    words: Mapping[str, int], first_words: Mapping[str, int], special: tuple[str, ...]
) -> tuple[dict[str, int], Any]:
    """The vocabulary and the merges, as pairs, of a BPE in which the given words are whole."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=20_000,
        min_frequency=1,
        special_tokens=list(special),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    corpus = [" " + word for word in sorted(words) for _ in range(_weight(words[word]))]
    corpus += [word for word in sorted(first_words) for _ in range(_weight(first_words[word]))]
    tokenizer.train_from_iterator(corpus, trainer)
    written = json.loads(tokenizer.to_str())["model"]
    return written["vocab"], [tuple(pair) for pair in written["merges"]]


def write_continuing(
    words: Mapping[str, int], first_words: Mapping[str, int], folder: Path
) -> None:
    """Train a byte-level BPE as `write_byte_level` does, and save it as GPT-2's tokenizer.

    One special piece opens every text, and closes it in training; another one fills up rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = _byte_level(words, first_words, GPT_SPECIAL)
    _, padding = GPT_SPECIAL
    fast = transformers.GPT2Tokenizer(
        vocab=vocabulary, merges=merges, pad_token=padding, add_bos_token=True
    )
    fast.save_pretrained(str(folder))
    _tidy_configuration(folder, model_max_length=80)


def write_word_pieces(words: Iterable[str], folder: Path) -> None:
    """Save a WordPiece tokenizer in which the given words are whole, as BERT's.

    Other words fall into letters, of which all but the first begin with `##`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    characters = sorted(set(CHARACTERS + OTHER_CHARACTERS))
    letters = [character for character in characters if character.isalpha()]
    pieces = [*BERT_SPECIAL, *characters, *(f"##{letter}" for letter in letters)]
    pieces += sorted(set(words) - set(pieces))
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    fast = transformers.BertTokenizer(
        vocab=vocabulary, do_lower_case=False, tokenize_chinese_chars=False, strip_accents=False
    )
    fast.save_pretrained(str(folder))
    _tidy_configuration(folder, model_max_length=80)


def _weight(count: int) -> int:
    """Repetitions of a word in the training corpus: common words merge first."""
    return 1 + int(math.log2(count))


def _tidy_configuration(folder: Path, **changes: object) -> None:
    """Leave only what says something about the tokenizer, not about this machine."""
    path = Path(folder, "tokenizer_config.json")
    settings = json.loads(path.read_text("utf-8"))
    for name in ("is_local", "local_files_only", "backend"):
        settings.pop(name, None)
    settings.update(changes)
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def vocabulary_size(tokenizer: "transformers.PreTrainedTokenizerBase") -> int:
    """The number of rows of the embedding matrix: all pieces, rounded up."""
    return math.ceil(len(tokenizer) / VOCABULARY_MULTIPLE) * VOCABULARY_MULTIPLE


class Encoder(Protocol):
    """A text to piece ids, special pieces included."""

    def __call__(self, text: str) -> list[int]:
        """The ids of a text."""
        ...


class ChunkEncoder:
    """The tokenizer's ids, looked up chunk by chunk: about 20 times faster than the tokenizer.

    Valid for texts whose words are separated by single spaces, which holds for everything that
    the language generates: all these tokenizers split at spaces before anything else.
    """

    def __init__(self, tokenizer: "transformers.PreTrainedTokenizerBase") -> None:
        self._tokenizer = tokenizer
        self._byte_level = isinstance(
            tokenizer, transformers.RobertaTokenizer | transformers.GPT2Tokenizer
        )
        self._chunks: dict[str, tuple[int, ...]] = {}
        empty: list[int] = tokenizer("").input_ids
        self._before, self._after = empty[:-1], empty[-1:]
        if isinstance(tokenizer, transformers.GPT2Tokenizer):
            # It opens a text with the piece that also closes it in training.
            self._before = self._after

    def __call__(self, text: str) -> list[int]:
        """The ids of a text, as the tokenizer itself would give them; GPT-2's with its end."""
        ids = list(self._before)
        for index, word in enumerate(text.split(" ")):
            chunk = " " + word if self._byte_level and index else word
            known = self._chunks.get(chunk)
            if known is None:
                known = tuple(self._tokenizer(chunk, add_special_tokens=False).input_ids)
                if len(self._chunks) < 200_000:
                    self._chunks[chunk] = known
            ids += known
        return ids + self._after
