"""Payloads in what is taken home without a browser: programs, tables, data."""

import ast
import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import explorer
from explorer.ablation_script import ablation_script
from explorer.attribution_script import attribution_script
from explorer.dashboard.exports import csv_bytes, file_name, json_bytes
from explorer.generation import Decoding
from explorer.lens_script import lens_script
from explorer.scripts import beams_script
from explorer.timeline_script import timeline_script
from explorer.tokens import readable
from tests.payloads import ALL

MODELS = ("miniature-t5", "miniature-bart")
USED = [each for each in ALL if each.strip()]


def literals(script: str) -> list[str]:
    """The texts that a program holds; whatever it does, it is Python, and has no more than these.

    A text that broke out of its quotes would be code, and no text any more.
    """
    tree = ast.parse(script)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"open", "exec", "eval", "__import__", "alert", "os"}, names
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("name", MODELS)
def test_every_payload_is_a_literal_of_its_program(name: str) -> None:
    model = explorer.load(name)
    for payload in USED:
        assert readable(payload) in literals(model.script(payload)), payload


TOGETHER = "\n".join(USED[:20])
TEXTS = [*[each for each in USED if "ran'" in each or '"ran"' in each or "\n" in each], TOGETHER]


def _lens(model: Any, text: str) -> str:
    return lens_script(model, model.lens(text, "Hund"))


def _timeline(model: Any, text: str) -> str:
    return timeline_script(model, model.timeline(text, 3, max_new_tokens=3))


def _attribution(model: Any, text: str) -> str:
    return attribution_script(model, model.attribution(text, "Hund", 0))


def _ablation(model: Any, text: str) -> str:
    heads = [explorer.HeadRef("cross", 0, 0)]
    return ablation_script(model, model.ablation(text, heads, Decoding(max_new_tokens=3)))


def _beams(model: Any, text: str) -> str:
    return beams_script(model, text, 2, 1.0, 3, False)


@pytest.mark.parametrize("make", [_lens, _timeline, _attribution, _ablation, _beams])
def test_the_other_programs_hold_it_the_same_way(make: Callable[[Any, str], str]) -> None:
    model = explorer.load("miniature-t5")
    for text in TEXTS:
        literals(make(model, text))


def test_tables_and_data_hold_every_payload_and_no_formula() -> None:
    texts = list(map(readable, ALL))
    rows = [{text: text, "n": 1} for text in texts]
    for row in rows:
        written = csv_bytes([row]).decode("utf-8-sig")
        for line in csv.reader(io.StringIO(written, newline="")):
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@", "＝")) for cell in line)
    assert json.loads(json_bytes({"texts": texts, "more": np.array([1.0])}))["texts"] == texts


def test_a_file_is_named_without_harm() -> None:
    for payload in ALL:
        name = file_name(payload, "csv")
        assert Path(name).name == name
        assert name.isprintable()
        assert not set('<>:"/\\|?*\0') & set(name)
        assert len(name) <= 104
