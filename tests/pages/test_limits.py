"""What a visitor from elsewhere may ask for, and what happens when the time for it is over."""

import pytest

from explorer.dashboard import answers, links, passing, settings
from explorer.loading import load
from tests.pages.test_page_keys import VIEWS
from tests.pages.visit import fine, link, open_page, said

EARLIER = {"says": "An earlier answer", "pieces": "5.6.7.1", "source": "The dog sleeps."}
WATCHES = ("Steps", "Branches", "Beam search", "Layers", "Why this piece")
VIEWS_OF_ALL = VIEWS | {"timeline": [{"watch": name} for name in WATCHES]}
LONG = {"strategy": "beam", "beams": "4", "min": "128", "max": "128"}


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> None:
    for one in settings.LIMITS.values():
        monkeypatch.delenv(one.variable)


def button(at, label):
    return next(each for each in at.button if each.label == label)


def test_a_link_that_asks_for_more_than_a_visitor_may_gets_the_default_and_a_notice(public):
    at = fine(link("playground", text="A bird.", strategy="beam", beams="9", max="300").run())
    assert at.number_input(key="beams").max == settings.LIMITS["beams"].public
    assert at.number_input(key="max").max == settings.LIMITS["new_tokens"].public
    told = said(at.warning)
    assert "beams = “9”" in told
    assert "max = “300”" in told


def test_what_a_link_says_of_an_answer_is_no_way_around_the_limits(monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_BEAMS", "8")
    monkeypatch.setenv("EXPLORER_MAX_NEW_TOKENS", "20")
    # The answer without a head is decoded as the answer was.
    how = {"said_strategy": "beam", "said_beams": "9", "limit": "21"}
    at = fine(open_page("cross_attention", look="Switch off", **EARLIER, **how))
    told = said(at.warning)
    assert "said_beams = “9”" in told
    assert "limit = “21”" in told
    how = {"said_strategy": "greedy", "limit": "21"}
    assert "limit = “21”" in said(fine(open_page("cross_attention", **EARLIER, **how)).warning)


@pytest.fixture
def answered(monkeypatch):
    """The answers that pages ask for."""
    found = []
    original = answers.answer

    def noted(*args, **options):
        found.append(original(*args, **options))
        return found[-1]

    monkeypatch.setattr(answers, "answer", noted)
    return found


@pytest.mark.parametrize("page", VIEWS_OF_ALL)
def test_no_limit_is_so_small_that_a_page_fails(page, monkeypatch):
    load("miniature-bart")
    for name, one in settings.LIMITS.items():
        # A second is too short for some computers, and that is said.
        if name != "seconds":
            monkeypatch.setenv(one.variable, str(one.least))
    for parameters in VIEWS_OF_ALL[page]:
        fine(open_page(page, **parameters))


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("overview", {}),
        ("cross_attention", {}),
        ("attention_sandbox", {"numbers": "A model's head", "head_stack": "Cross"}),
        ("model_selector", {"guide": "Three architectures"}),
    ],
)
def test_pages_without_settings_write_no_more_than_a_visitor_may_ask_for(
    page, parameters, answered, monkeypatch
):
    monkeypatch.setenv("EXPLORER_MAX_NEW_TOKENS", "3")
    fine(open_page(page, **parameters))
    assert [len(each.tokens) for each in answered] == [3]


@pytest.mark.usefixtures("public")
def test_a_text_ends_where_a_visitor_may_write_no_more(answered):
    most = settings.LIMITS["characters"].public
    at = fine(open_page("playground", max="2"))
    field = at.text_area(key="text")
    assert field.proto.max_chars == most
    at = fine(field.set_value("x " * most).run())
    assert len(at.text_area(key="text").value) == most
    assert at.text_area(key="text").proto.max_chars == most
    assert max(len(each.source.text) for each in answered) < most + 100


@pytest.mark.usefixtures("public")
def test_a_link_with_too_long_a_text_gets_the_default_and_a_notice():
    at = fine(open_page("playground", max="2", text="x" * 10_001))
    assert "has 10,001 characters and the limit is 10,000" in said(at.warning)
    assert len(at.text_area(key="text").value) < 100


@pytest.mark.usefixtures("public")
def test_the_parts_of_a_text_have_one_limit_together(answered):
    at = open_page("playground", task="Answer a question about a text", max="2")
    at.text_area(key="question").set_value("Who? " * 1_500)
    at.text_area(key="context").set_value("Anna. " * 1_500).run()
    assert not at.exception
    assert "and the limit of this server is 10,000: shorten it." in said(at.error)
    assert len(answered) == 1


@pytest.mark.parametrize("most", [100, 10_000])
def test_a_line_of_text_ends_where_a_visitor_may_write_no_more(most, monkeypatch):
    monkeypatch.setenv("EXPLORER_MAX_CHARACTERS", str(most))
    at = fine(open_page("overview"))
    assert at.text_input(key="sentence").proto.max_chars == min(most, links.TEXT_CHARACTERS)


@pytest.mark.usefixtures("public")
def test_a_file_is_read_as_far_as_a_visitor_may_ask_for():
    at = open_page("playground", mode="Batch")
    data = b"text\n" + b"hello\n" * 201
    at.file_uploader(key="csv_file").set_value(("many.csv", data, "text/csv")).run()
    assert "201 rows; the first 200" in said(fine(at).warning)


@pytest.mark.usefixtures("public")
def test_on_the_server_s_own_computer_more_is_allowed_unless_it_says_otherwise(monkeypatch):
    # As the headers of a browser on the same computer have it.
    monkeypatch.setattr(settings, "is_local", lambda headers, address: True)
    for value, allowed in ((None, "local"), ("0", "public"), ("1", "local")):
        monkeypatch.delenv(settings.LOCAL_VARIABLE, raising=False)
        if value is not None:
            monkeypatch.setenv(settings.LOCAL_VARIABLE, value)
        at = fine(open_page("playground", strategy="beam", max="2"))
        assert at.number_input(key="max").max == getattr(settings.LIMITS["new_tokens"], allowed)
        assert at.number_input(key="beams").max == getattr(settings.LIMITS["beams"], allowed)
        most = getattr(settings.LIMITS["characters"], allowed)
        assert at.text_area(key="text").proto.max_chars == most


def test_what_was_written_when_the_time_is_over_stays_and_can_be_asked_for_again(monkeypatch):
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 0.15))
    at = fine(link("playground", text="The dog takes too long.", **LONG).run())
    metrics = {each.label: each.value for each in at.metric}
    assert metrics["Stopped by"] == "time limit"
    assert any("the limit of this server for one request" in each.value for each in at.info)
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 600))
    at = fine(at.run())
    assert {each.label: each.value for each in at.metric}["Stopped by"] == "time limit"
    at = fine(button(at, "Decode again").click().run())
    assert {each.label: each.value for each in at.metric}["Pieces"] == "128"


_limit = settings.limit


def _little_time(name: str, seconds: float) -> float:
    return seconds if name == "seconds" else _limit(name)


def test_a_search_keeps_what_it_found_until_its_time_was_over(monkeypatch):
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 3.0))
    start = passing.Running.start

    def held_at_the_second_step(running):
        work = running.work

        def held(cancelled, progress):
            def on(done, total):
                progress(done, total)
                assert done < 2 or cancelled.wait(60)

            return work(cancelled, on)

        running.work = held
        start(running)

    monkeypatch.setattr(passing.Running, "start", held_at_the_second_step)
    at = link("timeline", watch="Beam search", t_width="3", text="The dog searches for too long.")
    at = fine(at.run())
    assert "the limit of this server for one request" in said(at.info)
    assert "ended because it was stopped" in " ".join(each.value for each in at.caption)
    assert at.get("vega_lite_chart")


def test_work_of_which_no_part_can_be_shown_says_that_its_time_was_over(monkeypatch):
    monkeypatch.setattr(settings, "limit", lambda name: _little_time(name, 0.01))
    at = link("timeline", watch="Why this piece", text="The dog is asked why.").run()
    assert not at.exception
    assert "the limit of this server for one request" in said(at.info)
    monkeypatch.undo()
    at = fine(button(at, "Try again").click().run())
    assert not [each for each in at.button if each.label == "Try again"]
    assert at.get("vega_lite_chart")
