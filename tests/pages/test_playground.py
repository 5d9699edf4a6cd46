"""The playground: what it shows is what the model says, and nothing typed can break it."""

import math
import random
from html import escape

import pytest

from explorer.dashboard import links
from explorer.dashboard.badges import number_text
from explorer.dashboard.exports import csv_bytes
from explorer.dashboard.playground import answering, compare, repair
from explorer.dashboard.settings import DEFAULT_MODEL
from explorer.differences import differences
from explorer.generation import Decoding
from explorer.metrics import score
from explorer.miniatures.corruption import CORRUPTIONS, corrupt
from tests.pages.visit import badges, fine, html, open_page, opened, said, unfolded

SETTINGS = "settings_folded"
"""The fold of the settings of decoding, under a strategy that uses few of them."""


def load(name=DEFAULT_MODEL):
    from explorer.loading import store

    return store().load(name)


def open_playground(**parameters):
    return open_page("playground", **parameters)


def metric(at, label):
    return next(each.value for each in at.metric if each.label == label)


def answer_to(task_index, text=None, decoding=None, name=DEFAULT_MODEL):
    model = load(name)
    task = model.card.tasks[task_index]
    source = task.compose(task.example if text is None else text)
    return model.generate(source, decoding or Decoding())


def shows(at, generation):
    """Whether the page shows this answer, its pieces, its score and its length."""
    body = html(at)
    assert not generation.text.strip() or escape(generation.text) in body
    assert all(f"id {number}" in body for number in generation.tokens.ids)
    assert metric(at, "Score") == number_text(generation.sequence_score)
    assert metric(at, "Pieces") == str(len(generation.tokens))
    assert metric(at, "Stopped by") == generation.stop_reason
    return True


def test_first_sight_is_a_finished_example_with_a_passing_check():
    at = fine(open_playground())
    assert shows(at, answer_to(0))
    source = answer_to(0).source
    assert f"**The model reads** {len(source)} pieces" in [each.value for each in at.markdown]
    assert "special piece" in html(at)
    assert any(":green-badge[:material/verified" in each for each in badges(at))
    assert not at.warning


def test_every_piece_stands_in_a_table_with_its_id_its_word_and_its_score():
    at = unfolded(open_playground(text="The dog 猫 sleeps."))
    source = answer_to(0, "The dog 猫 sleeps.").source
    tables = [each.value for each in at.dataframe if "Id" in each.value.columns]
    assert len(tables) == 2, "what it reads and what it writes"
    read = tables[0]
    assert tuple(read["Id"]) == source.ids
    assert tuple(read["Piece"]) == source.pieces
    expected = load().piece_scores(source.ids)
    assert [None if score != score else score for score in read["Score"]] == list(expected)
    kinds = dict(zip(read["Piece"], read["Kind"], strict=True))
    assert kinds["</s>"] == "special"
    assert "unknown" in kinds.values()
    assert dict(zip(read["Piece"], read["Word"], strict=True))["▁dog"] == "dog"


def test_a_vocabulary_of_bytes_has_no_scores():
    load("miniature-bart")
    at = unfolded(open_playground(model="miniature-bart", max="5"))
    tables = [each.value for each in at.dataframe if "Id" in each.value.columns]
    assert len(tables) == 2
    assert not any("Score" in each.columns for each in tables)


def test_the_second_visitor_sees_the_same():
    first, second = open_playground(), fine(open_playground())
    assert html(first) == html(second)
    assert metric(first, "Pieces per second") == metric(second, "Pieces per second")


def test_typing_and_another_task_give_that_answer():
    at = open_playground()
    at.text_area(key="text").set_value("A cat sleeps.").run()
    assert shows(fine(at), answer_to(0, "A cat sleeps."))
    at.selectbox(key="task").set_value("Summarise").run()
    assert shows(fine(at), answer_to(1, "A cat sleeps."))


def test_an_untouched_example_follows_the_task():
    at = open_playground()
    at.selectbox(key="task").set_value("Summarise").run()
    assert at.text_area(key="text").value == load().card.tasks[1].example
    assert shows(fine(at), answer_to(1))


def test_a_question_has_two_fields_and_the_prefix_between_them():
    at = open_playground(question="Who sleeps?", context="The dog sleeps.")
    at.selectbox(key="task").set_value("Answer a question about a text").run()
    at.text_area(key="question").set_value("Who sleeps?")
    at.text_area(key="context").set_value("The dog sleeps.").run()
    expected = load().generate("question: Who sleeps? context: The dog sleeps.")
    assert shows(fine(at), expected)


def test_writing_freely_adds_no_prefix():
    at = open_playground(task="Write freely", text="sst2 sentence: good")
    assert shows(fine(at), load().generate("sst2 sentence: good"))


@pytest.mark.parametrize(
    ("parameters", "decoding"),
    [
        (
            {"strategy": "sampling", "temperature": "1.5", "seed": "7", "max": "12"},
            Decoding("sampling", temperature=1.5, seed=7, max_new_tokens=12),
        ),
        (
            {"strategy": "beam", "beams": "3", "length": "0.5", "max": "12", "early": "true"},
            Decoding("beam", 3, length_penalty=0.5, max_new_tokens=12, early_stopping=True),
        ),
        (
            {"min": "5", "max": "9", "repetition": "1.2", "ngram": "2"},
            Decoding(
                min_new_tokens=5, max_new_tokens=9, repetition_penalty=1.2, no_repeat_ngram_size=2
            ),
        ),
    ],
)
def test_a_cold_link_shows_the_same_result(parameters, decoding):
    at = fine(open_playground(text="The dog eats.", **parameters))
    assert shows(at, answer_to(0, "The dog eats.", decoding))
    assert not at.warning


def test_settings_without_effect_are_disabled_and_say_why():
    at = opened(open_playground(), SETTINGS)
    temperature = at.number_input(key="temperature")
    assert temperature.disabled
    assert "does not change which piece is the most probable" in temperature.help
    assert not at.number_input(key="max").disabled
    at.segmented_control(key="strategy").set_value("sampling").run()
    assert not at.number_input(key="temperature").disabled
    assert at.number_input(key="beams").disabled


def test_settings_that_contradict_each_other_give_a_sentence():
    at = open_playground(min="20", max="10")
    assert not at.exception
    assert "Fewest pieces is 20 and Most pieces is 10" in said(at.error)


@pytest.mark.parametrize(
    "text",
    [
        "nul \x00 and bell \x07",
        "مرحبا بالعالم",
        "👩\u200d👩\u200d👧 🎉",
        "<script>alert(1)</script><b>bold</b>",
        "</s> <pad> <mask> <extra_id_0> <unk>",
        ":material/home: $x^2$ [a](javascript:b) **c**",
        "\u202egnirts\u202c \ufeff",
        "a" * 3_000,
    ],
)
def test_awkward_texts_are_answered_and_shown_as_they_are(text):
    at = opened(open_playground(), SETTINGS)
    at.number_input(key="max").set_value(5)
    at.text_area(key="text").set_value(text).run()
    assert shows(fine(at), answer_to(0, text, Decoding(max_new_tokens=5)))
    assert "<script" not in html(at)
    assert "<b>" not in html(at)


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_a_blank_text_gives_a_hint(text):
    at = open_playground()
    at.text_area(key="text").set_value(text).run()
    assert not fine(at).metric
    assert "Type a text" in at.info[0].value


def test_a_hundred_thousand_characters_are_cut_visibly():
    text = "the cat " * 12_500
    at = opened(open_playground(), SETTINGS)
    at.number_input(key="max").set_value(5)
    at.text_area(key="text").set_value(text).run()
    fine(at)
    model = load()
    source = model.tokenize(model.card.tasks[0].compose(text))
    assert source.truncated
    assert f"The model reads {model.facts.max_source_tokens:,} pieces at most." in html(at)
    assert f"{len(source.truncated):,} characters: <s>" in html(at)
    assert "100,000 characters. A link carries at most 4,000" in at.warning[0].value
    assert "text" not in at.query_params
    at.text_area(key="text").set_value("short again").run()
    assert not at.warning


def test_a_text_beyond_every_limit_gives_a_sentence():
    at = open_playground()
    at.text_area(key="text").set_value("a " * 150_000).run()
    assert not at.exception
    # The field takes no more than the limit; the prefix of the task comes on top.
    assert "200,0" in at.error[0].value
    assert "limit is 200,000" in at.error[0].value


def test_a_hostile_link_gives_the_defaults_and_says_so():
    at = open_playground(
        task="<script>", strategy="drop table", max="9e9", temperature="nan", mode="../..",
        beams="0", seed="-1", word="\x00", early="maybe",
    )  # fmt: skip
    assert shows(fine(at), answer_to(0))
    assert "task = “<script>”" in said(at.warning)
    assert "drop table" in said(at.warning)
    assert not any("<script>" in each.value for each in at.warning)


def test_a_reference_is_scored():
    at = fine(open_playground(reference="Der Hund sieht die Katze."))
    expected = score(answer_to(0).text, "Der Hund sieht die Katze.")
    table = next(each.value for each in at.table if "What it misses" in each.value.columns)
    assert list(table.index) == ["BLEU", "chrF", "ROUGE-1", "ROUGE-2", "ROUGE-L"]
    assert list(table["Score, 0 to 100"]) == [f"{each.value:.1f}" for each in expected]


def test_the_splits_of_a_word_are_the_vocabularys():
    at = opened(open_playground(text="The dog sees the garden."), "splits_open")
    at.selectbox(key="word").set_value("garden").run()
    table = next(each.value for each in at.dataframe if "Score of each piece" in each.value)
    expected = load().splits("garden", 6)
    assert list(table["Score"]) == [round(each.score, 3) for each in expected]


def test_compare_shows_both_answers_and_what_differs():
    at = fine(open_playground(mode="Compare", text="The dog eats.", max="8", b_max="8", b_seed="3",
                              b_temperature="1"))  # fmt: skip
    first = answer_to(0, "The dog eats.", Decoding(max_new_tokens=8))
    second = answer_to(0, "The dog eats.", Decoding("sampling", seed=3, max_new_tokens=8))
    figures = next(each.value for each in at.table if "A" in each.value.columns)
    assert figures.loc["Log-probability", "A"] == number_text(first.log_probability)
    assert figures.loc["Log-probability", "B"] == number_text(second.log_probability)
    found = differences(first.text, second.text)
    body = html(at)
    for span in (*found.left, *found.right):
        assert escape(span.text) in body
    expected = "The same answer" if found.equal else f"Words that differ: {found.words_left} in A, "
    assert any(expected in each for each in badges(at))


def test_compare_differs_at_first_sight():
    at = fine(open_playground(mode="Compare"))
    assert any("Words that differ" in each for each in badges(at))
    assert any("**A** · " in each.value for each in at.markdown)
    assert any("**B** · " in each.value for each in at.markdown)


def test_the_table_of_a_comparison_holds_numbers_and_answers():
    model = load()
    generation = answer_to(0, "The dog eats.")
    row = compare._row(
        compare.Side("A", model, generation.source.text, generation.decoding), generation
    )
    assert row["answer"] == generation.text
    assert row["log-probability"] == sum(generation.token_log_probabilities)
    assert row["decoding"] == "greedy"
    assert "'" not in csv_bytes([row]).decode("utf-8-sig")


def test_compare_gives_another_model_the_text_with_its_own_prefix():
    load("miniature-bart-summary")
    at = open_playground(mode="Compare", task="Summarise", max="8", b_max="8",
                         b_strategy="greedy", b_model="miniature-bart-summary")  # fmt: skip
    fine(at)
    text = load().card.tasks[1].example
    second = load("miniature-bart-summary").generate(text, Decoding(max_new_tokens=8))
    figures = next(each.value for each in at.table if "A" in each.value.columns)
    assert figures.loc["Log-probability", "B"] == number_text(second.log_probability)


@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda each: each.kind)
def test_repair_shows_the_damage_and_what_the_model_makes_of_it(corruption):
    load("miniature-bart")
    at = open_playground(mode="Repair", model="miniature-bart", damage=corruption.title, dice="4",
                         max="24")  # fmt: skip
    fine(at)
    harm = corrupt(corruption.kind, repair.ORIGINAL, random.Random(f"{corruption.kind} 4"))
    repaired = load("miniature-bart").generate(harm.text, Decoding(max_new_tokens=24))
    assert metric(at, "Score") == number_text(repaired.sequence_score)
    exact = repaired.text == harm.original
    assert any(("Exact repair" if exact else "Not exact") in each for each in badges(at))
    for start, end in harm.marks:
        assert f">{escape(harm.text[start:end])}</mark>" in html(at) or start == end


def test_the_first_repair_is_exact():
    load("miniature-bart")
    at = fine(open_playground(mode="Repair", model="miniature-bart"))
    assert any("Exact repair" in each for each in badges(at))


def never_taught(at):
    return [each.value for each in at.caption if "Never taught" in each.value]


def test_what_a_bart_was_never_taught_is_said_beside_every_text_that_it_reads():
    load("miniature-bart")
    [line] = never_taught(
        fine(open_playground(mode="Repair", model="miniature-bart", original="The movie sleeps."))
    )
    assert "Never taught: “movie”." in line
    asked = {"mode": "Compare", "text": "The movie was bad.", "max": "3", "b_max": "3"}
    # The T5 knows the word, the BART that reads the same text does not.
    at = fine(open_playground(**asked, b_model="miniature-bart"))
    assert ["“movie”" in each for each in never_taught(at)] == [True]
    assert never_taught(fine(open_playground(**asked))) == []


def test_words_that_were_never_taught_are_named_and_doubt_is_said():
    at = fine(open_playground(text="Quorvik sees 2 cats."))
    assert any("Never taught: “Quorvik”, “2”" in each.value for each in at.caption)
    unsure = [each.value for each in at.caption if "The model was unsure" in each.value]
    answer = answer_to(0, "Quorvik sees 2 cats.")
    mean = math.exp(answer.log_probability / len(answer.tokens))
    assert bool(unsure) == (mean < 0.5)
    plain = fine(open_playground())
    assert not any("Never taught" in each.value for each in plain.caption)
    assert not any("The model was unsure" in each.value for each in plain.caption)


def test_a_guess_is_called_unsure():
    at = fine(open_playground(text="猫 猫 猫 猫 zzzz", strategy="sampling", temperature="3"))
    assert any("The model was unsure" in each.value for each in at.caption)


def test_the_pieces_of_an_answer_are_a_table():
    answer = answer_to(0, "The dog eats.")
    rows = answering.piece_table(answer)
    assert [row["id"] for row in rows] == list(answer.tokens.ids)
    assert sum(row["log-probability"] for row in rows) == answer.log_probability
    assert rows[0]["probability"] == math.exp(answer.token_log_probabilities[0])


def test_repair_needs_two_sentences_to_shuffle():
    load("miniature-bart")
    at = open_playground(mode="Repair", model="miniature-bart", damage="Shuffle sentences",
                         original="One sentence.")  # fmt: skip
    assert not at.exception
    assert "at least 2 sentences" in at.error[0].value


def test_repair_with_a_model_that_was_not_trained_for_it_offers_one_that_was():
    at = fine(open_playground(mode="Repair"))
    assert "not trained to repair" in at.info[0].value
    assert at.get("page_link")


def test_the_limit_of_a_link_is_the_one_that_is_said():
    assert links.TEXT_CHARACTERS == 4_000


def test_settings_that_a_link_sets_are_open_and_stay_where_they_are():
    def folder(at):
        return next(each for each in at.get("expander") if each.label == "Settings").proto

    assert not folder(open_playground()).expanded
    at = open_playground(max="5")
    assert folder(at).expanded
    own = folder(at).id
    at.number_input(key="max").set_value(64).run()
    assert (folder(at).id, folder(at).expanded) == (own, True)


def test_a_reference_is_typed_into_a_fold_that_stays():
    at = opened(open_playground(), "reference_open")
    own = next(each for each in at.get("expander") if "reference" in each.label).proto.id
    at.text_area(key="reference").set_value("Der Hund.").run()
    assert next(each for each in at.get("expander") if "reference" in each.label).proto.id == own
    assert [each for each in fine(at).table if "What it misses" in each.value.columns]
