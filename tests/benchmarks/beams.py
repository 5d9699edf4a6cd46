"""What recording a beam search costs, and what reading every layer costs."""

import tempfile
from pathlib import Path
from typing import Any

import explorer
from tests.benchmarks.decoding import TOKENS, _side_by_side, _t5_small_shape
from tests.benchmarks.table import Figure

TEXT = "translate English to German: The small dog sees the old cat in the garden."
BEAMS = 4


def figures() -> list[Figure]:
    """Of the bundled model and of a model of t5-small's shape with random weights."""
    bundled = explorer.load("miniature-t5")
    with tempfile.TemporaryDirectory() as folder:
        small = explorer.load(_t5_small_shape(Path(folder)))
        return [
            _recorded_search(bundled, "miniature-t5"),
            _recorded_search(small, "t5-small's shape"),
            *(_lens(small, stack, "t5-small's shape") for stack in ("decoder", "encoder")),
        ]


def _recorded_search(model: Any, label: str) -> Figure:
    import torch

    ids = torch.tensor([model.tokenize(TEXT).ids], device=model.module.device)

    def plain() -> None:
        with torch.inference_mode():
            model.module.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                do_sample=False,
                num_beams=BEAMS,
                num_return_sequences=BEAMS,
                max_new_tokens=TOKENS,
                return_dict_in_generate=True,
            )

    def recorded() -> None:
        model.beam_search(TEXT, BEAMS, max_new_tokens=TOKENS)

    ours, peer = _side_by_side(recorded, plain)
    name = f"beam search with {BEAMS} beams as a tree, {label}"
    return Figure(name, ours, peer, "transformers", "s", 1.15)


def _lens(model: Any, stack: str, label: str) -> Figure:
    from explorer.teacher_forcing import forward

    target = model.generate(TEXT, explorer.Decoding(max_new_tokens=TOKENS)).tokens
    source = model.tokenize(TEXT)
    read = model.lens if stack == "decoder" else model.encoder_lens
    ours, peer = _side_by_side(lambda: read(TEXT, target), lambda: forward(model, source, target))
    name = f"{stack} lens of {len(target)} steps, {label}"
    return Figure(name, ours, peer, "one forward pass", "s", None)
