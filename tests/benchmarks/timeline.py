"""What a timeline costs beside plain decoding, beside recomputing every prefix, and as it grows."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import torch

import explorer
from tests.benchmarks.decoding import _side_by_side, _t5_small_shape
from tests.benchmarks.observation import TEXT
from tests.benchmarks.table import Figure

STEPS = 64
LENGTHS = (32, 64, 128, 256)
SHORTEST = 16
VOCABULARY = 32_128
"""Pieces of t5-small."""
TOP, SHOWN = 5, 3
"""Pieces that the notebook compares at each step, and how many of them it prints."""
ROUNDS = 5
LARGEST_GROWTH = 1.5
"""How much more a step of the longest timeline may cost than one of the shortest."""


def figures() -> list[Figure]:
    """At t5-small's shape and vocabulary, with random weights."""
    with tempfile.TemporaryDirectory() as folder:
        model = explorer.load(_t5_small_shape(Path(folder), VOCABULARY))
        # A random model ends wherever it likes; here all must take the same number of steps.
        assert all(len(model.timeline(TEXT, max_new_tokens=n).steps) == n for n in (STEPS, 256))
        return [_against_generate(model), _against_recomputing(model), *_growth(model)]


def _ids(model: Any) -> torch.Tensor:
    return torch.tensor([model.tokenize(TEXT).ids], device=model.module.device)


def _against_generate(model: Any) -> Figure:
    ids = _ids(model)

    def plain() -> None:
        with torch.inference_mode():
            model.module.generate(input_ids=ids, do_sample=False, max_new_tokens=STEPS)

    ours, peer = _side_by_side(lambda: model.timeline(TEXT, max_new_tokens=STEPS), plain)
    return Figure(f"timeline of {STEPS} steps", ours, peer, "plain greedy generate", "s", 1.3)


def _against_recomputing(model: Any) -> Figure:
    def recompute() -> None:
        """As the notebook does: the encoder once, then at each step all pieces so far once more.

        What the notebook prints at a step is made ready here as well, and not printed.
        """
        module, source, said = model.module, _ids(model), []
        mask, decode = torch.ones_like(source), model.tokenizer.decode
        with torch.no_grad():
            encoded = module.get_encoder()(source, attention_mask=mask).last_hidden_state
        reads = torch.tensor([[model.rules.start]], device=source.device)
        for _ in range(STEPS):
            with torch.no_grad():
                hidden = module.get_decoder()(
                    input_ids=reads,
                    encoder_hidden_states=encoded,
                    encoder_attention_mask=mask,
                ).last_hidden_state
                logits = module.lm_head(hidden * module.config.d_model**-0.5)[0, -1]
                values, pieces = logits.topk(TOP)
                probabilities = values.softmax(-1)
            said.append(decode(reads[0], skip_special_tokens=True))
            for place in range(SHOWN):
                piece = decode(pieces[place], skip_special_tokens=True)
                said.append(f"{piece} ({probabilities[place]:.3f})")
            reads = torch.cat([reads, pieces[:1][None]], dim=1)

    ours, peer = _side_by_side(lambda: model.timeline(TEXT, max_new_tokens=STEPS), recompute)
    name = f"timeline of {STEPS} steps, nothing computed twice"
    return Figure(name, ours, peer, "a loop that recomputes the prefix", "s", 1 / 3)


def _growth(model: Any) -> list[Figure]:
    """The time of a step in longer timelines beside a short one, all in turn."""
    seconds: dict[int, list[float]] = {length: [] for length in (SHORTEST, *LENGTHS)}
    for turn in range(ROUNDS + 1):
        for length, found in seconds.items():
            start = time.perf_counter()
            model.timeline(TEXT, max_new_tokens=length)
            if turn:
                found.append((time.perf_counter() - start) / length)
    short = statistics.median(seconds[SHORTEST])
    return [
        Figure(
            name=f"a step of a timeline of {length}",
            ours=statistics.median(seconds[length]) * 1000,
            peer=short * 1000,
            peer_name=f"of {SHORTEST}",
            unit="ms",
            target=LARGEST_GROWTH,
        )
        for length in LENGTHS
    ]
