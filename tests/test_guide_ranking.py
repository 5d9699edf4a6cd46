"""The ranking: what is suggested first fits, and whatever does not fit says why."""

import re
from functools import cache
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer import catalog, guide
from explorer.decisions import leaves
from explorer.guide_needs import needs_of
from explorer.guide_objections import KINDS
from explorer.guide_ranking import left_after, ranked
from explorer.guide_scenarios import SCENARIOS
from explorer.guide_tree import TREE

LEAVES = list(leaves(TREE))
ranking = cache(lambda answers: ranked(dict(answers)))


@st.composite
def some_answers(draw):
    """A way to a leaf and any of the further answers."""
    way, leaf = draw(st.sampled_from(LEAVES))
    asked_on = {
        need.key: draw(st.sampled_from([each.name for each in need.options]))
        for need in needs_of(leaf)
        if draw(st.booleans())
    }
    return {**way, **asked_on}


def numbers(sentence):
    """The sizes and counts of a sentence, in bytes or in pieces."""
    units = {"MB": 1e6, "GB": 1e9}
    found = re.findall(r"([\d.,]*\d)(?: (MB|GB))?", sentence)
    return [float(number.replace(",", "")) * units.get(unit, 1) for number, unit in found]


def violated(card, walked):
    """What a model violates, found from its card alone and not by the ranking."""
    needs, facts = walked.needs, catalog.facts(card)
    found = set()
    if facts.max_source_tokens < needs.length.pieces:
        found.add("length")
    if 4 * card.parameters > needs.memory.most_bytes:
        found.add("memory")
    if needs.licence.commercial and "BY-NC" in card.licence:
        found.add("licence")
    if card.bundled:
        found.add("language")
    return found


def judge(answers):
    walked = guide.walk(answers)
    suggestions = ranked(answers)
    assert sorted(each.name for each in suggestions) == sorted(c.name for c in catalog.MODELS)
    fits = [each.fits for each in suggestions]
    assert fits == sorted(fits, reverse=True)
    for each in suggestions:
        card = catalog.find(each.name)
        hard = {o.kind for o in each.objections if o.hard}
        measured = {"length", "memory", "licence"}
        assert hard & measured == violated(card, walked) & measured
        assert hard >= violated(card, walked)
        assert hard <= set(KINDS)
        assert each.fits == (not hard)
        kinds = {task.kind for task in card.tasks}
        assert each.trained == bool(kinds & set(walked.leaf.kinds))
        if each.task:
            [task] = [t for t in card.tasks if t.title == each.task]
            assert task.kind in walked.leaf.kinds
        elif not walked.needs.examples.given and not walked.leaf.told:
            # Nothing is suggested that would have to be trained with no examples.
            assert not each.fits or kinds & set(walked.leaf.kinds)
        elsewhere = [o for o in each.objections if o.kind == "architecture"]
        assert len(elsewhere) == (walked.leaf.architecture != "Encoder–decoder")
        for objection in each.objections:
            assert objection.sentence.endswith(".")
            if objection.kind == "length":
                facts = catalog.facts(card)
                assert numbers(objection.sentence) == [
                    facts.max_source_tokens,
                    walked.needs.length.pieces,
                ]
            if objection.kind == "memory":
                size, limit = numbers(objection.sentence)
                assert size == pytest.approx(4 * card.parameters, rel=0.01)
                assert limit == walked.needs.memory.most_bytes
            if objection.kind == "licence":
                assert card.licence in objection.sentence
        assert [o.hard for o in each.objections] == sorted(
            (o.hard for o in each.objections), reverse=True
        )
    counts = left_after(suggestions)
    assert list(counts) == sorted(counts, reverse=True)
    assert counts[-1] == sum(fits)
    return suggestions


@settings(deadline=None)
@given(some_answers())
def test_nothing_that_violates_a_need_is_suggested_without_saying_so(answers):
    judge(answers)


def test_every_path_with_every_further_answer_is_ranked():
    """All 1,700 of them: the best one fits, or nothing does."""
    count = 0
    for way, leaf in LEAVES:
        for options in product(*(need.options for need in needs_of(leaf))):
            keys = [need.key for need in needs_of(leaf)]
            answers = {**way, **{k: o.name for k, o in zip(keys, options, strict=True)}}
            best = ranked(answers)[0]
            walked = guide.walk(answers)
            if best.fits:
                assert not violated(catalog.find(best.name), walked)
            count += 1
    assert count > 1700


def first(scenario_name, **changed):
    [scenario] = [each for each in SCENARIOS if each.name == scenario_name]
    return judge({**scenario.answers, **changed})


def names(suggestions):
    return [each.name for each in suggestions if each.fits]


def test_a_translation_takes_the_model_of_its_direction():
    assert names(first("Translation"))[0] == "opus-mt-en-de"
    assert names(first("Translation", direction="German to English"))[0] == "opus-mt-de-en"
    romanian = names(first("Translation", direction="English to Romanian"))
    assert "t5-base" in romanian
    assert not any("opus" in name for name in romanian)


def test_a_rare_language_has_one_model_and_never_in_a_product():
    rare = {"direction": "A rare language", "memory": "4 GB"}
    [nllb, *_] = first("Translation", **rare, licence="Learning or research")
    assert nllb.name == "nllb-200-distilled-600M"
    assert nllb.fits
    assert names(first("Translation", **rare, licence="Learning or research")) == [nllb.name]
    assert ["product" in o.sentence for o in nllb.objections] == [True]
    assert names(first("Translation", **rare)) == []
    large = {**rare, "direction": "Other large languages"}
    assert names(first("Translation", **large)) == ["mbart-large-50-many-to-many-mmt"]


def test_a_long_text_drops_what_reads_less():
    assert names(first("Summaries")) == ["bart-large-cnn", "distilbart-cnn-12-6"]
    assert names(first("Summaries", at_once="A report")) == []
    page = names(first("Summaries", at_once="A page"))
    assert page[0] == "pegasus-xsum"
    assert "t5-small" in page


def test_less_memory_takes_a_smaller_model():
    little = names(first("Summaries", at_once="A page", memory="350 MB"))
    assert little
    assert all(4 * catalog.find(name).parameters <= 350e6 for name in little)


def test_sentiment_without_labels_is_possible_with_t5_and_its_own_prefix():
    fitting = [each for each in first("Reviews") if each.fits]
    assert {"t5-small", "t5-base"} <= {each.name for each in fitting}
    assert all(each.task == "Positive or negative" for each in fitting)


def test_without_examples_nothing_that_has_to_be_trained_is_suggested():
    hate = "Hate speech"
    assert {"bart-base", "t5-small"} <= set(names(first(hate)))
    untrained = names(first(hate, labelled="None"))
    assert set(untrained) == {"flan-t5-small", "flan-t5-base"}
    names_of = {"writes": "No", "finds": "Names", "labelled": "None"}
    assert names(judge(names_of)) == []


def test_what_follows_instructions_is_never_said_to_be_untrained():
    """FLAN-T5's instructions held far more tasks than a card names."""
    for each in first("Hate speech"):
        if each.name.startswith("flan"):
            [task] = [o for o in each.objections if o.kind == "task"]
            assert not task.hard
            assert "not one of the tasks it is known for (2026-11)" in task.sentence
    for way, _ in LEAVES:
        for each in ranked(way):
            said = " ".join(o.sentence for o in each.objections)
            if each.name.startswith("flan"):
                assert "never trained" not in said
                assert "not trained" not in said


def test_the_larger_of_two_alike_stands_first_and_says_what_it_gains():
    fitting = [each for each in first("Reviews") if each.fits]
    weights = [sum(o.weight for o in each.objections) for each in fitting]
    assert weights == sorted(weights)
    sizes = [catalog.find(each.name).parameters for each in fitting]
    for (one, two), (large, small) in zip(pairwise(weights), pairwise(sizes), strict=True):
        assert one < two or large >= small
    [size] = [o.sentence for o in fitting[0].objections if o.kind == "size"]
    assert "the larger answers better as a rule" in size


def test_another_language_drops_models_that_know_english():
    other = names(first("Summaries", at_once="A page", language="Another language"))
    assert set(other) == {"flan-t5-base", "flan-t5-small"}
    trained = names(judge({"language": "Another language", "becomes": "Other words"}))
    assert "mt5-small" in trained
    assert "bart-large" not in trained


def test_a_miniature_is_never_for_work():
    for each in ranked(SCENARIOS[0].answers):
        if each.name.startswith("miniature"):
            assert not each.fits
            assert any("for learning" in o.sentence for o in each.objections)


def test_the_share_of_the_vocabulary_is_that_of_the_real_weights():
    import torch
    import transformers

    from explorer.configuration import open_configuration
    from explorer.families import family_of

    card = catalog.find("mt5-small")
    config = open_configuration(family_of(card.configuration), card.configuration)
    with torch.device("meta"):
        whole = transformers.MT5ForConditionalGeneration(config)
    tables = whole.get_input_embeddings().weight.numel() + whole.lm_head.weight.numel()
    share = tables / card.parameters
    [mt5] = [each for each in ranked({"writes": "No"}) if each.name == "mt5-small"]
    assert any(f"{share:.0%} of its parameters" in o.sentence for o in mt5.objections)


def test_a_size_is_compared_with_models_that_suit_as_well():
    answers = {"becomes": "A summary", "at_once": "Two pages", "labelled": "Some, to train on"}
    [first_one, second, *_] = ranked(answers)
    # BART base is smaller and fits, but has learned no task.
    assert (first_one.name, second.name) == ("bart-large-cnn", "distilbart-cnn-12-6")
    assert "bart-base" in names(ranked(answers))
    assert [o.sentence for o in (*first_one.objections, *second.objections)] == []
    [large, *_] = first("Reviews")
    [size] = [o.sentence for o in large.objections if o.kind == "size"]
    small, big = (catalog.find(name).parameters for name in ("t5-small", "flan-t5-base"))
    assert f"{big / small:.2g} times as large as T5 small" in size
