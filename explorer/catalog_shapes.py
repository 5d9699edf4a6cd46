"""The real configurations of the models of the catalogue, as far as the real classes need them."""


def _t5(d_model: int, d_ff: int, layers: int, heads: int, **more: object) -> dict[str, object]:
    return {
        "model_type": "t5",
        "vocab_size": 32128,
        "d_model": d_model,
        "d_kv": 64,
        "d_ff": d_ff,
        "num_layers": layers,
        "num_decoder_layers": layers,
        "num_heads": heads,
        "n_positions": 512,
        "relative_attention_num_buckets": 32,
        "decoder_start_token_id": 0,
        "pad_token_id": 0,
        "eos_token_id": 1,
        **more,
    }


GATED_UNTIED = {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False}
"""What version 1.1 of T5 changed: a gate, and an output layer of its own."""


def _bart(
    kind: str,
    vocabulary: int,
    d_model: int,
    layers: tuple[int, int],
    heads: int,
    feed_forward: int,
    positions: int,
    **more: object,
) -> dict[str, object]:
    return {
        "model_type": kind,
        "vocab_size": vocabulary,
        "d_model": d_model,
        "encoder_layers": layers[0],
        "decoder_layers": layers[1],
        "encoder_attention_heads": heads,
        "decoder_attention_heads": heads,
        "encoder_ffn_dim": feed_forward,
        "decoder_ffn_dim": feed_forward,
        "max_position_embeddings": positions,
        **more,
    }


_BART_IDS: dict[str, object] = {
    "bos_token_id": 0,
    "pad_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": 2,
}
_MARIAN = _bart(
    "marian",
    58101,
    512,
    (6, 6),
    8,
    2048,
    512,
    activation_function="swish",
    scale_embedding=True,
    pad_token_id=58100,
    decoder_start_token_id=58100,
    eos_token_id=0,
    forced_eos_token_id=0,
)

CONFIGURATIONS: dict[str, dict[str, object]] = {
    "t5-small": _t5(512, 2048, 6, 8),
    "t5-base": _t5(768, 3072, 12, 12),
    "flan-t5-small": _t5(512, 1024, 8, 6, **GATED_UNTIED),
    "flan-t5-base": _t5(768, 2048, 12, 12, **GATED_UNTIED),
    "mt5-small": {
        **_t5(512, 1024, 8, 6, **GATED_UNTIED),
        "model_type": "mt5",
        "vocab_size": 250112,
    },
    "bart-base": _bart("bart", 50265, 768, (6, 6), 12, 3072, 1024, **_BART_IDS),
    "bart-large": _bart("bart", 50265, 1024, (12, 12), 16, 4096, 1024, **_BART_IDS),
    "bart-large-cnn": _bart(
        "bart", 50264, 1024, (12, 12), 16, 4096, 1024, forced_bos_token_id=0, **_BART_IDS
    ),
    "distilbart-cnn-12-6": _bart(
        "bart", 50264, 1024, (12, 6), 16, 4096, 1024, forced_bos_token_id=0, **_BART_IDS
    ),
    "pegasus-xsum": _bart(
        "pegasus",
        96103,
        1024,
        (16, 16),
        16,
        4096,
        512,
        activation_function="relu",
        scale_embedding=True,
        pad_token_id=0,
        eos_token_id=1,
        decoder_start_token_id=0,
        forced_eos_token_id=1,
    ),
    "opus-mt-en-de": _MARIAN,
    "opus-mt-de-en": _MARIAN,
    "nllb-200-distilled-600M": _bart(
        "m2m_100",
        256206,
        1024,
        (12, 12),
        16,
        4096,
        1024,
        activation_function="relu",
        scale_embedding=True,
        bos_token_id=0,
        pad_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=2,
    ),
    "mbart-large-50-many-to-many-mmt": _bart(
        "mbart",
        250054,
        1024,
        (12, 12),
        16,
        4096,
        1024,
        activation_function="relu",
        scale_embedding=True,
        **_BART_IDS,
    ),
}
