"""Small random checkpoints of the real classes, each with a real small tokenizer.

`build("marian", folder)` writes what the Hub would hold for a Marian model: configuration,
generation settings, safetensors, tokenizer files in the family's own form. The weights are random
but drawn from a fixed seed, and wide enough that greedy decoding says different pieces at
different steps, so that a mistake in decoding shows.

    python -m tests.checkpoints FOLDER [FAMILY ...]
"""

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.checkpoint_tokenizers import MAX_POSITIONS, TOKENIZERS, t5_tokenizer

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


def build(
    family: str,
    folder: str | Path,
    encoder_layers: int = 2,
    decoder_layers: int = 3,
    seed: int | None = None,
    width: int = WIDTH,
    pieces: Sequence[str] = (),
) -> Path:
    """Write one checkpoint into `folder` and return the folder.

    Args:
        family: one of FAMILIES.
        folder: where it goes.
        encoder_layers, decoder_layers: how many.
        seed: of the weights; by default the family's talkative one.
        width: d_model.
        pieces: more words for the vocabulary of a T5.
    """
    import torch

    seed = TALKATIVE_SEEDS[family] if seed is None else seed

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = t5_tokenizer(folder, pieces) if pieces else TOKENIZERS[family](folder)
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


def cut(folder: Path, target: Path, rows: int) -> Path:
    """A copy of a checkpoint whose weights know only the first `rows` pieces of its tokenizer."""
    from safetensors.torch import load_file, save_file

    shutil.copytree(folder, target)
    path, weights = target / "config.json", target / "model.safetensors"
    configuration = json.loads(path.read_text(encoding="utf-8"))
    size = configuration["vocab_size"]
    path.write_text(json.dumps(configuration | {"vocab_size": rows}), encoding="utf-8")
    kept = {}
    for name, value in load_file(weights).items():
        value = value[:rows] if value.shape[0] == size else value
        value = value[:, :rows] if value.dim() == 2 and value.shape[1] == size else value
        kept[name] = value.contiguous()
    save_file(kept, weights, {"format": "pt"})
    return target


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
