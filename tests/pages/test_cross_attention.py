"""The cross-attention page: first sight, good input, bad input, hostile links."""

import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pyarrow
import pytest
from streamlit.testing.v1 import AppTest

import explorer
from explorer.bertviz_view import MAX_CELLS, MAX_DRAWN_CELLS
from explorer.charts.attention_steps import number_text
from explorer.dashboard.attention import heads
from explorer.dashboard.attention.drawing import narrowed
from explorer.dashboard.attention.reduced import HOWS, Choice, reduced
from explorer.dashboard.attention.script import map_script
from tests.pages.visit import badges, click_while_running, fine, html, link, open_page, said

PAGE = "cross_attention"
BEST = Choice("cross", "One head", 2, 2, (), (), True, True, "predicted")


def worked_example(name: str = "miniature-t5"):
    model = explorer.load(name)
    task = model.card.tasks[0]
    return model, model.attention(task.compose(task.example))


def drawn(at: AppTest) -> list[list[str]]:
    found = []
    for chart in at.get("vega_lite_chart"):
        rows = pyarrow.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()
        found.append([row["text"] for row in rows if "text" in row])
    return found


def shows(at: AppTest, array: np.ndarray) -> bool:
    return [number_text(value) for value in array.ravel()] in drawn(at)


def passed(at: AppTest) -> int:
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert all(":green-badge[" in each for each in checks), checks
    return len(checks)


def test_first_sight_is_the_best_aligning_head_of_the_example():
    at = fine(open_page(PAGE))
    _, maps = worked_example()
    assert shows(at, reduced(maps, BEST).weights)
    assert passed(at) == 1
    assert any("layer 2, head 2" in each.value for each in at.markdown)
    assert not at.warning


@pytest.mark.parametrize(
    ("parameters", "choice"),
    [
        ({"stack": "Encoder", "layer": "1", "head": "3"},
         replace(BEST, stack="encoder", layer=1, head=3)),
        ({"stack": "Decoder", "words": "false"}, replace(BEST, stack="decoder", words=False)),
        ({"special": "false", "rows": "reads"}, replace(BEST, special=False, rows="read")),
        ({"show": "Mean", "layers": "1", "heads": "2"},
         replace(BEST, how="Mean", layers=(1,), heads=(2,))),
        ({"show": "Largest"}, replace(BEST, how="Largest")),
        ({"show": "Rollout", "layer": "0"}, replace(BEST, how="Rollout", layer=0)),
    ],
)  # fmt: skip
def test_a_link_shows_the_map_it_asks_for(parameters, choice):
    at = fine(open_page(PAGE, **parameters))
    assert shows(at, reduced(worked_example()[1], choice).weights)
    assert passed(at) == 1
    assert not at.warning


def test_a_typed_target_is_what_the_decoder_says():
    at = fine(open_page(PAGE, say="Die Katze schläft.", text="The dog sees the cat."))
    model = explorer.load("miniature-t5")
    text = model.card.tasks[0].compose("The dog sees the cat.")
    assert shows(at, reduced(model.attention(text, "Die Katze schläft."), BEST).weights)
    assert passed(at) == 1


def test_a_bart_has_maps_too():
    at = fine(open_page(PAGE, model="miniature-bart"))
    assert passed(at) == 1
    first = replace(BEST, layer=0, head=0)
    assert shows(at, reduced(worked_example("miniature-bart")[1], first).weights)


def test_the_sources_of_a_row_light_up():
    at = fine(open_page(PAGE, row="3"))
    shown = reduced(worked_example()[1], BEST)
    weights = shown.weights[3]
    assert f'title="{weights.max():.4f}">{shown.column_names[weights.argmax()]}' in html(at)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
def test_the_python_prints_the_same_numbers(how, stack):
    model, maps = worked_example()
    choice = replace(BEST, stack=stack, how=how, layer=1, special=False)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(map_script(model, maps, choice), {})
    numbers = [float(found) for found in re.findall(r"\d+\.\d*", output.getvalue())]
    np.testing.assert_allclose(numbers, reduced(maps, choice).weights.ravel(), atol=1e-4)


def test_blank_text_is_a_hint():
    at = fine(open_page(PAGE, text=" "))
    assert "Type a text" in said(at.info)
    assert not at.get("vega_lite_chart")


def test_a_target_that_is_too_long_is_said_in_one_sentence():
    at = open_page(PAGE, say="Hund " * 700)
    assert not at.exception
    assert len(at.error) == 1


def test_a_hostile_link_gives_the_defaults_and_notices():
    hostile = "<script>alert(1)</script>"
    at = fine(
        open_page(PAGE, stack=hostile, layer="99", head="-1", threshold="nan", text=hostile,
                  look=hostile, layers=hostile, row="1e99", words="perhaps")
    )  # fmt: skip
    assert len(at.warning) >= 4
    assert hostile not in html(at)
    assert passed(at) == 1


def test_every_head_has_a_row_and_the_best_aligner_is_first():
    at = fine(open_page(PAGE, look="Every head"))
    table = at.dataframe[0].value
    assert len(table) == 12
    first = table.iloc[0]
    assert (first["Layer"], first["Head"]) == (2, 2)
    assert first[heads.ERRORS] == table[heads.ERRORS].min() < 0.25
    maps = worked_example()[1]
    row = table[(table["Layer"] == 1) & (table["Head"] == 3)].iloc[0]
    weights = maps.cross[1, 3].astype(float)
    entropy = -(weights * np.log2(np.maximum(weights, 1e-300))).sum(1).mean()
    assert row["Entropy (bits)"] == pytest.approx(entropy, abs=1e-3)
    assert row["On special pieces"] == pytest.approx(weights[:, -1].mean(), abs=1e-3)


def test_heads_of_the_encoder_have_no_alignment():
    at = fine(open_page(PAGE, look="Every head", stack="Encoder"))
    assert heads.ERRORS not in at.dataframe[0].value


@pytest.mark.parametrize(("off", "count"), [("This head", 1), ("All heads of its layer", 4)])
def test_what_heads_cause(off, count):
    at = fine(open_page(PAGE, look="Switch off", off=off, layer="2", head="1"))
    model, maps = worked_example()
    chosen = [explorer.HeadRef("cross", 2, head) for head in ([1] if count == 1 else range(4))]
    found = model.ablation(maps.text, chosen)
    change = next(each for each in at.metric if each.label.startswith("Log-probability"))
    assert change.value == f"{found.total_change:+.3f} nats"
    whole = list(model.ablation_map(maps.text))[-1]
    assert shows(at, whole.change)


def test_a_stopped_ablation_map_shows_what_is_there_and_goes_on(monkeypatch):
    monkeypatch.setattr("explorer.ablation.MAX_ROWS", 1)
    at = link(PAGE, look="Switch off", text="The old dog sleeps in the small house.")
    at = fine(click_while_running(at, "Stop", monkeypatch))
    again = [each for each in at.button if each.label == "Go on"]
    if not again:  # stopped while the answer was written
        pytest.skip("the click came before the map was begun")
    again[0].click().run()
    fine(at)
    assert not [each for each in at.button if each.label == "Go on"]


@pytest.mark.parametrize("draw", ["Head view", "Model view"])
@pytest.mark.parametrize("stack", ["Cross", "Encoder", "Decoder"])
def test_bertviz_draws_each_stack(draw, stack):
    at = fine(open_page(PAGE, look="bertviz", draw=draw, stack=stack))
    frames = at.get("iframe")
    assert len(frames) == 1
    page = frames[0].proto.srcdoc
    assert f"<title>{stack} attention</title>" in page
    assert "Katze" in page or stack == "Encoder"
    assert passed(at) == 1


@pytest.mark.parametrize("view", ["head", "model"])
@pytest.mark.parametrize("shape", [(3, 4, 12, 10), (12, 16, 300, 400), (6, 8, 128, 60)])
def test_what_is_too_large_to_draw_is_narrowed_and_said(view, shape):
    part = narrowed(shape, view, layer=2)
    one = shape[1] * part.rows * part.columns
    assert one * (len(part.layers) if view == "model" else 1) <= MAX_DRAWN_CELLS
    assert one * len(part.layers) <= MAX_CELLS
    assert 2 in part.layers
    whole = (len(part.layers), part.rows, part.columns) == (shape[0], *shape[2:])
    assert whole == (not part.sentence)
