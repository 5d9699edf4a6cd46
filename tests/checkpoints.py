"""Small random checkpoints of the real classes, each with a real small tokenizer.

`build("marian", folder)` writes what the Hub would hold for a Marian model: configuration,
generation settings, safetensors, tokenizer files in the family's own form. The weights are random
but drawn from a fixed seed, and wide enough that greedy decoding says different pieces at
different steps, so that a mistake in decoding shows.

    python -m tests.checkpoints FOLDER [FAMILY ...]
"""

import io
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

FAMILIES = ("t5", "mt5", "bart", "pegasus", "marian", "nllb", "mbart")

TALKATIVE_SEEDS = {
    "t5": 4,
    "mt5": 3,
    "bart": 3,
    "pegasus": 9,
    "marian": 11,
    "nllb": 8,
    "mbart": 10,
}
"""Of the first twelve seeds, those whose greedy answers vary the most."""

WIDTH = 32
"""d_model of every checkpoint."""

HEADS = 4
FEED_FORWARD = 64
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


def build(
    family: str,
    folder: str | Path,
    encoder_layers: int = 2,
    decoder_layers: int = 3,
    seed: int | None = None,
    width: int = WIDTH,
) -> Path:
    """Write one checkpoint into `folder` and return the folder."""
    import torch

    seed = TALKATIVE_SEEDS[family] if seed is None else seed

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = _TOKENIZERS[family](folder)
    config = _configuration(family, tokenizer, encoder_layers, decoder_layers, width)
    model = _CLASSES[family]()(config)
    if family == "mt5":
        # The published weights hold an output layer of their own.
        model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().clone())
    _randomise(model, torch.Generator().manual_seed(seed), family)
    _generation_settings(model, family, tokenizer)
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    if family in ("t5", "mt5"):
        _as_published(folder / "config.json", tied=family == "t5")
    return folder


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


def _t5_tokenizer(folder: Path) -> Any:
    from transformers import T5Tokenizer

    path = _sentencepiece(folder, "spiece.model", 220, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    extra = 20
    vocabulary = _pieces(path) + [(f"<extra_id_{i}>", 0.0) for i in range(extra - 1, -1, -1)]
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


def _configuration(
    family: str, tokenizer: Any, encoder_layers: int, decoder_layers: int, width: int
) -> Any:
    import transformers

    size = len(tokenizer)
    if family in ("t5", "mt5"):
        gated = {"feed_forward_proj": "gated-gelu"} if family == "mt5" else {}
        kind = transformers.T5Config if family == "t5" else transformers.MT5Config
        return kind(
            vocab_size=size,
            d_model=width,
            d_kv=width // HEADS,
            d_ff=FEED_FORWARD,
            num_layers=encoder_layers,
            num_decoder_layers=decoder_layers,
            num_heads=HEADS,
            relative_attention_num_buckets=8,
            relative_attention_max_distance=20,
            decoder_start_token_id=0,
            **gated,
        )
    ids = {
        "bart": {"decoder_start_token_id": 2},
        "pegasus": {"decoder_start_token_id": 0, "scale_embedding": True},
        "marian": {
            "pad_token_id": tokenizer.pad_token_id,
            "decoder_start_token_id": tokenizer.pad_token_id,
            "scale_embedding": True,
        },
        "nllb": {"decoder_start_token_id": 2, "scale_embedding": True},
        "mbart": {"decoder_start_token_id": 2, "scale_embedding": True},
    }[family]
    kind = {
        "bart": transformers.BartConfig,
        "pegasus": transformers.PegasusConfig,
        "marian": transformers.MarianConfig,
        "nllb": transformers.M2M100Config,
        "mbart": transformers.MBartConfig,
    }[family]
    return kind(
        vocab_size=size,
        d_model=width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=HEADS,
        decoder_attention_heads=HEADS // 2,
        encoder_ffn_dim=FEED_FORWARD,
        decoder_ffn_dim=FEED_FORWARD,
        max_position_embeddings=MAX_POSITIONS,
        **ids,
    )


def _generation_settings(model: Any, family: str, tokenizer: Any) -> None:
    """The settings that the published checkpoints of each family carry."""
    settings = model.generation_config
    settings.max_length = 64
    settings.decoder_start_token_id = model.config.decoder_start_token_id
    settings.pad_token_id = tokenizer.pad_token_id
    settings.eos_token_id = tokenizer.eos_token_id
    if family in ("bart", "mbart", "pegasus", "marian"):
        settings.forced_eos_token_id = tokenizer.eos_token_id
    if family == "bart":
        settings.forced_bos_token_id = 0
    if family == "marian":
        settings.bad_words_ids = [[tokenizer.pad_token_id]]


def _randomise(model: Any, generator: Any, family: str) -> None:
    """Fill every weight from the seed, so that greedy decoding says varied pieces.

    With tied embeddings a random model repeats the piece it has just read. Two things keep it
    from that: norms with random signs, which turn the output away from the input, and wide
    queries and keys, so that attention is sharp and moves with the step.
    """
    import torch

    def draw(shape: Any) -> Any:
        return torch.randn(shape, generator=generator)

    turned = family not in ("t5", "mt5")
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "embed_positions" in name and family in ("pegasus", "marian"):
                continue  # sinusoidal: a table, not weights
            size = parameter.shape
            if parameter.dim() == 1:
                near = 1.0 if "norm" in name and name.endswith("weight") else 0.0
                values = near + 0.02 * draw(size)
                parameter.copy_(values * draw(size).sign() if turned else values)
                continue
            if "embed_positions" in name or not turned:
                table = "shared" in name or "embed" in name
                spread = 1.0 if table else 3.0 / size[1] ** 0.5
            elif "shared" in name or "embed" in name:
                spread = 0.2
            else:
                wide = 6.0 if "q_proj" in name or "k_proj" in name else 1.5
                spread = (0.5 if ".fc" in name else wide) / size[1] ** 0.5
            parameter.copy_(spread * draw(size))
        if family == "marian":
            # Marian's bias is a trained one; here it pulls every piece a little its own way.
            bias = model.final_logits_bias
            bias.copy_(0.05 * draw(bias.shape))


def _as_published(path: Path, tied: bool) -> None:
    """Write the embedding flag as the published T5 checkpoints have it.

    transformers 5 sets the flag to true for every T5 and reads "false" as "a trained output layer
    that is not scaled", which is what FLAN-T5 and mT5 have.
    """
    values = json.loads(path.read_text(encoding="utf-8"))
    values.pop("scale_decoder_outputs", None)
    if tied:
        values.pop("tie_word_embeddings", None)
    else:
        values["tie_word_embeddings"] = False
    path.write_text(json.dumps(values, indent=2), encoding="utf-8")


_TOKENIZERS = {
    "t5": _t5_tokenizer,
    "mt5": _t5_tokenizer,
    "bart": _bart_tokenizer,
    "pegasus": _pegasus_tokenizer,
    "marian": _marian_tokenizer,
    "nllb": _nllb_tokenizer,
    "mbart": _mbart_tokenizer,
}


def _class(name: str) -> Any:
    def find() -> Any:
        import transformers

        return getattr(transformers, name)

    return find


_CLASSES = {
    "t5": _class("T5ForConditionalGeneration"),
    "mt5": _class("MT5ForConditionalGeneration"),
    "bart": _class("BartForConditionalGeneration"),
    "pegasus": _class("PegasusForConditionalGeneration"),
    "marian": _class("MarianMTModel"),
    "nllb": _class("M2M100ForConditionalGeneration"),
    "mbart": _class("MBartForConditionalGeneration"),
}


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for wanted in sys.argv[2:] or FAMILIES:
        print(build(wanted, target / wanted))
