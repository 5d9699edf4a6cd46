"""Copy as Python: a plain program that prints the map on screen."""

from typing import TYPE_CHECKING

from explorer.attention_script import OUTPUTS, attention_pass

if TYPE_CHECKING:
    from explorer.attention import AttentionMaps
    from explorer.dashboard.attention.reduced import Choice
    from explorer.model import Seq2SeqModel


def map_script(model: "Seq2SeqModel", maps: "AttentionMaps", choice: "Choice") -> str:
    """A program that prints the weights of the map on screen: (row, column)."""
    from explorer.dashboard.attention.reduced import units

    rows, columns = units(maps, choice)
    kept = [unit for unit in columns if choice.special or not unit.special]
    lines = [
        *attention_pass(model, maps.source.ids, maps.read.ids),
        f"stack = torch.stack(result.{OUTPUTS[choice.stack]})[:, 0].double()",
        "# (layer, head, query, key)",
        *_one_map(choice),
        f"rows = {[list(unit.pieces) for unit in rows]}  # the pieces of each row",
        f"columns = {[list(unit.pieces) for unit in kept]}  # the pieces of each column",
        "weights = torch.stack([weights[row].mean(0) for row in rows])",
        "weights = torch.stack([weights[:, column].sum(1) for column in columns], 1)",
    ]
    if not choice.special:
        lines.append("weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-300)")
    lines += [
        "torch.set_printoptions(precision=4, sci_mode=False, linewidth=120, threshold=1_000_000)",
        "print(weights)",
    ]
    return "\n".join(lines) + "\n"


def _one_map(choice: "Choice") -> list[str]:
    if choice.how == "One head":
        return [f"weights = stack[{choice.layer}, {choice.head}]"]
    if choice.how != "Rollout":
        layers, heads = (str(list(chosen)) if chosen else ":" for chosen in (
            choice.layers, choice.heads
        ))  # fmt: skip
        how = "mean" if choice.how == "Mean" else "amax"
        return [f"weights = stack[{layers}][:, {heads}].{how}((0, 1))"]
    lines = ["stack = stack.mean(1)  # (layer, query, key)"]
    if choice.stack == "cross":
        lines.append("through = torch.stack(result.encoder_attentions)[:, 0].double().mean(1)")
        last = ":"
    else:
        lines.append("through = stack")
        last = f":{choice.layer + 1}"
    lines += [
        "weights = torch.eye(through.shape[-1], dtype=torch.double)",
        f"for layer in through[{last}]:",
        "    weights = (layer / 2 + torch.eye(len(layer)) / 2) @ weights",
    ]
    if choice.stack == "cross":
        lines.append(f"weights = stack[{choice.layer}] @ weights")
    return lines
