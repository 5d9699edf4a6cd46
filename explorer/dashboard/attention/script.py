"""Copy as Python: plain programs that print the map on screen, and what kind of head each is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from explorer.alignment import TIE
from explorer.attention_script import OUTPUTS, attention_pass
from explorer.scripts import PRINTING

if TYPE_CHECKING:
    from explorer.alignment import Rows
    from explorer.attention import AttentionMaps, Stack
    from explorer.dashboard.attention.reduced import Choice
    from explorer.miniatures.language import Example
    from explorer.model import Seq2SeqModel


def map_script(
    model: "Seq2SeqModel", maps: "AttentionMaps", choice: "Choice", reduced: bool = True
) -> str:
    """A program that prints the weights of the map on screen: (row, column).

    Not `reduced`, it prints those of every chosen layer and head: (layer, head, row, column).
    """
    from explorer.dashboard.attention.reduced import units

    if not reduced:
        choice = replace(choice, how="Mean")
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
    if reduced and choice.how != "Rollout":
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


def alignment_script(model: "Seq2SeqModel", examples: "Sequence[Example]", rows: "Rows") -> str:
    """A program that prints the alignment error rate of every head: (layer, head).

    It goes on from `heads_script`, whose model it uses.
    """
    from explorer.alignment_check import marked_words
    from explorer.teacher_forcing import read_source, read_target, reading

    lines = [
        "",
        "",
        "# Each: the source, what the decoder reads, the pieces of the words of both, the links.",
        "examples = [",
    ]
    for example in examples:
        source, target = read_source(model, example.source), read_target(model, example.target)
        columns = marked_words(source)[-len(example.source_words) :]
        read = list(reading(model, target).ids)
        lines.append(
            f"    ({list(source.ids)}, {read}, {columns}, {marked_words(target)}, "
            f"{sorted(example.alignment)}),"
        )
    lines += [
        "]",
        "shared, proposed, known = 0, 0, 0",
        "for source, reads, columns, words, links in examples:",
        "    with torch.inference_mode():",
        "        seen = model(",
        "            input_ids=torch.tensor([source]),",
        "            decoder_input_ids=torch.tensor([reads]),",
        "            output_attentions=True,",
        "        ).cross_attentions",
        "    weights = torch.stack(seen)[:, 0].double()  # (layer, head, query, key)",
        "    sums = torch.stack([weights[..., column].sum(-1) for column in columns], -1)",
        "    known += len(links)",
        "    for number, pieces in enumerate(words):",
        f"        steps = [piece + {int(rows == 'read')} for piece in pieces]",
        "        steps = [step for step in steps if step < len(reads)]",
        "        if not steps:",
        "            continue",
        "        means = sums[:, :, steps].mean(2)",
        "        # Of those that are equal but for rounding, the first one.",
        f"        largest = means.amax(-1, keepdim=True) * (1 - {TIE})",
        "        chosen = (means >= largest).int().argmax(-1)",
        "        right = [source for source, target in links if target == number]",
        "        proposed += 1",
        "        shared = shared + torch.isin(chosen, torch.tensor(right)).int()",
        'print("Alignment error rate", 1 - 2 * shared / (proposed + known))',
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
