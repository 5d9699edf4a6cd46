"""The model selector's tables: tasks and architectures, and the families side by side."""

import contextlib
import io
import re
from html import unescape

import pytest

from explorer import catalog
from explorer.family_comparison import REPRESENTATIVES, compare
from explorer.guide_architectures import ARCHITECTURES, comparison
from explorer.guide_remarks import REMARKS
from explorer.guide_tasks import TASKS, filtered
from tests.pages.visit import fine, html, marks, open_page, passed, said

TABLES = {"page": "model_selector", "guide": "Tasks and architectures"}
FAMILIES = {"page": "model_selector", "guide": "Families"}
MARK = "◆ "


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
    assert table(at) == [
        [cell.replace("\n", "; ") for cell in row.values()] for row in comparison("• ")
    ]


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
    [script] = [each.value for each in at.code if "CONFIGURATIONS" in each.value]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(script, {})
    printed = {line.split()[0]: int(line.split()[1]) for line in output.getvalue().splitlines()}
    assert printed == {name: catalog.find(name).parameters for name in REPRESENTATIVES}
