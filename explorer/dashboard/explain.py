"""The overview's words and formulas, with the shapes of what is on screen filled in."""

from dataclasses import dataclass

from explorer.catalog import ModelFacts
from explorer.shapes import decoder_head_width


@dataclass(frozen=True)
class AttentionKind:
    """One of the three: why it is there, its formula, and the shapes in one head."""

    title: str
    reason: str
    formula: str
    shapes: str


def attention_kinds(
    facts: ModelFacts, source: int | None, decoder: int | None
) -> tuple[AttentionKind, ...]:
    """The three kinds of attention for `source` pieces read and `decoder` pieces written."""
    n = str(source) if source else "N"
    m = str(decoder) if decoder else "M"
    width, written_width = facts.d_head, decoder_head_width(facts)
    biased = facts.position_kind == "relative buckets"
    own = "+ B" if biased else ""
    return (
        AttentionKind(
            "Encoder self-attention",
            "To understand a piece, the encoder needs what stands before it **and after it**.",
            _formula(facts, own),
            _shapes(n, n, width),
        ),
        AttentionKind(
            "Decoder self-attention",
            "The answer is written from left to right, so a piece must **not see the future**: "
            "the mask puts $-\\infty$ where the key stands after the query.",
            _formula(facts, f"{own} + \\text{{mask}}"),
            _shapes(m, m, written_width),
        ),
        AttentionKind(
            "Cross-attention",
            "What comes next depends on the source. **Queries come from the decoder, keys and "
            "values from the encoder**: the only bridge between the two.",
            _formula(facts, ""),
            _shapes(m, n, written_width),
        ),
    )


def formula_note(facts: ModelFacts) -> str:
    """What is special about this family's formula."""
    if facts.position_kind == "relative buckets":
        return (
            f"{facts.family_title} does not divide the scores by $\\sqrt{{d}}$. It tells positions "
            "apart by $B$, a learned number for each head and distance, which only "
            "self-attention has."
        )
    return (
        f"{facts.family_title} divides the scores by $\\sqrt{{d}} = \\sqrt{{{facts.d_head}}}$ = "
        f"{facts.d_head**0.5:.2f} and tells positions apart by numbers added to the embeddings."
    )


def _formula(facts: ModelFacts, added: str) -> str:
    scores = "QK^\\top" if facts.attention_scale == "1" else "\\frac{QK^\\top}{\\sqrt{d}}"
    inside = f"{scores} {added}".strip()
    return f"\\mathrm{{softmax}}\\!\\left({inside}\\right) V"


def _shapes(queries: str, keys: str, width: int) -> str:
    return "\n".join(
        (
            f"- $Q$: ${queries} \\times {width}$",
            f"- $K$ and $V$: ${keys} \\times {width}$",
            f"- weights: ${queries} \\times {keys}$",
        )
    )


PHASES = (
    (
        "Phase 1: read",
        "The encoder runs **once**. It sees the whole text at the same time and leaves one row of "
        "numbers for each piece.",
    ),
    (
        "Phase 2: write",
        "The decoder runs **once for every new piece**: it reads what it has written, looks at the "
        "encoder's rows, and gives a probability to every piece of the vocabulary.",
    ),
)
