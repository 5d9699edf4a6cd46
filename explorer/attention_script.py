"""Copy as Python: plain `transformers` programs for embeddings and for one head of a model."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from explorer.scripts import MINIATURES
from explorer.shapes import decoder_head_width
from explorer.worked_example_script import GivenLines

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


def rows_lines(model: "Seq2SeqModel", queries: Sequence[int], keys: Sequence[int]) -> GivenLines:
    """The lines that give Q, K and V as the embeddings of pieces: (1, piece, d_model)."""
    lines = [
        *loading(model),
        "table = model.get_input_embeddings().weight.detach().double()",
        f"Q = table[torch.tensor([{list(queries)}])]  # (1, query, d_model)",
        f"K = table[torch.tensor([{list(keys)}])]  # (1, key, d_model)",
        "V = K.clone()",
    ]
    return GivenLines(lines)


def attention_pass(
    model: "Seq2SeqModel",
    source: Sequence[int],
    reads: Sequence[int],
    watching: Sequence[str] = (),
) -> list[str]:
    """The lines of one pass over a source and what the decoder reads, with all its attention.

    The lines of `watching` stand between the loading and the pass.
    """
    return [
        *loading(model),
        *watching,
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


def head_lines(
    model: "Seq2SeqModel",
    source: Sequence[int],
    target: Sequence[int],
    stack: "Stack",
    layer: int,
    head: int,
) -> GivenLines:
    """The lines that give Q, K and V of one head in one pass over a source and a target.

    With its mask and its bias, where it has such. They print the weights that the model itself
    computed.
    """
    from explorer.observation import places

    modules = {place: module for module, place in places(model.module).items()}
    names = {module: name for name, module in model.module.named_modules()}
    own, first = modules[stack, layer], modules[stack, 0]
    projections = ("q", "k", "v") if hasattr(own, "q") else ("q_proj", "k_proj", "v_proj")
    width = model.facts.d_head if stack == "encoder" else decoder_head_width(model.facts)
    columns = f"{head * width} : {(head + 1) * width}"
    watching = [
        f"attention = model.get_submodule({names[own]!r})",
        "seen = {}",
        f"for name in {projections}:",
        "    attention.get_submodule(name).register_forward_hook(",
        "        lambda module, reads, writes, name=name: seen.update({name: writes})",
        "    )",
    ]
    lines = [
        *attention_pass(model, source, [model.rules.start, *target[:-1]], watching),
        f'print("the model\'s own weights", result.{OUTPUTS[stack]}[{layer}][0, {head}])',
        f"Q, K, V = (seen[name][..., {columns}].double() for name in {projections})",
    ]
    has_bias = stack != "cross" and hasattr(first, "relative_attention_bias")
    if has_bias:
        lines += [
            "# The first layer holds the biases of all layers: (1, head, query, key).",
            f"biases = model.get_submodule({names[first]!r}).compute_bias(Q.shape[1], K.shape[1])",
            f"bias = biases[:, {head}].detach().double()",
        ]
    if stack == "decoder":
        lines.append("mask = torch.ones(Q.shape[1], K.shape[1], dtype=torch.bool).tril()")
    return GivenLines(lines, mask=stack == "decoder", bias=has_bias)
