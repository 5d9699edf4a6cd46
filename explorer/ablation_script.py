"""Copy as Python: plain `transformers` programs that switch heads off."""

from typing import TYPE_CHECKING

from explorer.ablation import Ablation, AblationMap
from explorer.ablation_check import projections
from explorer.attention import Stack, layers_and_heads
from explorer.attention_script import loading
from explorer.scripts import PRINTING
from explorer.tokens import Tokens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


def ablation_script(model: "Seq2SeqModel", found: Ablation) -> str:
    """A program that prints the change of each piece of the old answer, in nats."""
    before = found.before
    stack, layer = found.heads[0].stack, found.heads[0].layer
    forced = model.rules.forced(before.tokens.ids, before.decoding.max_new_tokens)
    numbers = [head.head for head in found.heads]
    lines = [
        *_beginning(model, before.source, before.tokens, stack, forced),
        f"print(without({layer}, {numbers}) - log_probabilities())",
    ]
    return "\n".join(lines) + "\n"


def map_script(
    model: "Seq2SeqModel", source: Tokens, found: AblationMap, max_new_tokens: int | None
) -> str:
    """A program that prints what switching off each head changes, in nats: (layer, head)."""
    layers, heads = layers_and_heads(model.facts, found.stack)
    forced = model.rules.forced(found.target.ids, max_new_tokens)
    lines = [
        *_beginning(model, source, found.target, found.stack, forced),
        "own = log_probabilities().sum()",
        f"for layer in range({layers}):",
        f"    print([round(float(without(layer, [head]).sum() - own), 4) "
        f"for head in range({heads})])",
    ]
    return "\n".join(lines) + "\n"


def _beginning(
    model: "Seq2SeqModel", source: Tokens, target: Tokens, stack: Stack, forced: list[bool]
) -> list[str]:
    names = projections(model.module)
    layers, heads = layers_and_heads(model.facts, stack)
    parts = [names[stack, layer] for layer in range(layers)]
    reads = [model.rules.start, *target.ids[:-1]]
    return [
        *loading(model),
        f"source = torch.tensor([{list(source.ids)}])",
        f"reads = torch.tensor([{reads}])  # the start token and the target without its last piece",
        f"target = torch.tensor({list(target.ids)})[:, None]",
        f"forced = torch.tensor({forced})  # pieces that the model has no choice in",
        f"projections = {parts}",
        "",
        "",
        "def log_probabilities():",
        "    with torch.inference_mode():",
        "        logits = model(",
        "            input_ids=source, attention_mask=torch.ones_like(source),",
        "            decoder_input_ids=reads, use_cache=False,",
        "        ).logits[0].double()",
        "    found = logits.log_softmax(-1).gather(1, target)[:, 0]",
        "    return found.masked_fill(forced, 0)",
        "",
        "",
        "def without(layer, heads):",
        '    """A head\'s output enters through its columns of the output projection."""',
        "    weight = model.get_submodule(projections[layer]).weight.data",
        f"    size = weight.shape[1] // {heads}",
        "    kept = weight.clone()",
        "    for head in heads:",
        "        weight[:, head * size : (head + 1) * size] = 0",
        "    found = log_probabilities()",
        "    weight.copy_(kept)",
        "    return found",
        "",
        "",
        PRINTING,
    ]
