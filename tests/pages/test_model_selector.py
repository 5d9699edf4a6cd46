"""The questions of the model selector: every path, jobs, links good and bad, a model used."""

import contextlib
import io
from itertools import product

import pytest

from explorer import catalog, guide
from explorer.dashboard import models
from explorer.decisions import leaves, questions
from explorer.device import Device
from explorer.guide_needs import NEEDS, needs_of
from explorer.guide_ranking import left_after, ranked
from explorer.guide_remarks import remarks_on
from explorer.guide_scenarios import FIRST, SCENARIOS
from explorer.guide_tree import TREE
from explorer.loading import load
from tests.pages.visit import fine, marks, model_selector, open_page, opened, passed, said, scripts
from tests.waiting import until

PAGE = "model_selector"
LEAVES = list(leaves(TREE))
NAMES = [leaf.name for _, leaf in LEAVES]


def text_of(at):
    return said([*at.markdown, *at.caption, *at.info, *at.subheader])


def answered(at):
    """The answers that stand on the page."""
    return {each.key: each.value for each in at.segmented_control if each.key in guide.KEYS}


def drawn(at):
    """What stands in the drawing, by the kind of mark."""
    found = {}
    for mark in marks(at):
        if "text" in mark:
            found.setdefault(mark["kind"], []).append(mark["text"])
    return found


def choose(at, answers):
    """Answer the questions in their order, each where it stands."""
    for key, name in answers.items():
        [control] = [each for each in at.segmented_control if each.key == key]
        if control.value != name:
            control.set_value(name)
            fine(at.run())
    return at


def shows(at, answers):
    """The page shows this walk: its answers, leaf, drawing and models."""
    walked, suggestions = guide.walk(answers), ranked(answers)
    assert answered(at) == walked.answers
    leaf, best = walked.leaf, suggestions[0]
    words = text_of(at)
    assert f"{leaf.name}: {leaf.architecture.lower()}" in words
    assert leaf.reason in words
    for example in leaf.examples:
        title = f"{example.title} (outside the catalogue)" if example.outside else example.title
        assert title in words
    assert remarks_on(leaf.task)[0].date in words
    title = catalog.find(best.name).title
    assert (f"**{title}**" in words) or f"nearest: {title}" in words
    for objection in best.objections:
        assert objection.sentence in words
    pictured = drawn(at)
    asked = [step.question.text for step in walked.steps]
    assert list(dict.fromkeys(pictured["question"])) == asked
    assert leaf.architecture in pictured["box"]
    assert leaf.name in pictured["detail"]
    total = len(catalog.MODELS)
    assert pictured["number"] == [f"{n} of {total}" for n in left_after(suggestions)]
    assert (title in pictured["box"]) == best.fits
    rows = opened(at, "all_models_open").table[0].value
    assert list(rows["Model"]) == [each.name for each in suggestions]
    assert list(rows["Fits"] == "yes") == [each.fits for each in suggestions]
    return True


def test_first_sight_is_a_job_already_answered():
    at = fine(open_page(PAGE))
    assert answered(at) == dict(FIRST.answers)
    assert shows(at, FIRST.answers)
    assert passed(at) == 1
    assert not at.warning
    assert not at.query_params
    assert FIRST.remark in text_of(at)


@pytest.mark.parametrize(("way", "leaf"), LEAVES, ids=NAMES)
def test_every_path_by_hand_and_every_further_answer(way, leaf):
    """To the leaf by answering; from there every answer of every further question."""
    at = choose(fine(open_page(PAGE)), way)
    needs = needs_of(leaf)
    columns = [[each.name for each in need.options] for need in needs]
    for number in range(max(map(len, columns))):
        further = {
            need.key: names[(number + place) % len(names)]
            for place, (need, names) in enumerate(zip(needs, columns, strict=True))
        }
        for key, name in further.items():
            # They stand all at once, so that one run takes them all.
            at.segmented_control(key=key).set_value(name)
        fine(at.run())
        assert shows(at, {**way, **further})
        assert not at.warning


def test_every_answer_of_the_tree_is_met_by_the_paths():
    met = {(key, name) for way, _ in LEAVES for key, name in way.items()}
    asked = {(q.key, c.name) for q in questions(TREE) for c in q.choices}
    assert met == asked
    for _, leaf in LEAVES:
        for need in needs_of(leaf):
            assert need in NEEDS


@pytest.mark.parametrize("scenario", SCENARIOS, ids=[each.name for each in SCENARIOS])
def test_a_job_is_one_click_away_and_a_link_opens_it(scenario):
    at = fine(open_page(PAGE, writes="No", finds="Names", memory="350 MB"))
    [button] = [each for each in at.button if each.label == scenario.name]
    fine(button.click().run())
    assert shows(at, scenario.answers)
    assert scenario.remark in text_of(at)
    again = fine(open_page(PAGE, **scenario.answers))
    assert answered(again) == dict(scenario.answers)
    assert not again.warning


@pytest.mark.parametrize(("way", "leaf"), LEAVES[::3], ids=NAMES[::3])
def test_a_link_to_a_leaf_opens_cold(way, leaf):
    last = {need.key: need.options[-1].name for need in needs_of(leaf)}
    at = fine(open_page(PAGE, **way, **last))
    assert shows(at, {**way, **last})
    assert not at.warning


WRONG = ["perhaps", "<img src=x onerror=alert(1)>", "9" * 400, "nan", "\x00\u202e"]


@pytest.mark.parametrize("text", WRONG)
def test_wrong_answers_in_a_link_give_the_defaults_and_a_notice_each(text):
    keys = [key for key in guide.KEYS if key in FIRST.answers]
    at = fine(open_page(PAGE, **dict.fromkeys(keys, text)))
    assert answered(at) == dict(FIRST.answers)
    assert len(at.warning) == len(keys)
    assert all(f"{key} = " in said(at.warning) for key in keys)
    assert "<img" not in "".join(each.value for each in at.warning).replace("\\<", "")


def test_a_stale_link_to_another_branch_says_nothing_of_what_is_not_asked():
    at = fine(open_page(PAGE, writes="No", finds="Sentiment", becomes="A cake", direction="x"))
    assert answered(at)["finds"] == "Sentiment"
    assert "becomes" not in answered(at)
    assert not at.warning


@pytest.mark.parametrize("view", ["Which model?", "Tasks and architectures", "Families"])
def test_views_open_by_link_and_a_wrong_one_is_said(view):
    at = fine(open_page(PAGE, guide=view))
    assert at.segmented_control(key="guide").value == view
    assert not at.warning
    at = fine(open_page(PAGE, guide="Everything"))
    assert at.segmented_control(key="guide").value == "Which model?"
    assert len(at.warning) == 1


def use_buttons(at):
    return [each for each in at.button if each.label == "Use this model"]


def test_a_stranger_is_offered_what_is_bundled_and_told_why_not_the_rest():
    at = fine(open_page(PAGE, becomes="A repair"))
    assert "offers only the bundled models" in text_of(at)
    [button] = use_buttons(at)
    fine(button.click().run())
    load("miniature-bart")
    fine(at.run())
    assert model_selector(at).value == "miniature-bart"
    assert at.query_params["model"] in ("miniature-bart", ["miniature-bart"])
    assert not use_buttons(at)
    assert "in use" in " ".join(each.value for each in at.markdown)
    links = at.get("page_link")
    assert [each.proto.label for each in links] == ["Playground", "Cross-attention", "Timeline"]
    assert all("model=miniature-bart" in each.proto.query_string for each in links)
    assert all("task=Repair" in each.proto.query_string for each in links)
    # The answers stay.
    assert answered(at)["becomes"] == "A repair"


def test_who_may_download_is_offered_the_best_with_its_size(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    at = fine(open_page(PAGE))
    assert len(use_buttons(at)) == 4  # on top, and on the three cards
    assert "298 MB to download" in text_of(at)
    assert "not here" not in text_of(at).lower()


@pytest.mark.usefixtures("hub_cache")
def test_what_could_not_be_fetched_is_said_where_it_was_asked_for_and_offered_again(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    at = fine(open_page(PAGE))
    key = next(each.key for each in at.button if (each.key or "").startswith("_use_top_"))
    name = key.removeprefix("_use_top_")
    at.button(key=key).click().run()
    until(lambda: models.has_failed(name))
    at.run()
    assert [each.value for each in at.caption].count(
        ":material/error: It could not be fetched."
    ) == 2
    for place in ("top", "card"):
        assert at.button(key=f"_again_{place}_{name}").label == "Try again"
    begun = []
    monkeypatch.setattr(models, "retry", begun.append)
    at = open_page(PAGE, model=name)
    at.run()
    if not any(each.key == f"_again_card_{name}" for each in at.button):
        at.button(key="_load_asked").click().run()
        until(lambda: models.has_failed(name))
        at.run()
    at.button(key=f"_again_card_{name}").click().run()
    assert begun == [name]


def test_what_does_not_fit_here_is_not_offered_and_the_numbers_say_why(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    store = models.model_store()
    small = Device("cpu", "a small machine", 900_000_000)
    monkeypatch.setattr(type(store), "device", lambda self: small)
    monkeypatch.setattr(type(store), "budget_bytes", lambda self: 2**40)
    at = fine(open_page(PAGE))
    assert not use_buttons(at)
    assert "of the CPU's 900 MB can be used" in text_of(at)
    at = fine(open_page(PAGE, model="bart-large"))
    assert "bart-large" in said(at.warning)
    assert "900 MB" in said(at.warning)
    assert store.state("bart-large") is None


def test_where_nothing_fits_the_nearest_are_shown_with_what_forbids_them():
    [chatbot] = [each for each in SCENARIOS if each.name == "Chatbot"]
    at = fine(open_page(PAGE, **chatbot.answers))
    words = text_of(at)
    assert "No model of the catalogue meets all of it" in words
    assert "Outside the catalogue: GPT family, LLaMA, Gemma" in words
    assert "512 pieces" in words
    # A translator is not near to a chatbot.
    assert "mBART-50, many to many**" not in words


def test_the_python_prints_the_same_sizes():
    at = fine(open_page(PAGE))
    [script] = [each for each in scripts(at) if "CONFIGURATIONS" in each]
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(script, {})
    printed = {line.split()[0]: int(line.split()[1]) for line in output.getvalue().splitlines()}
    best = [each.name for each in ranked(FIRST.answers)][:3]
    assert printed == {name: catalog.find(name).parameters for name in best}


def test_a_walk_through_many_answers_in_one_session_never_breaks():
    at = fine(open_page(PAGE))
    for (way, _), scenario in product(LEAVES[::5], SCENARIOS[:1]):
        choose(at, way)
        [button] = [each for each in at.button if each.label == scenario.name]
        assert shows(fine(button.click().run()), scenario.answers)
        assert not at.warning
