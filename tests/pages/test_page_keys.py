"""All pages share one session: a key means one thing everywhere, and no page breaks another."""

import pytest

from explorer.dashboard import links, messages
from explorer.loading import load
from tests.pages.visit import ROOT, fine, open_page

SANDBOX = {
    "mask": "padding",
    "scale": "my own",
    "bias": "by distance",
    "head_count": "3",
    "head_shown": "2",
}
VIEWS = {
    "overview": [{}],
    "attention_sandbox": [
        {},
        SANDBOX,
        {"numbers": "Words"},
        {"numbers": "A model's head", "head_stack": "Cross"},
        {"lesson": "Why the scale"},
        {"lesson": "Three kinds"},
    ],
    "playground": [
        {},
        {"mode": "Compare", "strategy": "beam", "b_strategy": "sampling"},
        {"mode": "Repair", "model": "miniature-bart"},
        {"mode": "Batch"},
    ],
    "cross_attention": [
        {},
        {"show": "Mean"},
        {"show": "Rollout"},
        {"look": "Every head"},
        {"look": "Switch off"},
        {"look": "bertviz"},
    ],
    "model_selector": [
        {},
        {"writes": "No"},
        {"output": "No, it goes on"},
        {"guide": "Tasks and architectures"},
        {"guide": "Will it run here?"},
        {"guide": "Three architectures"},
        {"guide": "Families"},
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _loaded():
    load("miniature-bart")


@pytest.fixture
def meanings(monkeypatch):
    """What every control that was drawn is: (widget, label) by its key."""
    found = {}
    original = links.bound

    def recorded(widget, label, *args, key, **options):
        found.setdefault(key, set()).add((widget.__name__, label))
        return original(widget, label, *args, key=key, **options)

    monkeypatch.setattr(links, "bound", recorded)
    return found


def test_a_key_is_the_same_control_on_every_page(meanings):
    for page, views in VIEWS.items():
        for parameters in views:
            fine(open_page(page, **parameters))
    assert {"lesson", "head_count", "head_stack", "look", "mode", "step", "d_k", "writes"} <= set(
        meanings
    )
    two = {key: controls for key, controls in meanings.items() if len(controls) > 1}
    assert not two


def tour(pages):
    """The pages in an order in which every page follows directly after every other one."""
    left = {(a, b) for a in pages for b in pages if a != b}
    way = [pages[0]]
    while left:
        # To where most ways still lead on, or the tour would end too early.
        goals = [b for a, b in left if a == way[-1]]
        goal = max(goals, key=lambda b: (sum(a == b for a, _ in left), pages.index(b)))
        left.remove((way[-1], goal))
        way.append(goal)
    return way


def change_everything(at):
    """Another value for every control with a URL name that the page shows now."""
    for kind in ("slider", "number_input"):
        for each in getattr(at, kind):
            if not each.disabled:
                each.set_value(each.max if kind == "slider" else each.value + each.step)
    for each in (*at.segmented_control, *at.selectbox):
        if each.key not in ("_model_choice", *VIEW_KEYS) and len(each.options) > 1:
            each.set_value(each.options[-1])
    for each in at.toggle:
        if not each.disabled:
            each.set_value(not each.value)
    for each in at.multiselect:
        each.set_value([int(each.options[-1])])
    for each in at.pills:
        last = each.options[-1]
        each.set_value([last] if isinstance(each.value, list) else last)


def unbroken(at, page):
    """No failure that nobody expected; a sentence on settings that contradict is fine."""
    assert not at.exception, page
    assert messages.UNEXPECTED not in [each.value for each in at.error], page
    assert at.title, page


VIEW_KEYS = {
    "lesson": "attention_sandbox",
    "look": "cross_attention",
    "mode": "playground",
    "guide": "model_selector",
}


def test_from_every_page_to_every_other_one_in_one_session():
    at = fine(open_page())
    seen = dict.fromkeys(VIEWS, 0)
    for page in tour(list(VIEWS)):
        at.switch_page(str(ROOT / "pages" / f"{page}.py"))
        unbroken(at.run(), page)
        seen[page] += 1
        for each in at.segmented_control:
            if VIEW_KEYS.get(each.key) == page:
                each.set_value(each.options[seen[page] % len(each.options)])
        unbroken(at.run(), page)
        change_everything(at)
        unbroken(at.run(), page)
    assert min(seen.values()) >= 3


def test_a_page_is_found_as_it_was_left():
    at = fine(open_page("attention_sandbox"))
    next(each for each in at.slider if each.key == "n").set_value(7)
    at.run()
    at.switch_page(str(ROOT / "pages" / "overview.py"))
    fine(at.run())
    at.switch_page(str(ROOT / "pages" / "attention_sandbox.py"))
    fine(at.run())
    assert next(each for each in at.slider if each.key == "n").value == 7
