"""The decision tree, the scenarios and the tables: every path ends, every name is accounted for."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import catalog, guide
from explorer.costs import Cost
from explorer.decisions import Leaf, leaves, questions
from explorer.errors import ExplorerError
from explorer.guide_architectures import (
    ARCHITECTURES,
    ENCODER_DECODER,
    ROWS,
    UNMEASURED,
    comparison,
)
from explorer.guide_needs import LENGTH, NEEDS, PIECES_FOR_A_WORD, needs_of
from explorer.guide_remarks import REMARKS, remarks_on
from explorer.guide_scenarios import FIRST, SCENARIOS, matching
from explorer.guide_tasks import TASKS, VERDICTS, filtered, rows
from explorer.guide_tasks import task as task_of
from explorer.guide_tree import TREE
from explorer.siblings import ARCHITECTURES as ARCHITECTURE_KINDS
from explorer.sizes import bytes_text

LEAVES = list(leaves(TREE))
NAMES = [each.name for each in ARCHITECTURES]


def chains(question, before=()):
    """Every way down, found without the function that is tested."""
    for choice in question.choices:
        way = (*before, (question.key, choice.name))
        if isinstance(choice.then, Leaf):
            yield way, choice.then
        else:
            yield from chains(choice.then, way)


def named_models():
    for each in ARCHITECTURES:
        yield from each.models
    for _, leaf in LEAVES:
        yield from leaf.examples


def test_every_path_ends_in_a_leaf_and_the_walk_finds_it():
    found = list(chains(TREE))
    assert len(found) == len(LEAVES) == 16
    for way, leaf in found:
        walked = guide.walk(dict(way))
        assert walked.leaf is leaf
        assert [(s.question.key, s.choice.name) for s in walked.steps] == list(way)
        assert [need.key for need in needs_of(leaf)] == [need.key for need, _ in walked.asked_on()]
        assert guide.walk(walked.answers) == walked
    assert len({leaf.name for _, leaf in found}) == len(found)
    assert [each.leaf for each in guide.ways()] == [leaf for _, leaf in found]


def test_every_key_and_every_name_is_told_from_the_others():
    assert len(set(guide.KEYS)) == len(guide.KEYS)
    for question in questions(TREE):
        names = [each.name for each in question.choices]
        assert len(set(names)) == len(names) > 1
        assert all(each.meaning for each in question.choices)
    for need in NEEDS:
        names = [each.name for each in need.options]
        assert len(set(names)) == len(names) > 1


def test_the_leaves_are_those_of_the_three_questions():
    by_architecture = {}
    for answers, leaf in LEAVES:
        by_architecture.setdefault((answers["writes"], answers.get("output")), set()).add(
            leaf.architecture
        )
        assert leaf.reason.endswith(".")
        assert leaf.examples
    assert by_architecture == {
        ("No", None): {NAMES[0]},
        ("Yes", "No, it goes on"): {NAMES[1]},
        ("Yes", "Yes, another"): {NAMES[2]},
    }


def test_every_task_has_a_row_and_a_leaf_whose_architecture_is_its_best():
    assert len(TASKS) == 14
    reached = {leaf.task: leaf for _, leaf in LEAVES if leaf.task}
    assert set(reached) == {each.name for each in TASKS}
    for each in TASKS:
        assert [name for name in NAMES if each.verdict(name) == "best"] == [
            reached[each.name].architecture
        ]


def test_every_model_named_is_in_the_catalogue_or_marked_outside():
    known = {card.name for card in catalog.MODELS}
    named = set()
    for model in named_models():
        assert set(model.catalogue) <= known, model
        assert model.outside == (not model.catalogue)
        named |= set(model.catalogue)
    popular = [model for each in ARCHITECTURES for model in each.models]
    assert all(model.year > 2016 and model.size for model in popular)
    # The catalogue holds encoder-decoders alone, and each of them has its place.
    assert {name for each in ARCHITECTURES for m in each.models for name in m.catalogue} == known
    assert {each.name for each in ARCHITECTURES if any(m.catalogue for m in each.models)} == {
        ENCODER_DECODER
    }
    families = {}
    for model in ARCHITECTURES[2].models:
        for name in model.catalogue:
            families.setdefault(model.title.lower(), set()).add(catalog.find(name).family)
    assert families == {title: {title} for title in families}


def test_the_scenarios_answer_every_question_on_their_way_and_no_other():
    assert len(SCENARIOS) == 5
    for each in SCENARIOS:
        walked = guide.walk(each.answers)
        assert walked.answers == dict(each.answers)
        assert matching(walked.answers) is each
        # The choice that is usual for it is of the leaf's architecture.
        assert walked.leaf.architecture.lower() in each.usual
    assert matching({}) is None
    assert matching({**FIRST.answers, "memory": "4 GB"}) is None
    assert {guide.walk(each.answers).leaf.name for each in SCENARIOS} == {
        "Machine translation",
        "Summaries",
        "Sentiment analysis",
        "Hate speech detection",
        "Dialogue",
    }


def test_remarks_are_dated_and_about_tasks_that_exist():
    names = {each.name for each in TASKS}
    for each in (*REMARKS, *SCENARIOS):
        assert re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", each.date)
    for each in REMARKS:
        assert set(each.tasks) <= names
        assert each in remarks_on(each.tasks[0] if each.tasks else None)
    assert "sst2 sentence: " in remarks_on("Sentiment analysis")[0].sentence
    assert all(not each.tasks for each in remarks_on(None))
    t5 = catalog.find("t5-small")
    [sentiment] = [task for task in t5.tasks if task.kind == "sentiment"]
    assert f"`{sentiment.prefix}`" in remarks_on("Sentiment analysis")[0].sentence
    [nllb] = [each for each in REMARKS if "NLLB" in each.about]
    assert "CC BY-NC 4.0" in nllb.sentence
    assert "CC BY-NC 4.0" in catalog.find("nllb-200-distilled-600M").licence


def test_what_needs_say_in_words_is_what_they_ask_in_numbers():
    for each in LENGTH.options:
        [words] = re.findall(r"about ([\d,]+) words", each.meaning)
        assert each.pieces / PIECES_FOR_A_WORD == pytest.approx(
            int(words.replace(",", "")), rel=0.05
        )
    [memory] = [need for need in NEEDS if need.kind == "memory"]
    assert [bytes_text(each.most_bytes) for each in memory.options] == [
        each.name for each in memory.options
    ]
    assert [need.kind for need in needs_of(LEAVES[0][1])] == [
        "language", "length", "examples", "memory", "licence",
    ]  # fmt: skip


def test_directions_are_tasks_of_the_catalogue():
    titles = {t.title for c in catalog.MODELS for t in c.tasks if t.kind == "translation"}
    asked = {each.title for each in NEEDS[0].options if each.title}
    assert asked <= titles


@pytest.mark.parametrize(
    "answers",
    [{"writes": "perhaps"}, {"colour": "blue"}, {"memory": "none"}, {"becomes": "A cake"},
     {"writes": "No", "finds": "<script>"}],
)  # fmt: skip
def test_an_answer_that_nobody_offers_is_refused_in_one_sentence(answers):
    with pytest.raises(ExplorerError, match=r"choose one of|is no question"):
        guide.walk(answers)


def test_answers_beside_the_way_are_passed_over():
    walked = guide.walk({"writes": "No", "becomes": "A summary", "direction": "English to French"})
    assert walked == guide.walk({"writes": "No"})


def test_memory_and_speed_of_the_comparison_are_measured_numbers_or_none():
    table = comparison()
    assert [row[""] for row in table] == [
        *(title for title, _ in ROWS), "Memory", "Speed", "Both measured here with",
    ]  # fmt: skip
    assert all(row[name] for row in table for name in NAMES)
    assert {row[name] for row in table[-3:] for name in NAMES} == {UNMEASURED}
    some = [
        Cost(kind, kind[:4], 1_580_000 + place, length, passes, 2 * length, 0.012, 3_400, place)
        for length in (4, 40)
        for place, (kind, passes) in enumerate(zip(ARCHITECTURE_KINDS, (1, 40, 41), strict=True))
    ]
    memory, speed, measured = comparison(costs=some)[-3:]
    assert memory["Encoder-only"] == "3.4 kB beside the weights, none kept"
    assert speed["Encoder-only"] == "12.0 ms in 1 pass"
    assert measured["Encoder-only"] == (
        "enco (1.58 million parameters), 40 pieces read and 40 written"
    )
    assert "1 bytes of them kept" in memory["Decoder-only"]
    assert "in 41 passes" in speed["Encoder–decoder"]


def test_the_table_of_tasks_has_a_verdict_in_every_cell():
    for row in rows():
        assert all(row[name] in VERDICTS for name in NAMES)
    assert task_of("Summaries").verdict(ENCODER_DECODER) == "best"
    # The verdicts as the companion guide gives them.
    given = [tuple(row[name] for name in NAMES) for row in rows()]
    assert given == [
        ("best", "possible", "overkill"),
        ("best", "possible", "no"),
        ("best", "possible", "no"),
        ("best", "poor", "no"),
        ("best", "no", "overkill"),
        ("no", "good", "best"),
        ("no", "best", "possible"),
        ("no", "best", "no"),
        ("no", "best", "good"),
        ("no", "possible", "best"),
        ("no", "possible", "best"),
        ("no", "possible", "best"),
        ("no", "good", "best"),
        ("no", "best", "good"),
    ]


@settings(deadline=None)
@given(
    st.sampled_from([None, *NAMES]),
    st.sets(st.sampled_from(VERDICTS)).map(tuple),
    st.sampled_from(["", "text", "QA", "Label", "zebra", " summaries "]),
)
def test_filtering_keeps_exactly_the_tasks_that_fit(architecture, verdicts, words):
    found = filtered(architecture, verdicts, words)
    looked_at = [architecture] if architecture else NAMES
    for each, name in product(TASKS, [words.strip().lower()]):
        fits = name in f"{each.name} {each.why}".lower() and (
            not verdicts or any(each.verdict(a) in verdicts for a in looked_at)
        )
        assert (each in found) == fits
