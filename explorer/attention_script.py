"""Copy as Python: plain `transformers` programs for embeddings and for one head of a model."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from explorer.scripts import MINIATURES

if TYPE_CHECKING:
    from explorer.attention import Stack
    from explorer.model import Seq2SeqModel

SomeScript = str | Callable[[], str]
"""A program, or what writes it once somebody asks."""

OUTPUTS = {
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}


def loading(model: "Seq2SeqModel", implementation: str = "eager") -> list[str]:
    """The lines that load a model; pieces go in as ids, so that no tokenizer is needed."""
    card = model.card
    if card.bundled:
        where = f"name = {f'{MINIATURES}/{card.name}'!r}  # run this in the project folder"
    else:
        where = f"name = {(card.hub_id or card.folder or model.name)!r}"
    return [
        "import torch",
        "from transformers import AutoModelForSeq2SeqLM",
        "",
        where,
        "model = AutoModelForSeq2SeqLM.from_pretrained(",
        f"    name, dtype={model.module.dtype}, attn_implementation={implementation!r}",
        ").eval()",
    ]


def rows_script(model: "Seq2SeqModel", queries: Sequence[int], keys: Sequence[int]) -> list[str]:
    """The lines that give Q, K and V as the embeddings of pieces: (1, piece, d_model)."""
    return [
        *loading(model),
        "table = model.get_input_embeddings().weight.detach().double()",
        f"Q = table[torch.tensor([{list(queries)}])]  # (1, query, d_model)",
        f"K = V = table[torch.tensor([{list(keys)}])]  # (1, key, d_model)",
    ]


def attention_pass(model: "Seq2SeqModel", source: Sequence[int], reads: Sequence[int]) -> list[str]:
    """The lines of one pass over a source and what the decoder reads, with all its attention."""
    return [
        *loading(model),
        f"source = torch.tensor([{list(source)}])",
        f"reads = torch.tensor([{list(reads)}])"
        "  # the start token and the target without its last piece",
        "with torch.inference_mode():",
        "    result = model(",
        "        input_ids=source,",
        "        attention_mask=torch.ones_like(source),",
        "        decoder_input_ids=reads,",
        "        output_attentions=True,",
        "        use_cache=False,",
        "    )",
    ]


def head_script(
    model: "Seq2SeqModel",
    source: Sequence[int],
    target: Sequence[int],
    stack: "Stack",
    layer: int,
    head: int,
) -> str:
    """A program that prints the weights of one head in one pass over a source and a target."""
    lines = [
        *attention_pass(model, source, [model.rules.start, *target[:-1]]),
        f"weights = result.{OUTPUTS[stack]}[{layer}][0, {head}]  # (query, key)",
        "torch.set_printoptions(precision=4, sci_mode=False, linewidth=120)",
        "print(weights)",
    ]
    return "\n".join(lines) + "\n"
