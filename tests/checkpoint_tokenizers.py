"""Real small tokenizers for the random checkpoints, one for each family, in its own files."""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

MAX_POSITIONS = 128
"""How many positions the families with a position table have."""

NLLB_CODES = ("deu_Latn", "eng_Latn", "fra_Latn", "heb_Hebr", "rus_Cyrl", "spa_Latn", "zho_Hans")
"""The languages of the small NLLB checkpoint, by their codes."""

SENTENCES = (
    "The small dog sees the old cat in the garden.",
    "A young woman reads a long book under the green tree.",
    "My brother bought three red apples at the market yesterday.",
    "Where does the train to the city leave in the morning?",
    "The children never play football when it rains.",
    "We drink hot tea and eat fresh bread every evening.",
    "The teacher explains the new lesson, and the class listens.",
    "Nobody knows why the blue car stopped near the bridge.",
    "This film is wonderful, but that one is terrible.",
    "Translate the question, then summarize the answer: it is short.",
    "Der kleine Hund sieht die alte Katze im Garten.",
    "Eine junge Frau liest ein langes Buch unter dem grünen Baum.",
    "Mein Bruder hat gestern drei rote Äpfel auf dem Markt gekauft.",
    "Wann fährt der Zug am Morgen in die Stadt?",
    "Die Kinder spielen nie Fußball, wenn es regnet.",
    "Wir trinken heißen Tee und essen jeden Abend frisches Brot.",
    "Der Lehrer erklärt die neue Aufgabe, und die Klasse hört zu.",
    "Niemand weiß, warum das blaue Auto an der Brücke hielt.",
    "Le petit chien voit le vieux chat dans le jardin.",
    "Une jeune femme lit un long livre sous l'arbre vert.",
    "Les enfants ne jouent jamais au football quand il pleut.",
)
"""What the small tokenizers are trained on; every letter and mark here is in every vocabulary."""


def _sentencepiece(folder: Path, name: str, size: int, **options: Any) -> Path:
    """Train a SentencePiece model on the sentences and write it to `folder / name`."""
    import sentencepiece

    buffer = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(SENTENCES * 4),
        model_writer=buffer,
        vocab_size=size,
        hard_vocab_limit=False,
        num_threads=1,
        minloglevel=2,
        **options,
    )
    path = folder / name
    path.write_bytes(buffer.getvalue())
    return path


def _pieces(path: Path) -> list[tuple[str, float]]:
    """Every piece of a SentencePiece model with its score, in the order of the ids."""
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [
        (processor.id_to_piece(index), processor.get_score(index))
        for index in range(processor.get_piece_size())
    ]


def t5_tokenizer(folder: Path, words: Sequence[str] = ()) -> Any:
    """T5's tokenizer; each of `words`, which hold no spaces, is one piece."""
    from transformers import T5Tokenizer

    path = _sentencepiece(folder, "spiece.model", 220, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    extra = 20
    more = [("▁" + word.replace(" ", "▁"), 0.0) for word in words]
    vocabulary = [*_pieces(path), *more] + [
        (f"<extra_id_{i}>", 0.0) for i in range(extra - 1, -1, -1)
    ]
    return T5Tokenizer(vocab=vocabulary, extra_ids=extra, model_max_length=512)


def _bart_tokenizer(folder: Path) -> Any:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import BartTokenizer

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        SENTENCES,
        vocab_size=420,
        min_frequency=1,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        show_progress=False,
    )
    trained.save_model(str(folder))
    vocabulary = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    merges = [tuple(line.split(" ")) for line in lines if line]
    return BartTokenizer(vocab=vocabulary, merges=merges, model_max_length=MAX_POSITIONS)


def _pegasus_tokenizer(folder: Path) -> Any:
    from transformers import PegasusTokenizer

    path = _sentencepiece(folder, "spiece.model", 220, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    # PEGASUS keeps the first 105 places for the marks of its pre-training.
    first = ["<pad>", "</s>", "<mask_1>", "<mask_2>", *(f"<unk_{i}>" for i in range(2, 103))]
    vocabulary = [(piece, 0.0) for piece in [*first, "<unk>"]] + _pieces(path)[3:]
    return PegasusTokenizer(vocab=vocabulary, model_max_length=MAX_POSITIONS)


def _marian_tokenizer(folder: Path) -> Any:
    from transformers import MarianTokenizer

    source = _sentencepiece(folder, "source.spm", 190)
    target = _sentencepiece(folder, "target.spm", 210)
    ordinary = [piece for path in (source, target) for piece, _ in _pieces(path)[3:]]
    places = ["</s>", "<unk>", *dict.fromkeys(ordinary), "<pad>"]
    vocabulary = {piece: index for index, piece in enumerate(places)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    return MarianTokenizer(
        str(source),
        str(target),
        str(folder / "vocab.json"),
        source_lang="en",
        target_lang="de",
        model_max_length=MAX_POSITIONS,
    )


def _nllb_tokenizer(folder: Path) -> Any:
    from transformers import NllbTokenizer

    path = _sentencepiece(folder, "sentencepiece.bpe.model", 220, model_type="bpe")
    with tempfile.TemporaryDirectory() as alone:
        # Beside a tokenizer.json the SentencePiece file would not be read.
        shutil.copy(path, alone)
        plain = NllbTokenizer.from_pretrained(alone)
    written = json.loads(plain.backend_tokenizer.to_str())["model"]
    vocabulary = dict(written["vocab"])
    # The published vocabulary ends with the language codes and the mask.
    for code in (*NLLB_CODES, "<mask>"):
        vocabulary[code] = len(vocabulary)
    return NllbTokenizer(
        vocab=vocabulary,
        merges=[tuple(pair) for pair in written["merges"]],
        extra_special_tokens=list(NLLB_CODES),
        src_lang="eng_Latn",
        tgt_lang="deu_Latn",
        model_max_length=MAX_POSITIONS,
    )


def _mbart_tokenizer(folder: Path) -> Any:
    from transformers import MBart50Tokenizer

    path = _sentencepiece(folder, "sentencepiece.bpe.model", 220)
    return MBart50Tokenizer(
        vocab=_pieces(path), src_lang="en_XX", tgt_lang="de_DE", model_max_length=MAX_POSITIONS
    )


def with_m2m100_tokenizer(folder: Path) -> Any:
    """Put M2M100's tokenizer with the same pieces in the place of an NLLB checkpoint's."""
    from transformers import M2M100Tokenizer

    (folder / "tokenizer.json").unlink()
    path, vocabulary = folder / "sentencepiece.bpe.model", folder / "vocab.json"
    names = ["<s>", "<pad>", "</s>", "<unk>", *(piece for piece, _ in _pieces(path)[3:])]
    places = {name: place for place, name in enumerate(names)}
    vocabulary.write_text(json.dumps(places, ensure_ascii=False), encoding="utf-8")
    tokenizer = M2M100Tokenizer(str(vocabulary), str(path))
    tokenizer.save_pretrained(folder)
    return tokenizer


TOKENIZERS: dict[str, Callable[[Path], Any]] = {
    "t5": t5_tokenizer,
    "mt5": t5_tokenizer,
    "bart": _bart_tokenizer,
    "pegasus": _pegasus_tokenizer,
    "marian": _marian_tokenizer,
    "nllb": _nllb_tokenizer,
    "mbart": _mbart_tokenizer,
}
