"""Copy as Python: plain programs that print the map on screen, and what kind of head each is."""

from typing import TYPE_CHECKING

from explorer.attention_script import OUTPUTS, attention_pass
from explorer.scripts import PRINTING

if TYPE_CHECKING:
    from explorer.attention import AttentionMaps, Stack
    from explorer.dashboard.attention.reduced import Choice
    from explorer.model import Seq2SeqModel


def map_script(model: "Seq2SeqModel", maps: "AttentionMaps", choice: "Choice") -> str:
    """A program that prints the weights of the map on screen: (row, column)."""
    from explorer.dashboard.attention.reduced import units

    rows, columns = units(maps, choice)
    kept = [unit for unit in columns if choice.special or not unit.special]
    lines = [
        *attention_pass(model, maps.source.ids, maps.read.ids),
        *_stack(choice.stack),
        *_picked(choice),
        f"rows = {[list(unit.pieces) for unit in rows]}  # the pieces of each row",
        f"columns = {[list(unit.pieces) for unit in kept]}  # the pieces of each column",
        "weights = torch.stack([weights[..., row, :].mean(-2) for row in rows], -2)",
        "weights = torch.stack([weights[..., column].sum(-1) for column in columns], -1)",
    ]
    if not choice.special:
        lines.append("weights = weights / weights.sum(-1, keepdim=True).clamp_min(1e-300)")
    if choice.how != "Rollout":
        how = "amax" if choice.how == "Largest" else "mean"
        lines.append(f"weights = weights.{how}((0, 1))  # (row, column)")
    lines += [PRINTING, "print(weights)"]
    return "\n".join(lines) + "\n"


def heads_script(model: "Seq2SeqModel", maps: "AttentionMaps", choice: "Choice") -> str:
    """A program that prints what kind of head each is: one (layer, head) table for each number."""
    lines = [
        *attention_pass(model, maps.source.ids, maps.read.ids),
        *_stack(choice.stack),
        f"special = torch.tensor({list(maps.keys(choice.stack).special)})",
        "queries, keys = stack.shape[-2:]",
        "diagonal = torch.arange(queries)[:, None] * (keys - 1) / max(queries - 1, 1)",
        "",
        "",
        "def entropy(rows):",
        "    return torch.special.entr(rows).sum(-1) / torch.log(torch.tensor(2.0).double())",
        "",
        "",
        PRINTING,
        'print("Entropy (bits)", entropy(stack).mean(-1))',
        'print("Largest weight", stack.amax(-1).mean(-1))',
        'print("On special pieces", stack[..., special].sum(-1).mean(-1))',
        "distance = (torch.arange(keys) - diagonal).abs()",
        'print("Off the diagonal (pieces)", (stack * distance).sum(-1).mean(-1))',
        'print("Coverage", 2 ** entropy(stack.mean(-2)) / keys)',
    ]
    return "\n".join(lines) + "\n"


def _stack(stack: "Stack") -> list[str]:
    return [
        f"stack = torch.stack(result.{OUTPUTS[stack]})[:, 0].double()",
        "# (layer, head, query, key)",
    ]


def _picked(choice: "Choice") -> list[str]:
    if choice.how == "One head":
        layers, heads = f"[{choice.layer}]", f"[{choice.head}]"
    else:
        layers, heads = (
            str(list(chosen)) if chosen else ":" for chosen in (choice.layers, choice.heads)
        )
    lines = [f"weights = stack[{layers}][:, {heads}]"]
    if choice.how != "Rollout":
        return lines
    through = "weights"
    if choice.stack == "cross":
        lines.append("encoder = torch.stack(result.encoder_attentions)[:, 0].double()")
        through = "encoder"
    lines += [
        f"rolled = torch.eye({through}.shape[-1], dtype=torch.double)",
        f"for layer in {through}.mean(1):",
        "    rolled = (layer / 2 + torch.eye(len(layer)) / 2) @ rolled",
    ]
    return [*lines, "weights = " + ("weights.mean((0, 1)) @ rolled" if choice.stack == "cross"
                                    else "rolled")]  # fmt: skip
