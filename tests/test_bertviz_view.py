import base64
import html as html_module
import itertools
import json
import math
import re
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from importlib import resources

import bertviz
import numpy as np
import pytest
import torch

from explorer.bertviz_page import BACKGROUNDS, distinct_colours, json_block
from explorer.bertviz_view import (
    MAX_CELLS,
    MAX_DRAWN_CELLS,
    MAX_LABEL_CHARACTERS,
    bertviz_view,
)
from explorer.contrast import contrast
from explorer.errors import ExplorerError

HOSTILE = (
    "</script><script>alert(1)</script>",
    "<!--",
    "<!--<script>",
    "]]>",
    "<img src=x onerror=alert(1)>",
    "\"'`${alert(1)}",
    "\\u003c\\",
    "line\u2028and\u2029paragraph",
    "half \ud83d of a pair",
    "&lt;b&gt;",
)


def attention(layers=2, heads=3, queries=4, keys=5, seed=0):
    scores = np.random.default_rng(seed).normal(size=(layers, heads, queries, keys)) * 3
    weights = np.exp(scores)
    return (weights / weights.sum(axis=-1, keepdims=True)).astype(np.float32)


def labels(count, mark="r"):
    return [f"{mark}{index}" for index in range(count)]


def drawn(weights=None, **options):
    weights = attention() if weights is None else weights
    _, _, queries, keys = weights.shape
    rows = options.pop("rows", labels(queries))
    return bertviz_view(weights, rows, options.pop("columns", labels(keys, "c")), **options)


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text of those with an id."""

    def __init__(self, page):
        super().__init__()
        self.starts, self.texts, self._id = [], {}, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.starts.append((tag, dict(attributes)))
        self._id = dict(attributes).get("id")

    def handle_data(self, data):
        self.texts[self._id] = self.texts.get(self._id, "") + data


def payload(view):
    return json.loads(Elements(view.html).texts["payload"])


def unpacked(text):
    return zlib.decompress(base64.b64decode(text))


@pytest.mark.parametrize("view", ["head", "model"])
def test_the_page_holds_the_weights_once_and_true(view):
    weights = attention(seed=1)
    weights[0, :, 0, 1:] = 0.0
    weights[0, :, 0, 0] = 1.0
    page = drawn(weights, view=view)
    held = payload(page)
    assert held["shape"] == list(weights.shape)
    levels = np.frombuffer(unpacked(held["weights"]), np.uint8).reshape(weights.shape)
    shown = levels / held["levels"]
    assert np.abs(shown - weights).max() <= 0.005
    assert (shown[0, :, 0, 1:] == 0).all()
    assert (shown[0, :, 0, 0] == 1).all()
    assert page.html.count(held["weights"]) == 1
    assert page.cells == weights.size
    assert page.size_bytes == len(page.html.encode())


@pytest.mark.parametrize("view", ["head", "model"])
def test_the_program_is_bertvizs_own_and_the_libraries(view):
    program = unpacked(Elements(drawn(view=view).html).texts["program"]).decode()
    script = resources.files("bertviz").joinpath(f"{view}_view.js").read_text(encoding="utf-8")
    for part in script.split("PYTHON_PARAMS"):
        assert part in program
    assert "jQuery v3.7.1" in program
    assert 'version: "3.5' in program


@pytest.mark.parametrize("view", ["head", "model"])
def test_the_parameters_are_those_that_bertviz_makes_of_the_same_tensors(view):
    weights = attention(layers=4, heads=9)
    show = bertviz.head_view if view == "head" else bertviz.model_view
    rows, columns = labels(4), labels(5, "c")
    chosen = [1, 3]
    options = {"layer": 3, "heads": [0, 2]} if view == "head" else {"display_mode": "light"}
    theirs = show(
        cross_attention=[torch.from_numpy(layer)[None] for layer in weights],
        encoder_tokens=columns,
        decoder_tokens=rows,
        include_layers=chosen,
        html_action="return",
        **options,
    ).data
    theirs, _ = json.JSONDecoder().raw_decode(theirs.split("const params = ")[1])
    mine = {"layer": 3, "shown_heads": [0, 2]} if view == "head" else {}
    page = drawn(weights[chosen], rows=rows, columns=columns, view=view, layers=chosen, **mine)
    held = payload(page)
    ours = held["parameters"]
    levels = np.frombuffer(unpacked(held["weights"]), np.uint8).reshape(held["shape"])
    assert np.abs(np.array(theirs["attention"][0].pop("attn")) - levels / 255).max() <= 0.005
    for parameters in (ours, theirs):
        parameters.pop("root_div_id")
        parameters["attention"][0].pop("name")
    assert ours == theirs


@pytest.mark.parametrize("view", ["head", "model"])
def test_no_label_leaves_its_block(view):
    weights = attention(queries=len(HOSTILE), keys=len(HOSTILE))
    page = drawn(weights, view=view, rows=HOSTILE, columns=HOSTILE, title=HOSTILE[0])
    harmless = drawn(weights, view=view, title="t")
    hostile, plain = Elements(page.html), Elements(harmless.html)
    assert [tag for tag, _ in hostile.starts] == [tag for tag, _ in plain.starts]
    held = json.loads(hostile.texts["payload"])["parameters"]["attention"][0]
    expected = [label.replace("\ud83d", "\N{REPLACEMENT CHARACTER}") for label in HOSTILE]
    assert held["left_text"] == held["right_text"] == expected
    block = re.search('id="payload">(.*?)</script>', page.html, re.S)[1]
    assert not set("<>&\u2028\u2029") & set(block)
    assert f"<title>{html_module.escape(HOSTILE[0])}</title>" in page.html


@pytest.mark.parametrize("text", [*HOSTILE, "東京", "e\u0301"])
def test_escaped_json_reads_as_it_was(text):
    block = json_block({"label": text})
    assert block.isascii()
    assert not set("<>&") & set(block)
    assert json.loads(block) == {"label": text}


def test_the_page_names_no_other_place_and_its_policy_allows_none():
    page = drawn().html
    assert "http:" not in page
    assert "https:" not in page
    policy = next(
        attributes["content"]
        for tag, attributes in Elements(page).starts
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert set(rules) == {"default-src", "script-src", "style-src", "base-uri", "form-action"}
    for rule in ("script-src", "style-src"):
        assert all(source.startswith("'sha256-") for source in rules[rule].split())


def test_no_style_attribute_that_the_policy_would_refuse():
    for view in ("head", "model"):
        assert not [
            tag for tag, given in Elements(drawn(view=view).html).starts if "style" in given
        ]


def test_layers_and_heads_keep_the_models_own_numbers():
    page = drawn(layers=(7, 9), heads=(1, 4, 11), layer=9, shown_heads=(11, 4))
    held = payload(page)
    assert held["parameters"]["include_layers"] == [7, 9]
    assert held["parameters"]["layer"] == 9
    assert held["parameters"]["heads"] == [1, 2]
    assert held["heads"] == [1, 4, 11]
    assert payload(drawn(view="model", heads=(1, 4, 11)))["parameters"]["include_heads"] == [
        1,
        4,
        11,
    ]


def test_without_numbers_layers_and_heads_count_from_zero():
    held = payload(drawn())["parameters"]
    assert held["include_layers"] == [0, 1]
    assert held["layer"] == 0
    assert held["heads"] == [0, 1, 2]


def test_a_very_long_label_is_cut_where_one_sees_it():
    page = drawn(rows=["x" * 10_000, "a", "b", "c"])
    label = payload(page)["parameters"]["attention"][0]["left_text"][0]
    assert len(label) == MAX_LABEL_CHARACTERS
    assert label.endswith("…")


def test_the_same_attention_gives_the_same_page():
    assert drawn().html == drawn().html
    assert drawn().html != drawn(attention(seed=5)).html


def test_a_mixed_up_call_is_refused():
    for wrong in (
        {"rows": labels(3)},
        {"columns": labels(3)},
        {"layers": (0,)},
        {"layers": (1, 1)},
        {"heads": (0, 1, 1)},
        {"layer": 2},
        {"shown_heads": ()},
        {"shown_heads": (3,)},
        {"view": "neuron"},
        {"theme": "blue"},
    ):
        with pytest.raises(ValueError, match=r"weights|number|layer|view"):
            drawn(**wrong)
    for weights in (attention() * 2, attention() - 0.5):
        with pytest.raises(ValueError, match="from 0 to 1"):
            drawn(weights)
    with pytest.raises(ValueError, match="shape"):
        drawn(attention()[:, :, :0], rows=[])


@pytest.mark.parametrize("weight", [1.0005, 1.0015, 1.015])
def test_rounding_just_over_one_is_drawn_as_one(weight):
    weights = np.full((1, 1, 1, 1), weight, np.float32)
    assert unpacked(payload(bertviz_view(weights, ["a"], ["b"]))["weights"]) == b"\xff"


def test_columns_of_a_16_bit_softmax_can_be_merged_and_drawn():
    weights = torch.randn(2, 3, 4, 40).softmax(-1)
    coarse = weights.bfloat16().float().numpy()
    merged = coarse.sum(-1, keepdims=True)
    assert merged.max() > 1.0001
    drawing = bertviz_view(merged, list("abcd"), ["all"])
    assert set(unpacked(payload(drawing)["weights"])) <= {254, 255}


def test_weights_that_are_no_numbers_are_told():
    weights = attention()
    weights[0, 0, 0] = np.nan
    with pytest.raises(ExplorerError, match="5 of 120 attention weights are not numbers"):
        drawn(weights)


def test_too_many_lines_are_refused_with_the_remedy():
    side = math.isqrt(MAX_DRAWN_CELLS // 4)
    fits = np.zeros((2, 4, side, side), np.float32)
    # The head view draws one layer at a time, the model view all of them.
    assert drawn(fits).cells == fits.size
    with pytest.raises(
        ExplorerError, match=f"{fits.size:,} lines.*at most {MAX_DRAWN_CELLS:,}.*la"
    ):
        drawn(fits, view="model")
    assert drawn(fits[:1], view="model").cells == fits.size // 2
    wide = np.zeros((1, 4, side + 1, side + 1), np.float32)
    with pytest.raises(ExplorerError, match="fewer heads or a shorter text"):
        drawn(wide)


def test_too_many_cells_in_all_are_refused_with_the_remedy():
    layers = MAX_CELLS // 40_000 + 1
    many = np.zeros((layers, 4, 100, 100), np.float32)
    with pytest.raises(ExplorerError, match=f"{many.size:,} weights.*{MAX_CELLS:,}.*fewer layers"):
        drawn(many)
    assert drawn(many[:-1]).cells == MAX_CELLS


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("count", [1, 4, 10, 12, 16, 32])
def test_colours_keep_apart_and_carry_a_number(theme, count):
    colours = distinct_colours(count, theme)
    assert len(set(colours)) == count
    assert min(contrast(colour, BACKGROUNDS[theme]) for colour in colours) >= 4.5
    channels = [np.array([int(c[i : i + 2], 16) for i in (1, 3, 5)]) for c in colours]
    apart = [np.abs(a - b).max() for a, b in itertools.combinations(channels, 2)]
    assert not apart or min(apart) >= (12 if count > 16 else 24)


def test_the_height_grows_with_the_longer_side():
    assert drawn(attention(keys=30)).height > drawn(attention(keys=5)).height
    assert drawn(attention(queries=30)).height == drawn(attention(queries=30, keys=30)).height
    few, many = attention(layers=2, keys=30), attention(layers=8, keys=30)
    assert drawn(many, view="model").height > drawn(few, view="model").height
    assert drawn(many).height == drawn(few).height


def test_importing_the_module_costs_no_torch_and_no_bertviz():
    code = (
        "import sys, explorer.bertviz_view; "
        "print(sorted({'torch', 'bertviz', 'IPython', 'boto3'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
