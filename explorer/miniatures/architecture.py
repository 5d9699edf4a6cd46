"""The bundled models before training: real `transformers` classes, small and with fixed seeds."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
import transformers

from explorer.miniatures.tokenizers import vocabulary_size

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

LONGEST = {"t5": 128, "bart": 80, "bert": 80, "gpt2": 80}
"""Pieces that a model reads at most: all but the T5 have learned no further position."""
LONGEST_ANSWER = 64
"""Pieces that a model writes when nobody says how many."""
LAYERS = 3
"""Of the encoder and of the decoder of a new model."""
FIRST_LAYERS, STACK_LAYERS = 4, 7
"""Of a model that has one stack: at the start of its training, and at the end."""
NEW_LAYER_SCALE = 0.05
"""How loud a layer speaks that is put into a trained encoder."""
EMBEDDING_SCALE = 0.1
"""Deviation of the T5's embeddings at the start."""
OUTPUT_SCALE = 0.2
"""How loud a T5 layer speaks at the start, so that it does not drown the small embeddings."""
EQUAL_SCALE = {"t5": 0.177, "bart": 2.0, "bert": 2.0, "gpt2": 2.0}
"""Queries over keys at the start, so that an equal piece scores about 5 above the others."""


def new_model(family: str, tokenizer: "PreTrainedTokenizerBase", seed: int) -> "PreTrainedModel":
    """A model with random weights, model width 128 and 4 heads of width 32.

    T5 and BART have 3 encoder and 3 decoder layers. BERT and GPT-2 have 4 layers in one stack, and
    7 when they have grown, which makes about as many parameters: a decoder layer that also looks
    at a source is larger.
    """
    torch.manual_seed(seed)
    rows = vocabulary_size(tokenizer)
    model: PreTrainedModel = _NEW[family](rows)
    favour_equal_pieces(model)
    if model.can_generate():
        model.generation_config.max_length = None
        model.generation_config.max_new_tokens = LONGEST_ANSWER
    return model


def favour_equal_pieces(model: Any) -> None:
    """Start half of the heads with attention to equal pieces, and all of them with copying.

    Queries that start as the keys look for what is equal; an output matrix that starts as the
    values' transpose writes what was read back unchanged. A small model finds "the sentence that
    matches" thousands of steps sooner so. After Trockman and Kolter 2023, "Mimetic
    Initialization of Self-Attention Layers", arXiv 2305.09828.
    """
    with torch.no_grad():
        for module in model.modules():
            name = type(module).__name__
            if name == "T5Attention":
                half = module.q.weight.shape[0] // 2
                module.q.weight[:half] = EQUAL_SCALE["t5"] * module.k.weight[:half]
                module.o.weight.copy_(module.v.weight.t())
                module.o.weight.mul_(OUTPUT_SCALE)
            elif name == "T5DenseActDense":
                module.wo.weight.mul_(OUTPUT_SCALE)
            elif name == "BartAttention":
                half = module.q_proj.weight.shape[0] // 2
                module.q_proj.weight[:half] = EQUAL_SCALE["bart"] * module.k_proj.weight[:half]
                module.out_proj.weight.copy_(module.v_proj.weight.t())
            elif name == "BertAttention":
                half = module.self.query.weight.shape[0] // 2
                module.self.query.weight[:half] = (
                    EQUAL_SCALE["bert"] * module.self.key.weight[:half]
                )
                module.output.dense.weight.copy_(module.self.value.weight.t())
            elif name == "GPT2Attention":
                query, key, _ = module.c_attn.weight.chunk(3, dim=1)  # (model, head x width)
                half = query.shape[1] // 2
                query[:, :half] = EQUAL_SCALE["gpt2"] * key[:, :half]


def grown(model: "PreTrainedModel", layers: int, seed: int) -> "PreTrainedModel":
    """The same T5 with more encoder layers, which at first computes nearly the same.

    The old layers are spread out, first and last in their places; the new ones between them add
    almost nothing until they have learned to. After Gong and others 2019, "Efficient Training of
    BERT by Progressively Stacking", and Chen and others 2016, "Net2Net", arXiv 1511.05641.
    """
    torch.manual_seed(seed)
    old = model.config.num_layers
    larger: Any = _new_t5(model.config.vocab_size, layers)
    favour_equal_pieces(larger)
    place = {index: index * (layers - 1) // (old - 1) for index in range(old)}
    weights = larger.state_dict()
    for name, value in model.state_dict().items():
        stack, _, rest = name.partition(".block.")
        if stack == "encoder" and rest:
            number, _, rest = rest.partition(".")
            name = f"encoder.block.{place[int(number)]}.{rest}"
        weights[name] = value
    larger.load_state_dict(weights)
    with torch.no_grad():
        for index, block in enumerate(larger.encoder.block):
            if index not in place.values():
                block.layer[0].SelfAttention.o.weight.mul_(NEW_LAYER_SCALE)
                block.layer[1].DenseReluDense.wo.weight.mul_(NEW_LAYER_SCALE)
    larger.generation_config = model.generation_config
    return larger  # type: ignore[no-any-return]


STACKS = {
    "bert": ("bert.encoder.layer.", ("attention.output.dense.weight", "output.dense.weight")),
    "gpt2": ("transformer.h.", ("attn.c_proj.weight", "mlp.c_proj.weight")),
}
"""Where the layers of one stack are among the weights, and what in them writes to the stream."""


def grown_stack(model: "PreTrainedModel", layers: int, seed: int) -> "PreTrainedModel":
    """The same BERT or GPT-2 with more layers, as `grown` makes a T5 larger."""
    torch.manual_seed(seed)
    family = model.config.model_type
    first, writing = STACKS[family]
    old = model.config.num_hidden_layers
    larger: Any = _NEW[family](model.config.vocab_size, layers)
    favour_equal_pieces(larger)
    place = {index: index * (layers - 1) // (old - 1) for index in range(old)}
    weights = larger.state_dict()
    for name, value in model.state_dict().items():
        if name.startswith(first):
            number, _, rest = name.removeprefix(first).partition(".")
            name = f"{first}{place[int(number)]}.{rest}"
        weights[name] = value
    for index in set(range(layers)) - set(place.values()):
        for part in writing:
            weights[f"{first}{index}.{part}"].mul_(NEW_LAYER_SCALE)
    larger.load_state_dict(weights)
    if larger.can_generate():
        larger.generation_config = model.generation_config
    return larger  # type: ignore[no-any-return]


def _new_t5(rows: int, encoder_layers: int = LAYERS) -> "PreTrainedModel":
    settings: dict[str, Any] = {
        "vocab_size": rows,
        "d_model": 128,
        "d_kv": 32,
        "d_ff": 512,
        "num_layers": encoder_layers,
        "num_decoder_layers": LAYERS,
        "num_heads": 4,
        "n_positions": LONGEST["t5"],
        "dropout_rate": 0.0,
        "feed_forward_proj": "relu",
        "tie_word_embeddings": True,
        "pad_token_id": 0,
        "eos_token_id": 1,
        "decoder_start_token_id": 0,
    }
    model = transformers.T5ForConditionalGeneration(transformers.T5Config(**settings))
    # T5 begins with embeddings of deviation 1, which a short training hardly moves. Smaller ones
    # learn faster; the last norm makes up for them, so that the logits begin as large as ever.
    with torch.no_grad():
        model.shared.weight.mul_(EMBEDDING_SCALE)
        model.decoder.final_layer_norm.weight.fill_(1 / EMBEDDING_SCALE)
    return model


def _new_bart(rows: int) -> "PreTrainedModel":
    settings: dict[str, Any] = {
        "vocab_size": rows,
        "d_model": 128,
        "encoder_layers": LAYERS,
        "decoder_layers": LAYERS,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 512,
        "decoder_ffn_dim": 512,
        "max_position_embeddings": LONGEST["bart"],
        "dropout": 0.0,
        "init_std": 0.06,
        "bos_token_id": 0,
        "pad_token_id": 1,
        "eos_token_id": 2,
        "decoder_start_token_id": 2,
        "forced_bos_token_id": 0,
        "forced_eos_token_id": 2,
    }
    model = transformers.BartForConditionalGeneration(transformers.BartConfig(**settings))
    model.generation_config.forced_bos_token_id = 0
    return model


def _new_bert(rows: int, layers: int = FIRST_LAYERS) -> "PreTrainedModel":
    settings: dict[str, Any] = {
        "vocab_size": rows,
        "hidden_size": 128,
        "num_hidden_layers": layers,
        "num_attention_heads": 4,
        "intermediate_size": 512,
        "max_position_embeddings": LONGEST["bert"],
        "hidden_dropout_prob": 0.0,
        "attention_probs_dropout_prob": 0.0,
        "initializer_range": 0.06,
        "pad_token_id": 0,
    }
    return transformers.BertForMaskedLM(transformers.BertConfig(**settings))


def _new_gpt(rows: int, layers: int = FIRST_LAYERS) -> "PreTrainedModel":
    settings: dict[str, Any] = {
        "vocab_size": rows,
        "n_positions": LONGEST["gpt2"],
        "n_embd": 128,
        "n_layer": layers,
        "n_head": 4,
        "n_inner": 512,
        "resid_pdrop": 0.0,
        "embd_pdrop": 0.0,
        "attn_pdrop": 0.0,
        "initializer_range": 0.06,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 1,
    }
    return transformers.GPT2LMHeadModel(transformers.GPT2Config(**settings))


_NEW: dict[str, Callable[..., Any]] = {
    "t5": _new_t5,
    "bart": _new_bart,
    "bert": _new_bert,
    "gpt2": _new_gpt,
}
