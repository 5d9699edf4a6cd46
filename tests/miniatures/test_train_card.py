import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from explorer.miniatures import language
from explorer.miniatures.card import card_text
from explorer.miniatures.card_texts import RULES, TITLES, wanted
from explorer.miniatures.digests import sources_digest
from explorer.miniatures.evaluation import TASKS, Miss, Score
from explorer.miniatures.language import lexicon_sentiment
from explorer.miniatures.recipes import RECIPES, Recipe, recipe


def record(plan: Recipe, sources: tuple[str, ...] = ("0123456789abcdef",)) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(asdict(plan)))
    return {
        "recipe": "fedcba9876543210",
        "sources": list(sources),
        "steps": plan.steps,
        "minutes": 1234.5,
        "threads": [1, 2],
        "plan": made,
    }


def card(name: str, *scores: Score) -> str:
    return card_text(recipe(name), scores, 1_234_567, record(recipe(name)))


@pytest.mark.parametrize("plan", RECIPES, ids=lambda plan: plan.name)
def test_a_card_tells_the_whole_training(plan: Recipe) -> None:
    text = card(plan.name)
    assert "1,234,567 parameters" in text
    assert "took 1,234 minutes on a CPU; threads: 1, 2." in text
    assert f"train {plan.name} --threads 2`" in text
    assert f"{plan.steps:,} steps of {plan.batch} examples, seed {plan.seed}." in text
    assert "`fedcba9876543210`" in text
    assert "`0123456789abcdef`." in text
    for step, rate in plan.rates[1:]:
        assert f"{step:,}: {rate:g}" in text
    for step, shares in ((0, plan.shares), *plan.later_shares):
        assert f"Examples from step {step:,}: " in text
        for share in shares.values():
            assert f" {share:.0%}" in text
    assert ("context of a question" in text) == ("question" in plan.shares)
    if "question" in plan.shares:
        for step, counts in plan.contexts:
            assert f"from step {step:,} {', '.join(map(str, counts))}" in text
        for step, chance in plan.sharing:
            assert f"from step {step:,} {chance:.0%}" in text


def test_sources_that_changed_on_the_way_are_admitted() -> None:
    plan = recipe("miniature-bart")
    assert "changed on the way" not in card("miniature-bart")
    assert "changed on the way" in card_text(plan, (), 1, record(plan, ("one", "two")))


def test_rules_that_were_corrected_since_are_admitted() -> None:
    plan = recipe("miniature-bart")
    now = sources_digest()
    assert f"have been corrected since (now digest `{now}`)" in card("miniature-bart")
    assert "corrected since" not in card_text(plan, (), 1, record(plan, ("one", now)))
    # What the training began with is no matter.
    assert "corrected since" in card_text(plan, (), 1, record(plan, (now, "two")))


def test_a_card_claims_only_what_its_own_training_showed() -> None:
    english, german = language.vocabulary()
    assert f"{len(english):,} English word forms and {len(german):,} German" in card("miniature-t5")
    shown = language.clause_vocabulary()
    judging = {*lexicon_sentiment.POSITIVE, *lexicon_sentiment.NEGATIVE}
    assert judging - {*shown}
    for name in ("miniature-bart", "miniature-bart-summary"):
        text = card(name)
        assert f"{len(shown):,} English word forms" in text
        assert not re.search("German|nicht|dative|sentiment|[Pp]raise", text)
    assert "starting from miniature-bart" in card("miniature-bart-summary")
    assert "random weights" not in card("miniature-bart-summary")
    assert "random weights" in card("miniature-bart")


@pytest.mark.parametrize("plan", RECIPES, ids=lambda plan: plan.name)
def test_the_rules_of_a_card_are_those_of_its_tasks(plan: Recipe) -> None:
    assert {*plan.shares} == {*TASKS[plan.name]}
    text = card(plan.name)
    for task, rule in RULES.items():
        shared = any(RULES[other] == rule for other in plan.shares)
        assert (rule in text) == (shared or not rule), task


def test_a_missed_goal_and_a_mistake_are_named() -> None:
    missed = Score("question", "determined", 500, 0.9, 0.87, 0.92, None, (Miss("a?", "b", "c"),))
    reached = Score("summary", "determined", 500, 0.97, 0.95, 0.98)
    text = card("miniature-t5", missed, reached)
    assert "Question answering: 0.900 is below the goal of 0.98." in text
    assert "`a?` gave `c` instead of `b`" in text
    assert "Summary: 0.970 is below" not in text
    assert f"| {TITLES['summary']} | one right answer | 500 | 0.970 | 0.950 to 0.980 |" in text


def test_goals() -> None:
    goals = {
        task: wanted(Score(task, "determined", 1, 1.0, 1.0, 1.0))
        for tasks in TASKS.values()
        for task in tasks
    }
    assert goals == {
        **dict.fromkeys(("translation", "question", "sentiment"), 0.98),
        **dict.fromkeys(("summary", "summary-plain"), 0.95),
        **dict.fromkeys(TASKS["miniature-bart"], 0.9),
    }
    assert wanted(Score("masking", "open", 1, 1.0, 1.0, 1.0)) is None
