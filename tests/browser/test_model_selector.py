"""The model selector in a real browser, the network cut: questions, a model used, the tables."""

import csv
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, expect

from explorer.family_comparison import REPRESENTATIVES
from explorer.guide_ranking import ranked
from explorer.guide_scenarios import SCENARIOS
from tests.browser.server import DashboardServer
from tests.browser.visitor import LOOKS, Visitor

pytestmark = pytest.mark.browser

VIEWS = ["Which model?", "Will it run here?", "Three architectures", "Tasks and architectures",
         "Families"]  # fmt: skip


def address(server: DashboardServer, **parameters: str) -> str:
    return f"{server.url}/model_selector?{urlencode(parameters)}"


def main(visitor: Visitor) -> Locator:
    return visitor.page.locator('[data-testid="stMain"]')


def answer(visitor: Visitor, question: str, name: str) -> None:
    """Click an answer where its question stands."""
    group = visitor.page.get_by_role("radiogroup", name=question)
    group.get_by_role("radio", name=name, exact=True).click()
    visitor.settle()


def pill(visitor: Visitor, name: str) -> None:
    main(visitor).get_by_role("button", name=name, exact=True).click()
    visitor.settle()


def asked(visitor: Visitor) -> dict[str, str]:
    """What the address says."""
    return {key: values[0] for key, values in parse_qs(urlsplit(visitor.page.url).query).items()}


def test_answer_the_questions_and_use_a_model(
    browser: Browser, server: DashboardServer, tmp_path
) -> None:
    visitor = Visitor(browser)
    page = visitor.page
    visitor.open(address(server))
    expect(main(visitor).get_by_text("OPUS-MT English to German").first).to_be_visible()
    assert asked(visitor) == {}

    answer(visitor, "Must the model write new text?", "No")
    expect(page).to_have_url(re.compile("writes=No"))
    expect(main(visitor).get_by_role("heading", name="encoder-only")).to_be_visible()
    answer(visitor, "Must the model write new text?", "Yes")
    answer(visitor, "What should become of the text?", "A repair")
    answer(visitor, "How much memory may the weights take?", "4 GB")
    answers = {"becomes": "A repair", "memory": "4 GB"}
    assert asked(visitor) == answers
    drawing = main(visitor).locator('[data-testid="stVegaLiteChart"]').first
    expect(drawing.get_by_text("Repairing damaged text", exact=True)).to_be_visible()

    # The table that is taken home is the ranking of exactly these answers.
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV", exact=True).click()
    saved = tmp_path / "models.csv"
    download.value.save_as(saved)
    rows = list(csv.DictReader(saved.read_text("utf-8-sig").splitlines()))
    full = {**SCENARIOS[0].answers, **answers}
    found = ranked({key: name for key, name in full.items() if key != "direction"})
    assert [row["Model"] for row in rows] == [each.name for each in found]
    for ending in ("JSON", "PNG", "SVG"):
        with page.expect_download() as download:
            page.get_by_role("button", name=ending, exact=True).click()
        assert download.value.path().stat().st_size > 5000

    # The bundled one of the same task needs no network.
    at_once = main(visitor).locator('[data-testid="stVerticalBlock"]').filter(
        has_text="Try it at once"
    ).last  # fmt: skip
    at_once.get_by_role("button", name="Use this model").click()
    expect(main(visitor).get_by_text("in use")).to_be_visible()
    expect(page).to_have_url(re.compile("model=miniature-bart"))
    visitor.settle()
    assert asked(visitor) == {**answers, "model": "miniature-bart"}
    at_once.get_by_role("link", name="Playground").click()
    expect(page.get_by_role("heading", name="Playground")).to_be_visible()
    visitor.settle()
    expect(page).to_have_url(re.compile("model=miniature-bart"))
    page.get_by_text("Checked: difference").first.wait_for()
    assert visitor.problems == []
    visitor.close()


def test_a_job_by_a_click_and_the_link_of_it_in_another_window(
    browser: Browser, server: DashboardServer
) -> None:
    first = Visitor(browser)
    first.open(address(server))
    main(first).get_by_role("button", name="Chatbot").click()
    expect(main(first).get_by_text("No model of the catalogue meets all of it")).to_be_visible()
    first.settle()
    link = first.page.url
    chatbot = next(each for each in SCENARIOS if each.name == "Chatbot")
    assert asked(first).items() <= chatbot.answers.items()
    assert {"output", "continues"} <= asked(first).keys()
    second = Visitor(browser)
    second.open(link)
    for text in ("No model of the catalogue meets all of it", "A chatbot"):
        expect(main(second).get_by_text(text).first).to_be_visible()
    assert second.page.locator('[data-testid="stAlertContentWarning"]').count() == 0
    assert first.problems == second.problems == []
    first.close()
    second.close()


def test_models_and_rows_of_the_families_stand_in_the_link(
    browser: Browser, server: DashboardServer
) -> None:
    visitor = Visitor(browser)
    visitor.open(address(server, guide="Families"))
    page = visitor.page
    answer(visitor, "Rows", "Build")
    for name in REPRESENTATIVES:
        pill(visitor, name)
    expect(main(visitor).get_by_text("Choose a model")).to_be_visible()
    for name in ("t5-base", "flan-t5-base"):
        pill(visitor, name)
    main(visitor).get_by_text("Only what differs").click()
    visitor.settle()
    link = page.url
    other = Visitor(browser)
    other.open(link)
    table = main(other).locator("table")
    expect(table.get_by_text("GELU with a gate")).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(2)
    assert visitor.problems == other.problems == []
    visitor.close()
    other.close()


@pytest.mark.parametrize(("size", "theme"), LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_fits_and_is_accessible(
    browser: Browser, server: DashboardServer, view: str, theme: str, size: tuple[int, int]
) -> None:
    visitor = Visitor(browser, size, theme)
    visitor.open(address(server, guide=view))
    assert visitor.too_wide() <= 0
    assert visitor.violations() == []
    assert visitor.problems == []
    visitor.close()
