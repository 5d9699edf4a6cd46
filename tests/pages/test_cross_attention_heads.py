"""Every head, what heads cause, bertviz and earlier answers, beside plain `transformers`."""

import base64
import json
import re
import zlib
from dataclasses import replace

import numpy as np
import pytest
import torch

import explorer
from explorer.attention import HeadRef
from explorer.attention_statistics import head_statistics
from explorer.bertviz_view import MAX_CELLS, MAX_DRAWN_CELLS
from explorer.checks import Check
from explorer.dashboard import badges
from explorer.dashboard.attention import heads
from explorer.dashboard.attention.computing import SEED, SENTENCES
from explorer.dashboard.attention.drawing import Part, narrowed
from explorer.dashboard.attention.reduced import Choice
from explorer.dashboard.attention.script import heads_script
from explorer.dashboard.memory import Memory
from tests.pages import visit
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
from tests.pages.visit import fine, link, open_page, said, scripts, stop_between_passes
from tests.test_bertviz_view import Elements

PAGE = "cross_attention"
TYPED = {"text": TEXT, "say": TARGET}


def without(layer, numbers, text=PREFIX + TEXT, target=TARGET, stack="EncDecAttention"):
    """The log-probability of each piece by plain transformers, with heads' columns at zero."""
    model, tokenizer = eager("miniature-t5")
    attention = model.decoder.block[layer].layer[1 if stack == "EncDecAttention" else 0]
    weight = getattr(attention, stack).o.weight.data
    kept = weight.clone()
    size = weight.shape[1] // 4
    for head in numbers:
        weight[:, head * size : (head + 1) * size] = 0
    ids = tokenizer(text_target=target, return_tensors="pt").input_ids
    source = tokenizer(text, return_tensors="pt").input_ids
    with torch.inference_mode():
        logits = model(input_ids=source, labels=ids).logits[0].double()
        answer = model.generate(source, max_new_tokens=64)[0]
    weight.copy_(kept)
    found = logits.log_softmax(-1).gather(1, ids[0][:, None])[:, 0].numpy()
    return found, tokenizer.decode(answer, skip_special_tokens=True)


def words_changed(before, after):
    """How many words of the longer text are not in the longest common run through both."""
    common = np.zeros((len(before) + 1, len(after) + 1), int)
    for i, first in enumerate(before):
        for j, second in enumerate(after):
            common[i + 1, j + 1] = (
                common[i, j] + 1 if first == second else max(common[i, j + 1], common[i + 1, j])
            )
    return max(len(before), len(after)) - common[-1, -1]


def test_every_head_has_its_numbers():
    at = fine(open_page(PAGE, look="Every head", **TYPED))
    table = at.dataframe[0].value
    assert len(table) == 12
    weights = plain_maps("Cross")
    for _, row in table.iterrows():
        one = weights[int(row["Layer"]), int(row["Head"])]
        entropy = -(one * np.log2(np.maximum(one, 1e-300))).sum(1).mean()
        assert row["Entropy (bits)"] == pytest.approx(entropy, abs=1e-3)
        assert row["Largest weight"] == pytest.approx(one.max(1).mean(), abs=1e-3)
        assert row["On special pieces"] == pytest.approx(one[:, -1].mean(), abs=1e-3)
        even = one.mean(0)
        effective = 2 ** -(even * np.log2(np.maximum(even, 1e-300))).sum() / one.shape[1]
        assert row["Coverage"] == pytest.approx(effective, abs=1e-3)
        places = np.arange(one.shape[0])[:, None] * (one.shape[1] - 1) / (one.shape[0] - 1)
        away = (one * np.abs(np.arange(one.shape[1]) - places)).sum(1).mean()
        assert row["Off the diagonal (pieces)"] == pytest.approx(away, abs=1e-3)


def test_heads_are_judged_on_other_sentences_than_they_are_chosen_by():
    import random

    from explorer.alignment import alignment_errors
    from explorer.miniatures import language

    at = fine(open_page(PAGE, look="Every head"))
    assert passed(at) == 3
    assert all(each.key != "show" for each in at.button_group)
    table = at.dataframe[0].value
    numbers = random.Random(SEED)
    examples = [
        language.example("translation", numbers, heldout=True) for _ in range(2 * SENTENCES)
    ]
    model = explorer.load("miniature-t5")
    chosen = alignment_errors(model, examples[:SENTENCES])
    judged = alignment_errors(model, examples[SENTENCES:])
    assert chosen.best[1:] == ("predicted", 2, 2)
    for _, row in table.iterrows():
        rate = judged.predicted[int(row["Layer"]), int(row["Head"])]
        assert row[heads.ERRORS] == pytest.approx(rate, abs=1e-4)
    assert table.iloc[0][heads.ERRORS] == table[heads.ERRORS].min() < 0.25
    reads = fine(open_page(PAGE, look="Every head", rows="reads")).dataframe[0].value
    best = reads.iloc[0]
    rate = judged.read[int(best["Layer"]), int(best["Head"])]
    assert best[heads.ERRORS] == pytest.approx(rate, abs=1e-4)
    assert rate == judged.read.min()


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
@pytest.mark.parametrize("rows", ["predicts", "reads"])
def test_the_python_prints_the_same_alignment_error_rates(name, rows):
    at = fine(open_page(PAGE, look="Every head", rows=rows, model=name))
    assert passed(at) == 3
    table = at.dataframe[0].value.sort_values(["Layer", "Head"])
    numbers = printed(scripts(at)[-1])
    np.testing.assert_allclose(numbers[-len(table) :], table[heads.ERRORS], atol=1e-4)
    assert (table[heads.ERRORS].min() < 0.25) or rows == "reads"


def test_a_model_without_known_links_says_so():
    at = fine(open_page(PAGE, look="Every head", model="miniature-bart-summary"))
    assert heads.ERRORS not in at.dataframe[0].value
    assert any("that translate or repair" in each.value for each in at.caption)


@pytest.mark.parametrize(
    "what", ["statistics_check.check_statistics", "alignment_check.check_alignment"]
)
def test_a_check_of_the_heads_that_fails_is_red(what, monkeypatch):
    monkeypatch.setattr("explorer.dashboard.attention.computing.memory", lambda: Memory())
    monkeypatch.setattr(f"explorer.{what}", lambda *_: Check("wrong", 0.5, 1e-5))
    at = fine(open_page(PAGE, look="Every head"))
    assert [each for each in at.markdown if ":red-badge[" in each.value and "0.5" in each.value]


def test_heads_of_the_encoder_have_no_alignment():
    at = fine(open_page(PAGE, look="Every head", stack="Encoder"))
    assert heads.ERRORS not in at.dataframe[0].value


@pytest.mark.parametrize("place", [0, 5])
def test_a_row_of_the_table_opens_its_own_head(place, monkeypatch):
    rows = [{"Layer": at // 4, "Head": at % 4} for at in reversed(range(12))]
    state = {"heads_table": {"selection": {"rows": [place]}}}
    monkeypatch.setattr(heads.st, "session_state", state)
    heads._opened(rows)
    assert (state["layer"], state["head"]) == divmod(11 - place, 4)
    assert (state["show"], state["look"]) == ("One head", "Map")


@pytest.mark.parametrize("stack", ["encoder", "decoder", "cross"])
def test_the_python_prints_the_same_statistics(stack):
    model = explorer.load("miniature-t5")
    maps = model.attention(PREFIX + TEXT, TARGET)
    choice = Choice(stack, "One head", 0, 0, (), (), True, True, "predicted")
    rows = heads.table(head_statistics(maps, stack), choice, None)
    names = [name for name in rows[0] if name not in ("Layer", "Head")]
    expected = [row[name] for name in names for row in rows]
    np.testing.assert_allclose(printed(heads_script(model, maps, choice)), expected, atol=2e-4)


@pytest.mark.parametrize("show", [None, "Mean"])
@pytest.mark.parametrize(
    ("off", "numbers"), [("This head", [1]), ("All heads of its layer", [0, 1, 2, 3])]
)
def test_what_heads_cause(off, numbers, show):
    parameters = {"show": show} if show else {}
    at = fine(open_page(PAGE, look="Switch off", off=off, layer="2", head="1", **parameters))
    # The head is chosen here, whatever the map shows.
    assert [each.key for each in at.slider if each.key in ("layer", "head")] == ["layer", "head"]
    task = explorer.load("miniature-t5").card.tasks[0]
    text = task.compose(task.example)
    _, before = without(2, [], text)
    own, _ = without(2, [], text, before)
    changed, after = without(2, numbers, text, before)
    change = next(each for each in at.metric if each.label.startswith("Change of the old"))
    shown_change = float(change.value.removesuffix(" nats").replace("\N{MINUS SIGN}", "-"))
    assert shown_change == pytest.approx((changed - own).sum(), rel=1e-3)
    words = next(each for each in at.metric if each.label == "Words that changed")
    assert int(words.value) == words_changed(
        *(re.findall(r"\w+|[^\w\s]", text) for text in (before, after))
    )
    assert (int(words.value) > 0) == (len(numbers) > 1)
    shown = visit.html(at)
    for word in after.split():
        assert word.strip(".") in shown
    assert passed(at) == 2


@pytest.mark.parametrize("say", [None, "Die Katze schläft."])
def test_the_picture_of_every_head_follows_the_target(say):
    parameters = {"say": say} if say else {}
    at = fine(open_page(PAGE, look="Switch off", text=TEXT, **parameters))
    target = say or without(0, [])[1]
    own, _ = without(0, [], target=target)
    changes = [
        [(without(layer, [head], target=target)[0] - own).sum() for head in range(4)]
        for layer in range(3)
    ]
    exact = np.array([float(cell["exact"]) for cell in cells(at)[0]]).reshape(3, 4)
    np.testing.assert_allclose(exact, changes, atol=1e-3)
    lowest = cells(at)[0][int(exact.argmin())]["fill"]
    red, _, blue = (int(lowest[at : at + 2], 16) for at in (1, 3, 5))
    assert red > blue  # orange
    words = " ".join(each.value for each in at.caption)
    assert "**Orange**: the head speaks for the target" in words
    metric = next(each for each in at.metric if each.label.startswith("Change of"))
    assert metric.label.split("Change of ")[1].startswith("your text" if say else "the old answer")
    layer = sum(without(2, [0, 1, 2, 3], target=target)[0] - own)
    shown = float(metric.value.removesuffix(" nats").replace("\N{MINUS SIGN}", "-"))
    assert shown == pytest.approx(layer, rel=1e-3)


def test_a_check_of_the_ablation_that_fails_is_red(monkeypatch):
    wrong = Check("ablation", 0.5, 1e-5)
    monkeypatch.setattr(explorer.model.Seq2SeqModel, "check_ablation", lambda *_: wrong)
    at = fine(open_page(PAGE, look="Switch off", text="The young cat sees the dog."))
    assert [each for each in at.markdown if ":red-badge[" in each.value and "0.5" in each.value]


def test_a_stopped_ablation_map_shows_what_is_there_and_goes_on(monkeypatch):
    monkeypatch.setattr("explorer.ablation.MAX_ROWS", 1)
    text = "The old dog sleeps in the small house."
    fine(open_page(PAGE, text=text))  # its answer is known from here on
    at = link(PAGE, look="Switch off", text=text)
    # The answer without the layer's heads comes first, in one pass.
    at = fine(stop_between_passes(at, monkeypatch, "ablation map"))
    known = [cell["exact"] != "not computed" for cell in cells(at)[0]]
    assert 0 < sum(known) < 12
    assert known == sorted(known, reverse=True)
    next(each for each in at.button if each.label == "Go on").click().run()
    assert all(cell["exact"] != "not computed" for cell in cells(fine(at))[0])
    assert not [each for each in at.button if each.label == "Go on"]


def drawn_page(at):
    """What the one frame on the page holds: its JSON, and weights (layer, head, row, column)."""
    (frame,) = at.get("iframe")
    elements = Elements(frame.proto.srcdoc)
    held = json.loads(elements.texts["payload"])
    raw = zlib.decompress(base64.b64decode(held["weights"]))
    weights = np.frombuffer(raw, np.uint8).reshape(held["shape"]) / held["levels"]
    return frame.proto.srcdoc, held["parameters"], weights


@pytest.mark.parametrize("lines", ["Head view", "Model view"])
@pytest.mark.parametrize("stack", ["Cross", "Encoder", "Decoder"])
def test_bertviz_draws_each_stack(lines, stack):
    at = fine(open_page(PAGE, look="bertviz", lines=lines, stack=stack, **TYPED))
    page, parameters, weights = drawn_page(at)
    assert f"<title>{stack} attention</title>" in page
    read = [[0], *[[place + 1 for place in word] for word in TARGET_WORDS[:-1]]]
    rows = SOURCE_WORDS if stack == "Encoder" else TARGET_WORDS
    columns = read if stack == "Decoder" else SOURCE_WORDS
    assert np.abs(weights - grouped(plain_maps(stack), rows, columns)).max() < 0.003
    names = SOURCE_NAMES if stack == "Encoder" else TARGET_NAMES
    assert parameters["attention"][0]["left_text"] == names
    assert parameters["include_layers"] == list(range(len(plain_maps(stack))))
    assert passed(at) == 1


def test_bertviz_draws_the_layers_heads_and_ranges_that_are_chosen():
    at = link(PAGE, look="bertviz", layers="1", heads="3", **TYPED)
    at.query_params["row_range"] = ["1", "3"]
    at.query_params["column_range"] = ["2", "7"]
    _, parameters, weights = drawn_page(fine(at.run()))
    whole = grouped(plain_maps("Cross"), TARGET_WORDS, SOURCE_WORDS)
    assert weights.shape == (1, 1, 3, 6)
    assert np.abs(weights[0, 0] - whole[1, 3, 1:4, 2:8]).max() < 0.003
    assert parameters["include_layers"] == [1]
    assert parameters["attention"][0]["left_text"] == TARGET_NAMES[1:4]
    assert not at.warning


def test_too_many_lines_are_counted_and_a_part_is_drawn():
    say = "Der kleine Hund sieht die alte Katze im Garten . " * 11
    at = fine(open_page(PAGE, look="bertviz", lines="Model view", stack="Decoder", say=say))
    maps = explorer.load("miniature-t5").attention(PREFIX + TEXT, say)
    sentence = said(at.info)
    words = len(say.split()) + 1
    assert f"{12 * words * words:,} lines" in sentence
    assert f"{MAX_DRAWN_CELLS:,}" in sentence
    assert "choose fewer layers" in sentence
    _, _, weights = drawn_page(at)
    assert 0 < weights.size <= MAX_DRAWN_CELLS < maps.decoder.size


@pytest.mark.parametrize("view", ["head", "model"])
@pytest.mark.parametrize("shape", [(3, 4, 12, 10), (12, 16, 300, 400), (6, 8, 128, 60)])
def test_what_is_too_large_to_draw_is_narrowed_and_said(view, shape):
    layers, count, rows, columns = shape
    wanted = Part(tuple(range(layers)), (0, rows), (0, columns))
    part = narrowed(wanted, count, view, layer=2)
    one = count * (part.rows[1] - part.rows[0]) * (part.columns[1] - part.columns[0])
    assert 0 < one * (len(part.layers) if view == "model" else 1) <= MAX_DRAWN_CELLS
    assert one * len(part.layers) <= MAX_CELLS
    assert 2 in part.layers
    assert (part == wanted) == (not part.sentence)


def an_earlier_answer(at):
    """Ask the playground with beams, then go to the cross-attention page."""
    at.switch_page(str(visit.ROOT / "pages" / "cross_attention.py")).run()
    return fine(at)


def test_an_earlier_answer_of_the_playground_is_a_target():
    model, tokenizer = eager("miniature-t5")
    text = "The zebra sleeps."
    at = fine(open_page("playground", text=text, strategy="beam", beams="3", min="9"))
    ids = model.generate(
        tokenizer(PREFIX + text, return_tensors="pt").input_ids,
        max_new_tokens=64, min_new_tokens=9, num_beams=3,
    )[0, 1:]  # fmt: skip
    at = an_earlier_answer(at)
    says = next(each for each in at.button_group if each.key == "says")
    says.set_value("An earlier answer").run()
    picked = next(each for each in fine(at).selectbox if each.key == "earlier")
    picked.set_value(next(at for at, each in enumerate(picked.options) if "beam" in each)).run()
    assert len(ids) >= 9
    source = tokenizer(PREFIX + text, return_tensors="pt").input_ids
    with torch.inference_mode():
        plain = model(input_ids=source, labels=ids[None], output_attentions=True)
    weights = torch.stack(plain.cross_attentions)[:, 0]
    words = next(each for each in at.toggle if each.key == "words")
    words.set_value(False).run()
    assert shows(fine(at), weights[2, 2].double().numpy())
    # The link alone, on another visit, shows the same.
    carried = {
        name: value if isinstance(value, str) else value[0]
        for name, value in at.query_params.items()
    }
    assert carried["pieces"] == ".".join(str(each) for each in ids.tolist())
    names = ("pieces", "source", "limit")
    kept = {name: carried[name] for name in names}
    again = fine(open_page(PAGE, says="An earlier answer", words="false", **kept))
    assert shows(again, weights[2, 2].double().numpy())
    assert not again.warning
    # Its own answer takes the pieces out of the link.
    says = next(each for each in at.button_group if each.key == "says")
    says.set_value("Its own answer").run()
    assert "pieces" not in fine(at).query_params


@pytest.mark.parametrize("pieces", ["99999999", "1.2.", "-1", "<script>", "1e3", ""])
def test_pieces_of_no_model_are_a_plain_notice(pieces):
    at = fine(
        open_page(PAGE, says="An earlier answer", pieces=pieces, source=PREFIX + TEXT, text=TEXT)
    )
    assert "cannot be" in said(at.warning)
    assert passed(at) == 2


def test_a_session_remembers_its_last_answers_only():
    from explorer.dashboard.earlier_answers import KEPT

    at = open_page("playground")
    for number in range(KEPT + 2):
        next(each for each in at.text_area if each.key == "text").set_value(
            f"The dog sees {number} cats."
        ).run()
    at = an_earlier_answer(fine(at))
    says = next(each for each in at.button_group if each.key == "says")
    says.set_value("An earlier answer").run()
    picked = next(each for each in fine(at).selectbox if each.key == "earlier")
    assert len(picked.options) <= KEPT
    assert f"sees {KEPT} cats" in " ".join(picked.options)
    assert "sees 0 cats" not in " ".join(picked.options)


def test_a_link_to_a_sampled_answer_carries_its_decoding():
    how = explorer.Decoding(strategy="sampling", temperature=5.0, top_k=50, seed=1,
                            max_new_tokens=20)  # fmt: skip
    model = explorer.load("miniature-t5")
    at = fine(open_page("playground", text=TEXT, strategy="sampling", temperature="5.0", k="50",
                        seed="1", max="20"))  # fmt: skip
    at = an_earlier_answer(at)
    says = next(each for each in at.button_group if each.key == "says")
    says.set_value("An earlier answer").run()
    picked = next(each for each in fine(at).selectbox if each.key == "earlier")
    picked.set_value(next(at for at, each in enumerate(picked.options) if "sampling" in each)).run()
    said_by = {
        name: value if isinstance(value, str) else value[0]
        for name, value in fine(at).query_params.items()
        if name in ("pieces", "source", "limit") or name.startswith("said_")
    }
    sampled = model.generate(PREFIX + TEXT, how)
    assert said_by["pieces"] == ".".join(map(str, sampled.tokens.ids))
    url = {"look": "Switch off", "off": "All heads of its layer", "layer": "2",
           "says": "An earlier answer", **said_by}  # fmt: skip
    at = fine(open_page(PAGE, **url))
    found = model.ablation(
        PREFIX + TEXT, tuple(HeadRef("cross", 2, head) for head in range(4)), how
    )
    assert at.metric[1].value == f"{badges.number_text(found.total_change)} nats"
    greedy = model.ablation(PREFIX + TEXT, found.heads, replace(how, strategy="greedy",
                            temperature=1, top_k=0, seed=0))  # fmt: skip
    assert found.after.text != greedy.after.text
    shown = " ".join(re.sub("<[^>]+>", " ", visit.html(at)).split())
    assert " ".join(re.findall(r"\w+", found.after.text)) in " ".join(re.findall(r"\w+", shown))
    for name, value in said_by.items():
        assert at.query_params[name] in (value, [value])


def test_settings_of_a_link_that_cannot_be_are_said_until_another_answer_is_chosen():
    model = explorer.load("miniature-t5")
    pieces = model.generate(PREFIX + TEXT, explorer.Decoding(strategy="beam", num_beams=2)).tokens
    url = {"says": "An earlier answer", "source": PREFIX + TEXT, "said_strategy": "beam",
           "said_temperature": "0.5", "said_beams": "-4",
           "pieces": ".".join(map(str, pieces.ids))}  # fmt: skip
    at = fine(open_page(PAGE, **url))
    for _ in range(2):
        assert sum("which cannot be: the default" in each.value for each in at.warning) == 2
        at.run()
    next(each for each in at.button_group if each.key == "says").set_value("Its own answer").run()
    assert not fine(at).warning


def test_a_head_without_effect_points_to_those_that_have_one():
    line, seen = "changed no word; the picture below", set()
    for off in ("This head", "All heads of its layer"):
        for layer in "012":
            at = fine(open_page(PAGE, look="Switch off", text=TEXT, off=off, layer=layer))
            same = at.metric[0].value == "0"
            assert any(line in each.value for each in at.caption) == same
            seen.add(same)
    assert seen == {True, False}


def test_a_stopped_answer_has_nothing_to_be_compared_with(monkeypatch):
    at = link(PAGE, look="Switch off", text="The old farmer sees the small dog in the garden.")
    at = visit.stop_while_writing(at, monkeypatch)
    assert "The answer was stopped" in said(fine(at).info)
    assert not at.metric


def test_ranges_stay_while_another_view_is_on_screen():
    at = fine(open_page(PAGE, look="bertviz", **TYPED))

    def slider():
        return next(each for each in at.slider if each.key == "row_range")

    slider().set_range(1, 3).run()
    assert slider().value == (1, 3)
    _, parameters, _ = drawn_page(fine(at))
    assert parameters["attention"][0]["left_text"] == TARGET_NAMES[1:4]
    look = next(each for each in at.button_group if each.key == "look")
    look.set_value("Map").run()
    next(each for each in fine(at).button_group if each.key == "look").set_value("bertviz").run()
    assert slider().value == (1, 3)


def test_a_link_to_bertviz_opens_on_its_layer_and_head():
    at = fine(open_page(PAGE, look="bertviz", layer="0", head="1", **TYPED))
    _, parameters, _ = drawn_page(at)
    assert (parameters["layer"], parameters["heads"]) == (0, [1])


def test_all_layers_stay_where_rows_are_cut():
    part = narrowed(Part(tuple(range(6)), (0, 512), (0, 512)), 8, "head", layer=2)
    assert part.layers == tuple(range(6))
    rows, columns = part.rows[1] - part.rows[0], part.columns[1] - part.columns[0]
    assert 8 * rows * columns <= MAX_DRAWN_CELLS < 8 * (rows + 1) * (columns + 1)


def test_bertviz_goes_home_as_numbers():
    at = fine(open_page(PAGE, look="bertviz", layers="1", heads="3", words="false", **TYPED))
    numbers = np.array(printed(scripts(at)[-1]))
    np.testing.assert_allclose(numbers, plain_maps("Cross")[1, 3].ravel(), atol=1e-4)
