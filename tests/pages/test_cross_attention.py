"""The map of the cross-attention page, beside plain `transformers` and words grouped by hand."""

from dataclasses import replace

import numpy as np
import pytest

import explorer
from explorer.charts import colours
from explorer.checks import Check
from explorer.dashboard.attention.picture import _sentence
from explorer.dashboard.attention.reduced import HOWS, Choice, reduced
from explorer.dashboard.attention.script import map_script
from explorer.dashboard.memory import Memory
from tests.pages.plain_attention import (
    PREFIX,
    SOURCE_NAMES,
    SOURCE_WORDS,
    TARGET,
    TARGET_NAMES,
    TARGET_WORDS,
    TEXT,
    cells,
    eager,
    grouped,
    passed,
    plain_maps,
    printed,
    shows,
)
from tests.pages.visit import fine, html, open_page, said

PAGE = "cross_attention"
TYPED = {"text": TEXT, "say": TARGET}
BEST = Choice("cross", "One head", 2, 2, (), (), True, True, "predicted")


def test_first_sight_is_the_best_aligning_head_of_the_example():
    at = fine(open_page(PAGE))
    assert passed(at) == 2
    assert any("layer 2, head 2" in each.value for each in at.caption)
    assert not at.warning
    model, tokenizer = eager("miniature-t5")
    task = explorer.load("miniature-t5").card.tasks[0]
    text = task.compose(task.example)
    ids = model.generate(tokenizer(text, return_tensors="pt").input_ids, max_new_tokens=64)
    answer = tokenizer.decode(ids[0], skip_special_tokens=True)
    assert any(f"**{answer}" in each.value.replace("\\", "") for each in at.markdown)
    # In the example every word is one piece, so nothing is merged.
    assert shows(at, plain_maps("Cross", text=text, target=answer)[2, 2])


@pytest.mark.parametrize("layer", ["0", "2"])
@pytest.mark.parametrize("stack", ["Cross", "Encoder", "Decoder"])
def test_one_head_in_words(stack, layer):
    at = fine(open_page(PAGE, stack=stack, layer=layer, head="3", **TYPED))
    # The decoder reads the start token and then the target without its end token.
    read = [[0], *[[place + 1 for place in word] for word in TARGET_WORDS[:-1]]]
    rows = SOURCE_WORDS if stack == "Encoder" else TARGET_WORDS
    columns = read if stack == "Decoder" else SOURCE_WORDS
    weights = plain_maps(stack)[int(layer), 3]
    assert shows(at, grouped(weights, rows, columns))
    names = [cell["row name"] for cell in cells(at)[0]][:: len(columns)]
    assert names == (SOURCE_NAMES if stack == "Encoder" else TARGET_NAMES)
    assert passed(at) == 2


def test_rows_named_by_what_a_step_reads():
    at = fine(open_page(PAGE, rows="reads", **TYPED))
    read = [[0], *[[place + 1 for place in word] for word in TARGET_WORDS[:-1]]]
    assert shows(at, grouped(plain_maps("Cross")[2, 2], read, SOURCE_WORDS))
    names = [cell["row name"] for cell in cells(at)[0]][:: len(SOURCE_WORDS)]
    assert names == ["<pad>", *TARGET_NAMES[:-1]]
    predicts = fine(open_page(PAGE, rows="predicts", **TYPED))
    assert [c["row name"] for c in cells(predicts)[0]][:: len(SOURCE_WORDS)] == TARGET_NAMES


def test_pieces_as_they_are():
    at = fine(open_page(PAGE, words="false", **TYPED))
    assert shows(at, plain_maps("Cross")[2, 2])


def test_hidden_special_pieces_leave_rows_that_sum_to_one():
    at = fine(open_page(PAGE, special="false", **TYPED))
    whole = grouped(plain_maps("Cross")[2, 2], TARGET_WORDS[:-1], SOURCE_WORDS)[:, :-1]
    assert shows(at, whole / whole.sum(1, keepdims=True))


def heads_by_hand(layers, heads, special):
    """Merged and hidden head by head: (chosen head, row, column)."""
    found = []
    for layer in layers:
        for head in heads:
            each = plain_maps("Cross")[layer, head]
            if special:
                found.append(grouped(each, TARGET_WORDS, SOURCE_WORDS))
            else:
                kept = grouped(each, TARGET_WORDS[:-1], SOURCE_WORDS)[:, :-1]
                found.append(kept / kept.sum(1, keepdims=True))
    return np.stack(found)


@pytest.mark.parametrize("special", [True, False])
def test_largest_shows_weights_that_a_head_has(special):
    at = fine(open_page(PAGE, show="Largest", special=str(special).lower(), **TYPED))
    expected = heads_by_hand(range(3), range(4), special).max(0)
    assert shows(at, expected)
    assert max(float(cell["exact"]) for cell in cells(at)[0]) <= 1
    sentence = " ".join(each.value for each in at.caption)
    assert "may sum to more than 1" in sentence
    assert "Each row sums to 1" not in sentence
    assert ("Each row of each head is scaled" in sentence) == (not special)


@pytest.mark.parametrize(("show", "way"), [("Mean", np.mean), ("Largest", np.max)])
def test_chosen_layers_and_heads_become_one(show, way):
    model = explorer.load("miniature-t5")
    maps = model.attention(PREFIX + TEXT, TARGET)
    choice = replace(BEST, how=show, layers=(0, 2), heads=(1, 3))
    expected = way(heads_by_hand([0, 2], [1, 3], True), axis=0)
    np.testing.assert_allclose(reduced(maps, choice).weights, expected, atol=2e-5)
    at = fine(open_page(PAGE, show=show, layers="2", heads="1", **TYPED))
    assert shows(at, heads_by_hand([2], [1], True)[0])


def rollout_by_hand(weights):
    found = np.eye(weights.shape[-1])
    for layer in weights.mean(1):
        found = (layer + np.eye(len(layer))) / 2 @ found
    return found


def test_rollout_over_chosen_layers_and_heads():
    at = fine(open_page(PAGE, show="Rollout", stack="Encoder", layers="1", heads="2", **TYPED))
    part = plain_maps("Encoder")[1:2, 2:3]
    assert shows(at, grouped(rollout_by_hand(part), SOURCE_WORDS, SOURCE_WORDS))
    at = fine(open_page(PAGE, show="Rollout", layers="2", heads="0", **TYPED))
    through = plain_maps("Cross")[2, 0] @ rollout_by_hand(plain_maps("Encoder"))
    assert shows(at, grouped(through, TARGET_WORDS, SOURCE_WORDS))
    assert passed(at) == 2
    maps = explorer.load("miniature-t5").attention(PREFIX + TEXT, TARGET)
    choice = replace(BEST, how="Rollout", stack="decoder", layers=(0, 2), words=False)
    expected = rollout_by_hand(plain_maps("Decoder")[[0, 2]])
    np.testing.assert_allclose(reduced(maps, choice).weights, expected, atol=2e-5)


def test_weights_below_the_threshold_are_grey():
    at = fine(open_page(PAGE, threshold="0.3", **TYPED))
    grey = [cell["fill"] == colours.hidden(False) for cell in cells(at)[0]]
    weights = grouped(plain_maps("Cross")[2, 2], TARGET_WORDS, SOURCE_WORDS)
    assert grey == (weights < 0.3).ravel().tolist()
    assert 0 < sum(grey) < len(grey)


@pytest.mark.parametrize("rows", ["predicted", "read"])
def test_the_sentence_says_what_a_row_is(rows):
    maps = explorer.load("miniature-t5").attention(PREFIX + TEXT, TARGET)
    choice = replace(BEST, rows=rows, words=False)
    shown = reduced(maps, choice)
    words = _sentence(shown, choice)
    assert ("named by the piece that it **predicts**" in words) == (rows == "predicted")
    assert ("named by the piece that it **reads**" in words) == (rows == "read")
    names = maps.target.display if rows == "predicted" else maps.read.display
    assert shown.row_names == names


def test_a_check_of_the_map_that_fails_is_red(monkeypatch):
    wrong = Check("map", 0.5, 1e-5)
    monkeypatch.setattr("explorer.reduction_check.check_reduced", lambda *_: wrong)
    at = fine(open_page(PAGE, text="The small cats see the red book."))
    assert [each for each in at.markdown if ":red-badge[" in each.value and "0.5" in each.value]


def test_a_bart_has_maps_too():
    # Loaded before, so that the page does not go on without it on a slow machine.
    text = explorer.load("miniature-bart").card.tasks[0].example
    at = fine(open_page(PAGE, model="miniature-bart", words="false", say="The cat sleeps."))
    assert passed(at) == 2
    plain = plain_maps("Cross", name="miniature-bart", text=text, target="The cat sleeps.")
    # The head that best goes along with whole sentences, word by word.
    assert shows(at, plain[2, 1])


def lit(at):
    """The weights beside the source words, as their hover says them."""
    return [float(part.split('"')[0]) for part in html(at).split('title="')[1:]]


def test_the_sources_of_a_row_light_up():
    at = fine(open_page(PAGE, row="2", **TYPED))
    weights = grouped(plain_maps("Cross")[2, 2], TARGET_WORDS, SOURCE_WORDS)
    np.testing.assert_allclose(lit(at), weights[2], atol=1e-4)


def test_a_click_on_a_target_word_lights_its_sources():
    at = fine(open_page(PAGE, **TYPED))
    weights = grouped(plain_maps("Cross")[2, 2], TARGET_WORDS, SOURCE_WORDS)
    words = next(each for each in at.button_group if each.key == "row_words")
    assert [each.replace("\\", "") for each in words.options] == TARGET_NAMES
    np.testing.assert_allclose(lit(at), weights[0], atol=1e-4)
    words.set_value(3).run()
    np.testing.assert_allclose(lit(fine(at)), weights[3], atol=1e-4)
    assert at.query_params["row"] in ("3", ["3"])
    framed = {cell["row"] for cell in cells(at)[0] if cell["stroke"] != "transparent"}
    assert framed == {3}


def test_more_rows_than_words_to_click_have_a_slider():
    at = fine(open_page(PAGE, row="70", say="Der Hund sieht die Katze . " * 16, text=TEXT))
    assert not [each for each in at.button_group if each.key == "row_words"]
    assert next(each for each in at.slider if each.key == "row").value == 70
    assert lit(at)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
def test_the_python_prints_the_same_numbers(how, stack):
    model = explorer.load("miniature-t5")
    maps = model.attention(PREFIX + TEXT, TARGET)
    choice = replace(BEST, stack=stack, how=how, layer=1, layers=(0, 2), special=False)
    numbers = printed(map_script(model, maps, choice))
    np.testing.assert_allclose(numbers, reduced(maps, choice).weights.ravel(), atol=1e-4)


def test_the_numbers_are_in_a_table_that_is_made_when_it_is_opened():
    at = fine(open_page(PAGE, **TYPED))
    assert not at.dataframe
    at.session_state["numbers_open"] = True
    table = fine(at.run()).dataframe[0].value
    weights = grouped(plain_maps("Cross")[2, 2], TARGET_WORDS, SOURCE_WORDS)
    np.testing.assert_allclose(table.iloc[:, 2:].to_numpy(float), weights, atol=2e-5)
    assert list(table["piece"]) == TARGET_NAMES


def test_only_the_stack_on_screen_is_observed(monkeypatch):
    asked = []
    whole = explorer.model.Seq2SeqModel.attention
    text = "The old dog sleeps in the small house."

    def noted(self, read, target=None, **options):
        if read.endswith(text):  # the best head is found on other texts
            asked.append(options.get("stacks"))
        return whole(self, read, target, **options)

    monkeypatch.setattr(explorer.model.Seq2SeqModel, "attention", noted)
    # Another test may have asked the same.
    held = Memory()
    monkeypatch.setattr("explorer.dashboard.attention.computing.memory", lambda: held)
    for parameters in ({}, {"stack": "Encoder"}, {"show": "Rollout"}):
        fine(open_page(PAGE, text=text, **parameters))
    assert [each for each in asked if each is not None][-3:] == [
        ("cross",), ("encoder",), ("encoder", "cross"),
    ]  # fmt: skip


def test_blank_text_is_a_hint():
    at = fine(open_page(PAGE, text=" "))
    assert "Type a text" in said(at.info)
    assert not at.get("vega_lite_chart")


def test_a_source_that_is_cut_is_shown_struck_out():
    text = "The dog sees the cat. " * 60
    cut = explorer.load("miniature-t5").tokenize(PREFIX + text).truncated
    at = fine(open_page(PAGE, text=text))
    assert "Cut off" in html(at)
    assert f"<s>{cut[:60]}" in html(at)
    assert "Cut off" not in html(fine(open_page(PAGE)))


def test_a_target_that_is_too_long_is_said_in_one_sentence():
    at = open_page(PAGE, say="Hund " * 700)
    assert not at.exception
    assert len(at.error) == 1


def test_a_hostile_link_gives_the_defaults_and_notices():
    hostile = "<script>alert(1)</script>"
    at = fine(
        open_page(PAGE, stack=hostile, layer="99", head="-1", threshold="nan", text=hostile,
                  look=hostile, layers=hostile, row="1e99", words="perhaps", says=hostile)
    )  # fmt: skip
    assert len(at.warning) >= 6
    assert hostile not in html(at)
    assert passed(at) == 2


def test_a_check_that_fails_is_red(monkeypatch):
    # The badge is the model's own check, and not a constant.
    wrong = Check("weights", 0.5, 1e-5)
    monkeypatch.setattr(explorer.model.Seq2SeqModel, "check_attention", lambda *_: wrong)
    at = fine(open_page(PAGE, text="The young cat sees the garden."))
    assert [each for each in at.markdown if ":red-badge[" in each.value and "0.5" in each.value]


def test_another_page_and_back_keeps_the_choice():
    at = fine(open_page(PAGE, words="false", show="Mean", **TYPED))
    look = next(each for each in at.button_group if each.key == "look")
    look.set_value("Switch off").run()
    next(each for each in fine(at).button_group if each.key == "look").set_value("Map").run()
    assert shows(fine(at), plain_maps("Cross").mean((0, 1)))


def test_rows_that_looked_at_special_pieces_alone_are_said():
    model = explorer.load("miniature-t5")
    maps = model.attention(PREFIX + TEXT, TARGET)
    forced = replace(maps, cross=maps.cross.copy())
    forced.cross[0, 1, 2] = 0
    forced.cross[0, 1, 2, -1] = 1
    choice = replace(BEST, layer=0, head=1, words=False, special=False)
    shown = reduced(forced, choice)
    assert not shown.weights[2].any()
    sentence = f"1 of {len(shown.weights)} rows looks at special pieces alone"
    assert sentence in _sentence(shown, choice)
    assert "alone" not in _sentence(reduced(maps, choice), choice)
