"""Copy as Python: a short program for plain torch that prints a worked example's numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.positions import BART_OFFSET, BUCKETS, MAX_DISTANCE, WAVELENGTH_BASE
from explorer.recipe import MAX_POSITIONS, Recipe
from explorer.scripts import PRINTING


@dataclass(frozen=True)
class GivenLines:
    """What gives Q, K and V in place of random numbers.

    Attributes:
        lines: of Python, after which Q, K and V are there: (1, position, head · d_k), double.
        mask, bias: whether they leave a `mask` (query, key) and a `bias` (1, query, key) as well.
    """

    lines: Sequence[str]
    mask: bool = False
    bias: bool = False


def script(recipe: Recipe, given: GivenLines | None = None) -> str:
    """A program that prints every step and needs torch alone, or what the given lines need.

    Args:
        recipe: what to print.
        given: in place of random numbers.
    """
    own = given or GivenLines(_drawing(recipe))
    has_bias = recipe.positions == "relative" or recipe.bias in ("distance", "drawn")
    has_bias |= recipe.bias == "given" and own.bias
    has_mask = own.mask if recipe.mask == "given" else recipe.mask != "none"
    parts = [
        ["import math", "", "import torch", "", PRINTING],
        own.lines,
        _edits(recipe),
        _positions(recipe),
        _bias(recipe, own.bias),
        _mask(recipe, own.mask),
        _attention(recipe, has_bias, has_mask, given is None and recipe.heads > 1),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _drawing(recipe: Recipe) -> list[str]:
    width = recipe.width
    columns = "d_k" if recipe.heads == 1 else "head · d_k"
    lines = [
        f"torch.manual_seed({recipe.seed})",
        f"Q = torch.randn(1, {recipe.queries}, {width})  # (1, query, {columns})",
        f"K = torch.randn(1, {recipe.keys}, {width})  # (1, key, {columns})",
        f"V = torch.randn(1, {recipe.keys}, {width})  # (1, key, {columns})",
    ]
    if recipe.heads > 1:
        lines.append(f"W_O = torch.randn({width}, {width}).double() / math.sqrt({width})")
    if recipe.positions == "relative":
        lines.append(f"table = torch.randn({BUCKETS}, {recipe.heads}).double()  # (bucket, head)")
    elif recipe.positions == "learned":
        rows = MAX_POSITIONS + BART_OFFSET
        lines.append(f"table = torch.randn({rows}, {width}).double()  # (position, {columns})")
    # Double precision before the edits: a number typed in is kept to its last digit.
    lines.append("Q, K, V = Q.double(), K.double(), V.double()")
    return lines


def _edits(recipe: Recipe) -> list[str]:
    return [
        f"{edit.matrix}[0, {edit.row}, {edit.column}] = {_literal(edit.value)}"
        for edit in recipe.edits
        if edit.matrix in ("Q", "K", "V")
    ]


def _positions(recipe: Recipe) -> list[str]:
    count = max(recipe.queries, recipe.keys)
    if recipe.positions == "learned":
        lines = [f"P = table[{BART_OFFSET}:{BART_OFFSET + count}]"]
    elif recipe.positions == "sinusoidal":
        width = recipe.width
        lines = [
            f"column = torch.arange({width})",
            f"wave = {WAVELENGTH_BASE} ** ((column // 2 * 2).double() / {width})",
            f"turn = torch.arange({count}).double()[:, None] / wave",
            "P = torch.where(column % 2 == 0, turn.sin(), turn.cos())",
        ]
    else:
        return []
    added = f"Q + P[:{recipe.queries}], K + P[:{recipe.keys}], V + P[:{recipe.keys}]"
    return [*lines, f"Q, K, V = {added}"]


def _bias(recipe: Recipe, is_there: bool) -> list[str]:
    lines = []
    begins_anew = recipe.bias == "distance" or (recipe.bias == "drawn" and not is_there)
    if begins_anew or recipe.positions == "relative":
        size = f"{recipe.heads}, {recipe.queries}, {recipe.keys}"
        lines.append(f"bias = torch.zeros({size}, dtype=torch.float64)")
    if recipe.bias == "distance" or recipe.positions == "relative":
        lines.append(
            f"after = torch.arange({recipe.keys})[None, :] - "
            f"torch.arange({recipe.queries})[:, None]  # (query, key)"
        )
    if recipe.bias == "distance":
        lines.append(f"bias -= {_literal(recipe.slope)} * after.abs()")
    lines += [
        f"bias[:, {edit.row}, {edit.column}] = {_literal(edit.value)}"
        for edit in (recipe.edited("bias") if recipe.bias == "drawn" else ())
    ]
    if recipe.positions == "relative":
        each = BUCKETS // 2 if recipe.both_ways else BUCKETS
        exact = each // 2
        start, far = (
            (f"torch.where(after > 0, {each}, 0)", "after.abs()")
            if recipe.both_ways
            else ("0", "(-after).clamp(min=0)")
        )
        lines += [
            f"far = {far}",
            f"log = (far.clamp(min=1) / {exact}).log() / math.log({MAX_DISTANCE} / {exact})",
            f"shared = ({exact} + (log * {each - exact}).long()).clamp(max={each - 1})",
            f"bucket = {start} + torch.where(far < {exact}, far, shared)",
            "bias += table[bucket].permute(2, 0, 1)",
        ]
    return lines


def _mask(recipe: Recipe, is_there: bool) -> list[str]:
    if recipe.mask in ("none", "given"):
        return []
    lines = [f"mask = torch.ones({recipe.queries}, {recipe.keys}, dtype=torch.bool)"]
    if recipe.mask == "drawn" and is_there:
        lines = []
    if recipe.mask == "causal":
        lines.append("mask = mask.tril()")
    elif recipe.mask == "padding" and recipe.padded:
        lines.append(f"mask[:, -{recipe.padded}:] = False")
    elif recipe.mask == "drawn":
        lines += [f"mask[{e.row}, {e.column}] = {e.value != 0}" for e in recipe.edited("mask")]
    return lines


def _attention(recipe: Recipe, has_bias: bool, has_mask: bool, has_projection: bool) -> list[str]:
    scale = f"1 / math.sqrt({recipe.d_k})" if recipe.scale is None else _literal(recipe.scale)
    split = f".view(-1, {recipe.heads}, {recipe.d_k}).transpose(0, 1)"
    lines = [
        f"q, k, v = (each{split} for each in (Q, K, V))  # (head, position, d_k)",
        "scores = q @ k.transpose(-2, -1)  # (head, query, key)",
        f"scaled = scores * ({scale})",
        "into = scaled + bias" if has_bias else "into = scaled",
        *(["into = into.masked_fill(~mask, -math.inf)"] if has_mask else []),
        f"weights = torch.softmax(into / {_literal(recipe.temperature)}, dim=-1)",
        "output = weights @ v  # (head, query, d_k)",
        'print("Q", q)',
        'print("K", k)',
        'print("V", v)',
        'print("scores", scores)',
        'print("scaled", scaled)',
        *(['print("bias", bias)'] if has_bias else []),
        *(['print("mask", mask)'] if has_mask else []),
        *(['print("softmax input", into)'] if has_bias or has_mask else []),
        'print("weights", weights)',
        'print("output", output)',
    ]
    if recipe.heads > 1:
        lines += [
            f"concatenated = output.transpose(0, 1).reshape({recipe.queries}, {recipe.width})",
            'print("concatenated", concatenated)',
        ]
    if has_projection:
        lines += ['print("W_O", W_O)', 'print("result", concatenated @ W_O)']
    return lines


def _literal(value: float) -> str:
    """A number as Python writes it, negative ones in brackets."""
    return repr(float(value)) if value >= 0 else f"({float(value)!r})"
