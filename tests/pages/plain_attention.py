"""Attention maps of the bundled models as a user of plain `transformers` would get them."""

import contextlib
import io
import re
from functools import cache
from typing import Any

import numpy as np
import pyarrow
import torch
from streamlit.testing.v1 import AppTest
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from explorer.charts.cells import number_text
from tests.pages.visit import ROOT, badges

PREFIX = "translate English to German: "
TEXT, TARGET = "The beautiful zebra sleeps.", "Das schöne Zebra schläft."
# ▁translate ▁English ▁to ▁German : ▁The ▁beautiful ▁ z e b r a ▁sleeps . </s>
SOURCE_WORDS = [[0], [1], [2], [3], [4], [5], [6], [7, 8, 9, 10, 11, 12], [13], [14], [15]]
SOURCE_NAMES = [
    "translate", "English", "to", "German", ":", "The", "beautiful", "zebra", "sleeps", ".", "</s>",
]  # fmt: skip
# ▁Das ▁schöne ▁ Z e b r a ▁schläft . </s>
TARGET_WORDS = [[0], [1], [2, 3, 4, 5, 6, 7], [8], [9], [10]]
TARGET_NAMES = ["Das", "schöne", "Zebra", "schläft", ".", "</s>"]
OUTPUTS = {"Cross": "cross_attentions", "Encoder": "encoder_attentions",
           "Decoder": "decoder_attentions"}  # fmt: skip


@cache
def eager(name: str) -> tuple[Any, Any]:
    folder = ROOT / "explorer" / "miniatures" / name
    model = AutoModelForSeq2SeqLM.from_pretrained(folder, attn_implementation="eager").eval()
    return model, AutoTokenizer.from_pretrained(folder)


@cache
def plain_pass(name: str = "miniature-t5", text: str = PREFIX + TEXT, target: str = TARGET) -> Any:
    """One pass, with `maps`: (layer, head, query, key) in float64 for each stack."""
    model, tokenizer = eager(name)
    ids = tokenizer(text_target=target, return_tensors="pt").input_ids
    start = torch.tensor([[model.config.decoder_start_token_id]])
    with torch.inference_mode():
        return model(
            input_ids=tokenizer(text, return_tensors="pt").input_ids,
            decoder_input_ids=torch.cat([start, ids[:, :-1]], 1),
            output_attentions=True,
            use_cache=False,
        )


def plain_maps(stack: str, **options: str) -> np.ndarray:
    found = getattr(plain_pass(**options), OUTPUTS[stack])
    return torch.stack(found)[:, 0].double().numpy()


def grouped(weights: np.ndarray, rows: list[list[int]], columns: list[list[int]]) -> np.ndarray:
    """Rows averaged and columns summed, one group after the other."""
    merged = np.zeros((*weights.shape[:-2], len(rows), len(columns)))
    for at, row in enumerate(rows):
        for place, column in enumerate(columns):
            block = weights[..., row, :][..., column]
            merged[..., at, place] = block.sum(-1).mean(-1)
    return merged


def cells(at: AppTest) -> list[list[dict[str, Any]]]:
    """The cells of each chart on the page."""
    found = []
    for chart in at.get("vega_lite_chart"):
        rows = pyarrow.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()
        found.append([row for row in rows if "text" in row])
    return found


def shows(at: AppTest, array: np.ndarray) -> bool:
    """Whether a chart shows these numbers: to two decimals, the last one give or take one."""
    for chart in cells(at):
        if len(chart) == array.size:
            exact = np.array([float(cell["exact"]) for cell in chart]).reshape(array.shape)
            assert [cell["text"] for cell in chart] == [number_text(v) for v in exact.ravel()]
            if np.abs(exact - array).max() < 2e-5:
                return True
    return False


def passed(at: AppTest) -> int:
    """How many checks are green; none may be red."""
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert all(":green-badge[" in each for each in checks), checks
    return len(checks)


def printed(script: str) -> list[float]:
    """The numbers that a program prints."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(script, {})
    return [float(found) for found in re.findall(r"-?\d+\.\d*(?:e-?\d+)?", output.getvalue())]
