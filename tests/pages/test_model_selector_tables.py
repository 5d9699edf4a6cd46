"""The model selector's tables: tasks and architectures, and the families side by side."""

import contextlib
import io
import json
import re
from html import unescape

import pytest

from explorer import catalog
from explorer.dashboard import exports
from explorer.dashboard.memory import memory
from explorer.dashboard.selector import three_costs
from explorer.family_comparison import REPRESENTATIVES, compare
from explorer.guide_architectures import ARCHITECTURES, UNMEASURED, comparison
from explorer.guide_remarks import REMARKS
from explorer.guide_tasks import TASKS, filtered
from explorer.sizes import bytes_text
from tests.pages.visit import (
    fine,
    html,
    marks,
    open_page,
    passed,
    said,
    scripts,
    stop_between_passes,
)

TABLES = {"page": "model_selector", "guide": "Tasks and architectures"}
FAMILIES = {"page": "model_selector", "guide": "Families"}
MARK = "◆ "
NAMES = [each.name for each in ARCHITECTURES]


def words(at):
    return said([*at.markdown, *at.caption])


def table(at):
    """The cells of the page's HTML table, row by row."""
    body = html(at).split("<tbody>")[1].split("</tbody>")[0]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", each, re.S) for each in body.split("</tr>")]
    return [
        [unescape(cell).replace("\n", "; ").replace("\xa0", " ") for cell in row]
        for row in rows
        if row
    ]


def cells(at):
    return {(each["task"], each["architecture"]): each["verdict"] for each in marks(at)}


def pills(at, key):
    return next(each for each in at.pills if each.key == key)


def expected(tasks):
    return {(t.name, a.name): t.verdict(a.name) for t in tasks for a in ARCHITECTURES}


@pytest.fixture
def unmeasured():
    """A server that has computed nothing yet."""
    memory().clear()


def compared(costs=()):
    return [[cell.replace("\n", "; ") for cell in row.values()] for row in comparison("• ", costs)]


@pytest.mark.usefixtures("unmeasured")
def test_all_tasks_models_rows_and_remarks_at_first_sight():
    at = fine(open_page(**TABLES))
    assert cells(at) == expected(TASKS)
    shown = words(at)
    for each in ARCHITECTURES:
        for model in each.models:
            where = "outside" if model.outside else "in the catalogue"
            [line] = [text for text in shown.split("\n- ") if text.startswith(f"**{model.title}**")]
            assert where in line
            assert str(model.year) in line
            assert model.size in line
    for remark in REMARKS:
        assert remark.sentence in shown
        assert f"({remark.date})" in shown
    assert table(at) == compared()


@pytest.mark.usefixtures("unmeasured")
def test_memory_and_speed_are_measured_by_a_click_and_then_known_to_all(monkeypatch):
    given = {}
    monkeypatch.setattr(exports, "take_home", lambda name, **files: given.update({name: files}))
    at = fine(open_page(**TABLES))
    assert [row[1] for row in table(at)[-3:]] == [UNMEASURED] * 3
    fine(at.button(key="measure_three").click().run())
    costs = three_costs.known()
    assert table(at) == compared(costs)
    assert not [each for each in at.button if each.key == "measure_three"]
    assert table(fine(open_page(**TABLES))) == compared(costs)
    files = given["architectures"]
    assert UNMEASURED not in str(files["table"]())
    assert files["table"]() == comparison(costs=costs)
    numbers = json.loads(exports.json_bytes(files["data"]()))["measured"]
    for number, name in zip(numbers, NAMES, strict=True):
        column = NAMES.index(name) + 1
        memory_cell, speed_cell, model_cell = (row[column] for row in table(at)[-3:])
        assert speed_cell.startswith(f"{number['seconds'] * 1e3:,.1f} ms")
        assert memory_cell.startswith(bytes_text(number["peak_bytes"]))
        assert number["length"] == 40
        assert number["model"] in model_cell
    # The other view shows the same measurement, and measures nothing again.
    monkeypatch.setattr(three_costs, "_measure", lambda *_: pytest.fail("measured again"))
    costs_shown = fine(open_page("model_selector", guide="Three architectures")).dataframe[-1].value
    assert list(costs_shown["Time (ms)"]) == [round(each["seconds"] * 1e3, 1) for each in numbers]


@pytest.mark.usefixtures("unmeasured")
def test_measuring_memory_and_speed_is_stopped_and_goes_on(monkeypatch):
    at = fine(open_page(**TABLES))
    at.button(key="measure_three").click()
    fine(stop_between_passes(at, monkeypatch))
    assert "Stopped before all lengths" in words(at)
    assert table(at) == compared()
    assert three_costs.known() is None
    button = next(each for each in at.button if each.label == "Go on")
    fine(button.click().run())
    assert three_costs.known() is not None
    assert table(at) == compared(three_costs.known())


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"architecture": "Encoder-only", "suited": "best"}, filtered("Encoder-only", ("best",))),
        ({"architecture": "Decoder-only", "suited": "poor"}, filtered("Decoder-only", ("poor",))),
        ({"suited": "overkill"}, filtered(None, ("overkill",))),
        ({"task_words": "qa"}, filtered(None, (), "qa")),
    ],
)
def test_filters_stand_in_the_link(parameters, found):
    at = fine(open_page(**TABLES, **parameters))
    assert 0 < len(found) < len(TASKS)
    assert cells(at) == expected(found)
    assert not at.warning


def test_filters_by_hand_and_a_filter_that_leaves_nothing():
    at = fine(open_page(**TABLES))
    at.selectbox(key="architecture").set_value("Encoder–decoder")
    pills(at, "suited").set_value(["best", "good"])
    assert cells(fine(at.run())) == expected(filtered("Encoder–decoder", ("best", "good")))
    at.text_input(key="task_words").set_value("zebra")
    assert "take a filter away" in said(fine(at.run()).info)
    assert not at.get("vega_lite_chart")


@pytest.mark.parametrize("text", ["nonsense", "<b>", "nan", "9" * 300])
def test_wrong_filters_give_the_defaults_and_a_notice_each(text):
    at = fine(open_page(**TABLES, architecture=text, suited=text))
    assert cells(at) == expected(TASKS)
    assert len(at.warning) == 2
    at = fine(open_page(**FAMILIES, families=text, traits=text, differing=text))
    assert len(at.warning) == 3
    assert pills(at, "families").value == list(REPRESENTATIVES)


def test_the_families_are_those_of_the_comparison_with_the_differences_marked():
    at = fine(open_page(**FAMILIES))
    rows = compare(REPRESENTATIVES).rows(MARK)
    assert table(at) == [list(row.values()) for row in rows]
    assert sum(MARK in cell for row in rows for cell in row.values()) > 20
    assert passed(at) == 1
    towers = {(each["model"], each["stack"]): (each["layers"], each["width"]) for each in marks(at)}
    for name in REPRESENTATIVES:
        facts = catalog.facts(catalog.find(name))
        assert towers[facts.family_title, "encoder"] == (facts.encoder_layers, facts.d_model)
        assert towers[facts.family_title, "decoder"] == (facts.decoder_layers, facts.d_model)


def test_other_models_rows_and_only_what_differs():
    at = fine(open_page(**FAMILIES, traits="Build"))
    chosen = ["t5-base", "flan-t5-base"]
    pills(at, "families").set_value(chosen)
    fine(at.run())
    build = [each for each in compare(chosen).traits if each.group == "Build"]
    assert [row[0] for row in table(at)] == [each.title for each in build]
    at.toggle(key="differing").set_value(True)
    fine(at.run())
    assert [row[0] for row in table(at)] == ["Activation", "Output layer"]
    pills(at, "families").set_value(["t5-base"])
    assert "alike" in said(fine(at.run()).info)
    pills(at, "families").set_value([])
    assert "Choose a model" in said(fine(at.run()).info)
    assert not at.get("vega_lite_chart")


def test_all_models_at_once_and_one_alone():
    names = [card.name for card in catalog.MODELS]
    at = fine(open_page(**FAMILIES))
    pills(at, "families").set_value(names)
    fine(at.run())
    assert len(table(at)[0]) == len(names) + 1
    assert len(marks(at)) == 2 * len(names)
    assert passed(at) == 1


def test_the_python_prints_the_sizes_of_the_families():
    at = fine(open_page(**FAMILIES))
    [script] = [each for each in scripts(at) if "CONFIGURATIONS" in each]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(script, {})
    printed = {line.split()[0]: int(line.split()[1]) for line in output.getvalue().splitlines()}
    assert printed == {name: catalog.find(name).parameters for name in REPRESENTATIVES}
