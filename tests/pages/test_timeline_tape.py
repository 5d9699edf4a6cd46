"""The timeline page, its steps: first sight, good input, bad input, hostile links."""

import json
import math
import runpy
import shutil
from dataclasses import replace

import pyarrow
import pytest
import torch
from transformers import AutoTokenizer, T5ForConditionalGeneration

import explorer
from explorer.charts.timeline import percent
from explorer.dashboard.timeline import decoded
from explorer.dashboard.timeline.asking import EXAMPLES
from explorer.dashboard.timeline.decoded import hesitations, table
from explorer.generation import Decoding
from explorer.timeline_script import timeline_script
from tests.pages.visit import (
    ROOT,
    badges,
    fine,
    html,
    link,
    open_page,
    opened,
    said,
    scripts,
    stop_while_writing,
)

PAGE = "timeline"
DECODED = ("t_decoded_open", "t_settings_folded")
"""What must be opened for the settings of decoding to be there."""
SENTENCE = "The dog that the man helps is old."


def engine():
    model = explorer.load("miniature-t5")
    return model, model.card.tasks[0].compose(SENTENCE)


def rows(at, field):
    """The data of the chart that has a field."""
    for chart in at.get("vega_lite_chart"):
        found = pyarrow.ipc.open_stream(chart.proto.data.data).read_all().to_pylist()
        if field in found[0]:
            return found
    raise AssertionError(f"no chart has {field}")


def tape(at):
    return [(row["piece"], row["note"]) for row in rows(at, "note")]


def metric(at, label):
    return next(each.value for each in at.metric if each.label == label)


def button(at, label):
    return next(each for each in at.button if each.label == label)


def checked(at):
    checks = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert all(":green-badge[" in each for each in checks), checks
    return len(checks)


def test_first_sight_is_a_near_tie_by_plain_transformers():
    at = fine(open_page(PAGE))
    folder = explorer.load("miniature-t5").folder
    plain = T5ForConditionalGeneration.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    source = tokenizer("translate English to German: " + SENTENCE, return_tensors="pt")
    with torch.inference_mode():
        answer = plain.generate(**source, do_sample=False, num_beams=1, max_new_tokens=64)
        logits = plain(**source, decoder_input_ids=answer[:, :-1]).logits[0]
    own = logits.softmax(-1)
    chosen = own[torch.arange(len(own)), answer[0, 1:]]
    step = int(chosen.argmin())
    assert chosen[step] < 0.8
    assert at.slider(key="at").value == step
    two = own[step].topk(2)
    assert [tokenizer.decode(one).strip() for one in two.indices] == ["den", "dem"]
    shown = rows(at, "after")
    for row, value in zip(shown, two.values, strict=False):
        assert row["probability"] == pytest.approx(float(value), abs=1e-5)
    assert [row["piece"] for row in shown[:2]] == ["den", "dem"]
    assert [note for _, note in tape(at)] == [percent(float(one)) for one in chosen]
    assert metric(at, "Margin") == percent(float(two.values[0] - two.values[1]))
    bits = float(-(own[step] * own[step].log2()).sum())
    assert metric(at, "Entropy") == f"{bits:.2f} bits"
    sums = chosen[: step + 1].log().sum()
    assert metric(at, "Sum so far") == f"−{abs(float(sums)):.3f} nats"
    assert "helfen" in " ".join(each.value for each in at.markdown)
    assert checked(at) == 1
    assert not at.warning


def test_a_check_that_fails_by_any_amount_is_red_and_the_page_stays(monkeypatch):
    right = decoded.watch

    def wrong(*args):
        found = right(*args)
        # Such a rank is no matter of rounding.
        first, *others = found.steps
        return replace(found, steps=(replace(first, rank=first.rank + 9), *others))

    monkeypatch.setattr(decoded, "watch", wrong)
    at = fine(open_page(PAGE, text="The rank is wrong."))
    (badge,) = [each for each in badges(at) if "difference" in each or "Differs" in each]
    assert ":red-badge[:material/error: Differs by ∞]" in badge


def test_the_example_is_the_pages_own_and_other_tasks_keep_theirs():
    assert EXAMPLES["miniature-t5", "translation"] == SENTENCE
    at = fine(open_page(PAGE, task="Positive or negative"))
    assert at.text_area(key="text").value == "I absolutely love this film!"


def test_the_buttons_go_through_the_steps_and_the_link_follows():
    at = fine(open_page(PAGE, at="9"))
    fine(button(at, "Next").click().run())
    assert at.slider(key="at").value == 10
    fine(button(at, "Next").click().run())
    assert at.slider(key="at").value == 11
    assert button(at, "Next").disabled
    fine(button(at, "Previous").click().run())
    assert at.query_params["at"] == "10"
    found = engine()[0].timeline(engine()[1], 6)
    assert metric(at, "Probability") == percent(found.steps[10].probability)
    fine(at.pills(key="t_hesitated").set_value(3).run())
    assert at.slider(key="at").value == 3
    assert metric(at, "Probability") == percent(found.steps[3].probability)


def test_three_hesitations_at_most_are_marked_the_greatest_first():
    sampled = Decoding("sampling", temperature=2.0, seed=3)
    found = engine()[0].timeline("The small dog sees the old cat.", 6, decoding=sampled)
    doubts = sorted(((step.entropy_bits, step.index) for step in found.steps), reverse=True)
    assert doubts[3][0] > 0.4
    assert hesitations(found) == tuple(index for _, index in doubts[:3])


def test_a_piece_that_was_forced_is_no_hesitation():
    model, text = engine()
    found = model.timeline(text, 6, "Der Hund, dem")
    assert found.steps[3].forced
    assert found.steps[3].entropy_bits > 0.9
    assert 3 not in hesitations(found)


def playing(at):
    """Whether it plays: the button then offers the opposite."""
    (label,) = [each.label for each in at.button if each.label in ("Play", "Pause")]
    return label == "Pause"


def test_play_goes_on_while_the_same_steps_are_on_screen():
    at = fine(open_page(PAGE))
    assert not playing(at)
    fine(button(at, "Play").click().run())
    assert playing(at)
    fine(at.segmented_control(key="t_read").set_value("One head").run())
    assert playing(fine(at.run()))
    fine(button(at, "Pause").click().run())
    assert not playing(at)


def test_play_ends_where_another_view_was_on_screen():
    at = fine(open_page(PAGE))
    fine(button(at, "Play").click().run())
    fine(at.segmented_control(key="watch").set_value("Branches").run())
    fine(at.segmented_control(key="watch").set_value("Steps").run())
    assert not playing(at)


def test_play_ends_where_another_page_was_on_screen():
    at = fine(open_page(PAGE))
    fine(button(at, "Play").click().run())
    fine(at.switch_page(str(ROOT / "pages" / "attention_sandbox.py")).run())
    fine(at.switch_page(str(ROOT / "pages" / "timeline.py")).run())
    assert not playing(at)


@pytest.mark.parametrize(
    ("control", "key", "value"),
    [("text_area", "text", "The man follows the dog."), ("text_input", "t_begin", "Der Hund, dem")],
)
def test_play_ends_where_another_answer_stands(control, key, value):
    at = opened(open_page(PAGE), *DECODED)
    fine(button(at, "Play").click().run())
    fine(getattr(at, control)(key=key).set_value(value).run())
    assert not playing(at)


def test_the_words_that_a_step_read_follow_the_reader():
    model, text = engine()
    cross = model.timeline(text, 6).steps[3].cross
    at = fine(open_page(PAGE, t_read="One head", t_layer="1", t_head="3"))
    assert "helps <small>100%</small>" in html(at)
    assert cross[1, 3].max() > 0.99
    fine(at.segmented_control(key="t_read").set_value("All heads").run())
    helps = model.tokenize(text)
    word = helps.word_texts.index("helps")
    weight = sum(cross[:, :, place].mean() for place, one in enumerate(helps.words) if one == word)
    assert f"helps <small>{weight:.0%}</small>" in html(at)


def test_sampling_shows_what_the_settings_made_of_the_probabilities():
    decoding = Decoding("sampling", temperature=1.5, top_k=5, seed=5)
    at = fine(
        open_page(PAGE, t_strategy="sampling", t_temperature="1.5", t_k="5", t_seed="5", at="3")
    )
    model, text = engine()
    found = model.timeline(text, 6, decoding=decoding)
    assert [piece for piece, _ in tape(at)] == [step.token.display for step in found.steps]
    shown = rows(at, "after")
    # The temperature takes the logits apart by hand, among the five that top-k leaves.
    logs = torch.tensor([math.log(row["probability"]) for row in shown[:5]]) / 1.5
    for row, value in zip(shown, logs.softmax(0), strict=False):
        assert row["after"] == pytest.approx(float(value), abs=1e-4)
    assert shown[5]["text"].endswith("→ cut")
    assert metric(at, "Left to draw from") == "5 pieces"
    assert metric(at, "Cut away") == percent(found.steps[3].after.cut_probability)
    assert not at.warning


def test_a_forced_beginning_is_said_first_and_named():
    at = fine(open_page(PAGE, t_begin="Der Hund, dem", at="3"))
    assert [piece for piece, _ in tape(at)][:4] == ["Der", "Hund", ",", "dem"]
    assert [note.startswith("forced") for _, note in tape(at)][:5] == [True] * 4 + [False]
    assert any("was forced" in each.value for each in at.markdown)
    assert metric(at, "Rank") == "2"


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"t_begin": "日本"}, "has no piece for"),
        ({"t_begin": "Der Hund", "t_max": "1"}, "the most that may be written are 1"),
        ({"t_min": "9", "t_max": "3"}, "lower the one or raise the other"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_the_session_stays(parameters, sentence):
    at = open_page(PAGE, **parameters)
    assert not at.exception
    assert len(at.error) == 1
    assert sentence in said(at.error)
    assert not [each for each in at.button if each.label == "Stop"]
    at.text_input(key="t_begin").set_value("").run() if "t_begin" in parameters else None
    for name in {"t_min", "t_max"} & set(parameters):
        at.number_input(key=name).set_value({"t_min": 0, "t_max": 64}[name])
    assert tape(fine(at.run()))[0][0] == "Der"


def test_a_beginning_that_ends_the_text_is_all_there_is_and_the_page_says_so():
    at = fine(open_page(PAGE, t_begin="Der Hund</s>"))
    assert [piece for piece, _ in tape(at)] == ["Der", "Hund", "</s>"]
    assert all(note.startswith("forced") for _, note in tape(at))
    assert "ends the text itself, with “</s>”" in said(at.info)
    assert checked(at) == 1
    fine(at.text_input(key="t_begin").set_value("Der Hund").run())
    assert not at.info


@pytest.mark.parametrize(
    ("begin", "sentence"),
    [
        ("Der </s> Hund", "ends the text at piece 1 (“</s>”)"),
        ("Der <pad> Hund", "“<pad>” (number 0) is a mark of miniature-t5's own"),
    ],
)
def test_a_mark_that_cannot_be_forced_is_refused_by_its_name(begin, sentence):
    at = open_page(PAGE, t_begin=begin)
    assert not at.exception
    assert sentence in said(at.error)
    assert tape(fine(at.text_input(key="t_begin").set_value("Der").run()))[0][0] == "Der"


def test_one_piece_at_most():
    at = fine(open_page(PAGE, t_max="1"))
    assert len(tape(at)) == 1
    assert not at.slider
    assert button(at, "Play").disabled
    assert button(at, "Next").disabled
    assert checked(at) == 1


def test_no_alternatives():
    at = fine(open_page(PAGE, t_alternatives="0"))
    shown = rows(at, "after")
    assert [row["piece"] for row in shown] == ["den"]
    assert any("No alternatives are listed" in each.value for each in at.caption)
    assert checked(at) == 1


def test_a_stale_step_goes_to_the_last_one_with_a_notice():
    at = fine(open_page(PAGE, at="99"))
    assert at.slider(key="at").value == 11
    assert "step “99”" in said(at.warning)
    assert "0 to 11" in said(at.warning)
    fine(button(at, "Previous").click().run())
    assert not at.warning


@pytest.mark.parametrize(
    "parameters",
    [
        {"at": "-1"}, {"at": "x"}, {"at": "9" * 40}, {"at": "nan"}, {"t_alternatives": "-3"},
        {"t_strategy": "beam"}, {"t_strategy": "sampling", "t_p": "0"}, {"t_read": "Nobody"},
        {"t_read": "One layer", "t_layer": "77"},
    ],
)  # fmt: skip
def test_a_hostile_link_gives_a_notice_and_the_page(parameters):
    at = fine(open_page(PAGE, **parameters))
    assert len(at.warning) == 1
    assert len(tape(at)) == 12


@pytest.mark.parametrize(
    "parameters", [{"t_strategy": "sampling", "t_p": "0"}, {"t_alternatives": "-3"}]
)
@pytest.mark.parametrize("view", ["Steps", "Branches"])
def test_a_notice_about_a_control_that_is_folded_away_is_seen(view, parameters):
    at = fine(open_page(PAGE, watch=view, **parameters))
    (notice,) = [each.value for each in at.warning]
    assert f"The link says {list(parameters)[-1]} =" in notice.replace("\\", "")
    assert not any(folded.warning for folded in at.expander)


def test_a_text_that_is_too_long_is_struck_out():
    at = fine(open_page(PAGE, text="The dog sees the cat. " * 200, t_max="4"))
    assert "Cut off" in html(at)
    assert "<s>" in html(at)


def test_a_folder_whose_model_has_no_cross_attention_is_refused_and_the_page_goes_on(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    folder = tmp_path / "encoder-only"
    shutil.copytree(explorer.load("miniature-t5").folder, folder)
    settings = json.loads((folder / "config.json").read_text())
    settings |= {"model_type": "bert", "architectures": ["BertModel"]}
    (folder / "config.json").write_text(json.dumps(settings))
    at = open_page(PAGE, model=str(folder))
    assert not at.exception
    assert "bert" in said(at.error)
    assert len(at.error) == 1
    assert next(iter(rows(at, "note")))["piece"] == "Der"


def test_a_timeline_can_be_stopped_and_decoded_again(monkeypatch):
    long = {"t_min": "128", "t_max": "128", "t_alternatives": "50"}
    at = fine(stop_while_writing(link(PAGE, text="The dog stops.", **long), monkeypatch))
    assert 2 <= len(tape(at)) <= 3
    assert any("Stopped" in each.value for each in at.caption)
    fine(button(at, "Decode again").click().run())
    assert len(tape(at)) == 128


def test_what_is_taken_home(capsys, tmp_path):
    model, text = engine()
    found = model.timeline(text, 3)
    whole = table(found)
    assert [row["step"] for row in whole] == list(range(12))
    assert whole[3]["alternative 2"].startswith("▁dem 0.44")
    program = tmp_path / "steps.py"
    program.write_text(timeline_script(model, found))
    capsys.readouterr()
    runpy.run_path(str(program))
    printed = [line for line in capsys.readouterr().out.splitlines() if line[0] != " "]
    assert [float(line.split()[-1]) for line in printed] == pytest.approx(
        [step.probability for step in found.steps], abs=2e-6
    )


def test_the_search_does_not_use_the_settings_and_says_so_where_some_are_set():
    plain = {"text": "The dog sleeps.", "watch": "Beam search"}
    assert "Not used here" not in said(fine(open_page(PAGE, **plain)).caption)
    # At their defaults, and with values that cannot be, they are not set.
    idle = {"t_strategy": "greedy", "t_max": "64", "t_min": "x", "t_begin": " "}
    assert "Not used here" not in said(fine(open_page(PAGE, **plain, **idle)).caption)
    at = fine(open_page(PAGE, **plain, t_strategy="sampling", t_begin="Der *Hund*", t_min="9"))
    sentence = "Not used here: sampling, fewest pieces, the beginning “Der *Hund*”."
    assert sentence in said(at.caption)


def test_settings_that_were_made_on_the_page_are_not_used_by_the_search_either():
    at = opened(open_page(PAGE, text="The dog sleeps."), *DECODED)
    at.number_input(key="t_repetition").set_value(1.5)
    fine(at.text_input(key="t_begin").set_value("Der").run())
    fine(at.segmented_control(key="watch").set_value("Beam search").run())
    assert "Not used here: repetition penalty, the beginning “Der”." in said(at.caption)
    for view in ("Layers", "Why this piece"):
        fine(at.segmented_control(key="watch").set_value(view).run())
        assert "Not used here" not in said(at.caption)
        text = said((*at.caption, *at.markdown))
        assert "The first answer (greedy, repetition penalty 1.5, begun with “Der”)" in text


def test_copy_as_python_prints_what_the_settings_made_of_a_sampled_answer(capsys, tmp_path):
    settings = {"t_strategy": "sampling", "t_temperature": "1.5", "t_k": "5", "t_seed": "5"}
    at = fine(open_page(PAGE, **settings, at="3"))
    (script,) = scripts(at)
    program = tmp_path / "steps.py"
    program.write_text(script)
    capsys.readouterr()
    runpy.run_path(str(program))
    lines = capsys.readouterr().out.splitlines()
    start = next(place for place, line in enumerate(lines) if line.startswith("3 "))
    assert f"({metric(at, 'Left to draw from').split()[0]} pieces left" in lines[start]
    for line, row in zip(lines[start + 1 : start + 7], rows(at, "after"), strict=False):
        own, after = line.split()[-3], line.split()[-1]
        assert float(own) == pytest.approx(row["probability"], abs=2e-6)
        assert float(after.replace("cut", "0")) == pytest.approx(row["after"], abs=2e-6)


def test_a_quick_press_goes_on_from_the_step_that_is_not_drawn_yet():
    at = fine(open_page(PAGE, at="3"))
    # Both reach the page in one run: the slider has moved since the button was drawn.
    at.slider(key="at").set_value(7)
    fine(button(at, "Next").click().run())
    assert at.slider(key="at").value == 8
    at.slider(key="at").set_value(11)
    fine(button(at, "Next").click().run())
    assert at.slider(key="at").value == 11


@pytest.mark.parametrize("name", ["miniature-bart", "miniature-bart-summary"])
def test_the_first_sight_of_every_bundled_model_is_a_hesitation(name):
    at = fine(open_page(PAGE, model=name))
    found = explorer.load(name).timeline(at.text_area(key="text").value, 6)
    step = at.slider(key="at").value
    assert not found.steps[step].fixed
    assert found.steps[step].entropy_bits == max(each.entropy_bits for each in found.steps) > 0.9
    assert at.pills(key="t_hesitated").value == step


def test_where_the_model_was_sure_of_all_the_least_sure_step_with_a_choice_comes_first():
    text = "The weather is beautiful. Anna buys a red bicycle in Berlin."
    at = fine(open_page(PAGE, model="miniature-bart-summary", text=text))
    found = explorer.load("miniature-bart-summary").timeline(text, 6)
    assert found.steps[0].fixed
    free = found.steps[1:]
    assert at.slider(key="at").value == max(free, key=lambda step: step.entropy_bits).index


def test_settings_are_named_as_their_controls_and_one_piece_is_one():
    at = fine(open_page(PAGE, t_max="1"))
    assert "Decoding: greedy, most pieces 1." in said(at.caption)
    assert "at the limit of 1 piece;" in said(at.caption)


def test_sampling_without_a_setting_says_once_that_nothing_changes_the_probabilities():
    at = fine(open_page(PAGE, t_strategy="sampling", at="3"))
    assert [row["text"] for row in rows(at, "after")][:2] == ["54.8 %", "44.8 %"]
    assert "No setting changes these probabilities" in said(at.caption)
    assert "tick" not in said(at.caption)
    assert not {"Cut away", "Left to draw from"} & {each.label for each in at.metric}
    assert "errs" not in said(at.markdown)


def test_an_improbable_piece_that_was_drawn_is_seen_first_and_one_click_away():
    settings = {"t_strategy": "sampling", "t_temperature": "1.5", "t_seed": "6"}
    at = fine(open_page(PAGE, **settings))
    model, text = engine()
    found = model.timeline(text, 6, decoding=Decoding("sampling", temperature=1.5, seed=6))
    drawn = [step for step in found.steps if step.rank > 1 and step.probability < 0.1]
    odd = min(drawn, key=lambda step: step.probability)
    assert at.slider(key="at").value == odd.index
    assert f"the draw fell on **{odd.token.display}**, an improbable piece" in said(at.markdown)
    assert {row["index"] for row in rows(at, "marked") if row["marked"]} >= {odd.index}
    fine(at.slider(key="at").set_value(0 if odd.index else 1).run())
    fine(at.pills(key="t_drawn").set_value(odd.index).run())
    assert at.slider(key="at").value == odd.index
