"""The attention sandbox: first sight, good input, bad input, hostile URLs."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from streamlit.testing.v1 import AppTest

from explorer import worked_example
from explorer.dashboard import answers
from explorer.dashboard.sandbox import details, editing, kinds, model_head, scaling
from explorer.dashboard.sandbox.shown import Shown
from explorer.generation import Decoding
from explorer.loading import load
from explorer.model import Seq2SeqModel
from explorer.recipe import Edit, Recipe
from explorer.worked_example import work
from tests.pages.visit import (
    badges,
    charts,
    drawn,
    fine,
    link,
    open_page,
    passed,
    said,
    scripts,
    shows,
    stop_while_writing,
)
from tests.printed import run

PAGE = "attention_sandbox"


def test_first_sight_is_the_notebooks_example_and_is_checked():
    at = fine(open_page(PAGE))
    steps = work(Recipe()).steps
    for name in ("scores", "scaled", "weights", "output"):
        assert shows(at, getattr(steps, name)[0]), name
    assert passed(at) == 1
    assert any(r"\sqrt{6}" in each.value for each in at.latex)
    assert not at.warning


@pytest.mark.parametrize(
    ("parameters", "recipe"),
    [
        ({"n": "3", "m": "7", "d_k": "9", "draw": "7"}, Recipe(7, 3, 7, 9)),
        ({"mask": "causal", "heat": "0.5"}, Recipe(mask="causal", temperature=0.5)),
        ({"mask": "padding", "padded": "2"}, Recipe(mask="padding", padded=2)),
        ({"scale": "none"}, Recipe(scale=1.0)),
        ({"scale": "my own", "factor": "-0.5"}, Recipe(scale=-0.5)),
        ({"positions": "T5: relative buckets"}, Recipe(positions="relative")),
        ({"positions": "BART: learned"}, Recipe(positions="learned")),
        ({"positions": "sinusoidal"}, Recipe(positions="sinusoidal")),
        ({"bias": "by distance", "slope": "2"}, Recipe(bias="distance", slope=2.0)),
        ({"edits": "Q.0.5=2.5"}, Recipe(edits=(Edit("Q", 0, 5, 2.5),))),
        (
            {"mask": "by hand", "edits": "mask.1.2=0"},
            Recipe(mask="drawn", edits=(Edit("mask", 1, 2, 0.0),)),
        ),
        (
            {"bias": "by hand", "edits": "bias.0.0=-3"},
            Recipe(bias="drawn", edits=(Edit("bias", 0, 0, -3.0),)),
        ),
    ],
)
def test_a_link_shows_what_it_asks_for(parameters, recipe):
    at = fine(open_page(PAGE, **parameters))
    steps = work(recipe).steps
    assert shows(at, steps.masked[0])
    assert shows(at, steps.weights[0])
    assert shows(at, steps.output[0])
    assert passed(at) == 1
    assert not at.warning


def test_heads_are_shown_one_by_one_and_together():
    at = fine(open_page(PAGE, head_count="3", head_shown="2"))
    example = work(Recipe(heads=3))
    assert shows(at, example.steps.scores[2])
    for weights in example.steps.weights:
        assert shows(at, weights)
    assert shows(at, example.concatenated)
    assert shows(at, example.result)


def test_a_cell_is_written_out():
    at = fine(open_page(PAGE, query="2", key="3"))
    steps = work(Recipe()).steps
    text = "".join(each.value for each in at.latex)
    assert "q_{2} \\cdot k_{3}" in text
    assert f"\\mathbf{{{steps.weights[0, 2, 3]:.4f}}}" in text
    mix = np.vstack([steps.weights[0, 2][:, None] * steps.value[0], steps.output[0, 2]])
    assert shows(at, mix)


def test_what_goes_in_and_the_rows_are_there_when_they_are_opened():
    at = link(PAGE)
    at.session_state["inputs_open"] = True
    at.session_state["rows_open"] = True
    at = fine(at.run())
    steps = work(Recipe()).steps
    for name in ("query", "key", "value"):
        assert shows(at, getattr(steps, name)[0]), name
    rows = at.table[-1].value
    assert list(rows["Row sum"]) == ["1.000000"] * 4
    most = [f"{row.argmax()} ({row.max():.0%})" for row in steps.weights[0]]
    assert [each.replace("\\", "") for each in rows["Most to key"]] == most
    bits = -(steps.weights[0] * np.log2(steps.weights[0])).sum(-1)
    assert [float(each) for each in rows["Entropy, bits"]] == pytest.approx(bits, abs=6e-4)


def test_a_control_changes_the_numbers():
    at = open_page(PAGE)
    next(each for each in at.slider if each.label == "Queries").set_value(2).run()
    assert shows(fine(at), work(Recipe(queries=2)).steps.weights[0])


def test_words_are_the_models_embeddings():
    at = fine(open_page(PAGE, **{"numbers": "Words", "queries_of": "The dog sleeps."}))
    from explorer.embeddings import embedding_rows
    from explorer.loading import store

    _, rows = embedding_rows(store().load("miniature-t5"), "The dog sleeps.", 32)
    assert shows(at, rows @ rows.T)
    assert passed(at) == 1


@pytest.mark.parametrize("model", ["miniature-t5", "miniature-bart"])
@pytest.mark.parametrize("stack", ["Encoder", "Decoder", "Cross"])
def test_a_head_of_the_model_is_what_the_model_computed(model, stack):
    at = fine(open_page(PAGE, **{"numbers": "A model's head", "head_stack": stack, "model": model}))
    assert passed(at) == 2
    assert any("against what the model itself computed" in each.value for each in at.markdown)
    assert any("+ \\overset" in each.value for each in at.latex) == (
        stack == "Decoder" or (model == "miniature-t5" and stack != "Cross")
    )


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"edits": "Q.1.2=nan"}, "Q holds no number (NaN) at [0, 1, 2]"),
        ({"mask": "padding", "padded": "4"}, "4 of 4 keys are padding"),
        (
            {"mask": "by hand", "edits": ";".join(f"mask.1.{key}=0" for key in range(4))},
            "Query 1 may look at no key",
        ),
        ({"numbers": "Words", "queries_of": " "}, "The text is empty"),
        ({"numbers": "Words", "queries_of": "dog " * 50}, "32 are drawn at most"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(parameters, sentence):
    at = open_page(PAGE, **parameters)
    assert not at.exception
    assert len(at.error) == 1
    assert sentence in said(at.error)


def test_a_hostile_link_gives_the_defaults_and_notices():
    hostile = "<script>alert(1)</script>"
    at = open_page(
        PAGE,
        n="1e99",
        d_k="-3",
        mask=hostile,
        scale=hostile,
        edits=f"Q.0.0=1;{hostile}",
        lesson="x",
    )
    fine(at)
    assert len(at.warning) >= 4
    assert shows(at, work(Recipe(edits=(Edit("Q", 0, 0, 1.0),))).steps.weights[0])


@pytest.mark.parametrize(
    "text", ["Q.0.0=inf", "Q.0.0=1e99", "Z.0.0=1", "Q.0.0", "Q.-1.0=2", "Q.0.0=1;" * 9000]
)
def test_edits_that_cannot_be_are_left_out(text):
    edits, refused = editing.read(text)
    assert refused
    assert set(edits.values()) <= {1.0}


def test_edits_survive_the_way_through_a_url():
    edits = {("Q", 0, 5): 2.5, ("mask", 1, 0): 0.0, ("bias", 2, 2): -1e-3, ("V", 3, 1): 123.456}
    assert editing.read(editing.written(edits)) == (edits, [])


@pytest.mark.parametrize("heads", ["1", "2"])
def test_an_edit_out_of_reach_waits(heads):
    at = fine(open_page(PAGE, head_count=heads, edits="Q.0.8=1"))
    recipe = Recipe(heads=int(heads), edits=(Edit("Q", 0, 8, 1.0),) if heads == "2" else ())
    assert shows(at, work(recipe).steps.weights[0])


def test_why_the_scale():
    at = fine(open_page(PAGE, lesson="Why the scale"))
    specs = [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]
    assert len(specs) == 4
    assert passed(at) == 1
    assert any("saturated" in each.value for each in at.markdown)


def test_three_kinds_have_three_masks():
    at = fine(open_page(PAGE, lesson="Three kinds", source="5", target="3", source_padding="1"))
    assert shows(at, work(Recipe(queries=5, keys=5, mask="padding")).steps.weights[0])
    assert shows(at, work(Recipe(queries=3, keys=3, mask="causal")).steps.weights[0])
    assert shows(at, work(Recipe(queries=3, keys=5, mask="padding")).steps.weights[0])
    last_hidden = ["0"] * 4 + ["−∞"]
    assert last_hidden * 5 in drawn(at)
    assert last_hidden * 3 in drawn(at)
    assert ["0", "−∞", "−∞", "0", "0", "−∞", "0", "0", "0"] in drawn(at)
    assert passed(at) == 1


def red(check):
    return not check.passed and check.difference > check.tolerance


def test_each_check_goes_red(monkeypatch):
    model = load("miniature-t5")
    own = model.head_steps("The dog sees the cat.", None, "encoder", 0, 0)
    sizes = {"queries": len(own.queries), "keys": len(own.keys), "d_k": own.queries.shape[1]}
    recipe = Recipe(**sizes, scale=own.scale, mask="given", bias="given")
    steps = work(recipe, model_head.given_by(own)).steps
    assert not model_head.changed(steps, own)
    assert model_head.same_as_model(steps, own).passed
    for name in ("weights", "output"):
        wrong = replace(steps, **{name: getattr(steps, name) + 0.01})
        assert red(model_head.same_as_model(wrong, own))
    three = kinds.three(42, 5, 3, 4, 1)
    assert kinds.check_kinds(three).passed
    for number in range(3):
        broken = list(three)
        example = broken[number].example
        steps = replace(example.steps, output=example.steps.output + 0.01)
        broken[number] = replace(broken[number], example=replace(example, steps=steps))
        assert red(kinds.check_kinds(broken))


def differs(at):
    """How many red badges stand on the page."""
    return sum(":red-badge[" in each for each in badges(at))


@pytest.mark.parametrize("link", [{}, {"numbers": "Words"}, {"numbers": "A model's head"}])
def test_the_badge_of_the_steps_is_red_where_they_are_wrong(monkeypatch, link):
    attend = worked_example.attend

    def wrong(*inputs, **options):
        steps = attend(*inputs, **options)
        return replace(steps, output=steps.output + 0.01)

    monkeypatch.setattr(worked_example, "attend", wrong)
    at = open_page(PAGE, **link)
    # A head is compared with the model as well.
    assert differs(at) == (2 if "head" in link.get("numbers", "") else 1)


def test_the_badge_of_the_heads_is_red_where_the_result_is_wrong(monkeypatch):
    assert differs(open_page(PAGE, head_count="3")) == 0
    concatenate = worked_example.concatenate_heads
    monkeypatch.setattr(worked_example, "concatenate_heads", lambda o: concatenate(o[::-1]))
    assert differs(open_page(PAGE, head_count="3")) == 1


@pytest.mark.parametrize("measure", ["deviation", "largest_weight", "entropy_bits", "gradient"])
@pytest.mark.parametrize("is_scaled", [True, False])
def test_the_badge_of_the_curves_is_red_where_one_is_wrong(monkeypatch, measure, is_scaled):
    original = scaling.saturation

    def wrong(seed):
        return tuple(
            replace(each, **{measure: getattr(each, measure) * 1.001})
            if each.is_scaled == is_scaled
            else each
            for each in original(seed)
        )

    monkeypatch.setattr(scaling, "saturation", wrong)
    assert differs(open_page(PAGE, lesson="Why the scale")) == 1


def test_the_sentence_on_the_scale_says_which_numbers_are_without_it():
    at = fine(open_page(PAGE, lesson="Why the scale", draw="5"))
    torch.manual_seed(5)
    query, key = torch.randn(1, 64, 1024).double()[0], torch.randn(1, 16, 1024).double()[0]
    raw = (query @ key.T).softmax(-1).amax(-1).mean()
    scaled = (query @ key.T / 32).softmax(-1).amax(-1).mean()
    assert raw > 0.9 > 0.5 > scaled
    sentence = next(each.value for each in at.markdown if "saturated" in each.value)
    without, _, with_scale = sentence.partition("With it:")
    assert f"**{raw:.2f}**" in without
    assert f"**{scaled:.2f}**" in with_scale


def test_the_terms_are_those_of_this_query_and_this_key():
    at = fine(open_page(PAGE, query="1", key="3"))
    steps = work(Recipe()).steps
    text = "".join(each.value for each in at.latex)
    written = [f"({v:.2f})" if v < 0 else f"{v:.2f}" for v in steps.query[0, 1]]
    others = [f"({v:.2f})" if v < 0 else f"{v:.2f}" for v in steps.key[0, 3]]
    places = [text.index(f"{a} \\cdot {b}") for a, b in zip(written, others, strict=True)]
    assert places == sorted(places)
    assert f"&= {steps.scores[0, 1, 3]:.2f}" in text
    assert f"= {steps.scaled[0, 1, 3]:.2f}" in text


@pytest.mark.parametrize("heat", [1.0, 0.5])
def test_a_weight_is_written_as_its_share_of_its_row(heat):
    at = fine(open_page(PAGE, query="1", key="2", heat=str(heat)))
    row = work(Recipe()).steps.scaled[0, 1] / heat
    assert row.argmax() != 2
    powers = np.exp(row - row.max())
    text = "".join(each.value for each in at.latex)
    assert rf"\frac{{{powers[2]:.4f}}}{{{powers.sum():.4f}}}" in text
    assert f"\\mathbf{{{powers[2] / powers.sum():.4f}}}" in text


def test_large_numbers_are_written_as_powers():
    at = fine(open_page(PAGE, edits="Q.0.0=1000;K.0.0=-1000"))
    text = "".join(each.value for each in at.latex)
    assert r"(-1.00 \times 10^{6})" not in text
    assert r"\times 10^{6}" in text
    assert "e+0" not in text
    assert "(-1 \\times 10^{3})" in text


def test_sums_and_entropies_are_said_below_the_maps():
    at = fine(open_page(PAGE, mask="causal"))
    weights = work(Recipe(mask="causal")).steps.weights[0]
    captions = " ".join(each.value for each in at.caption)
    terms = weights[weights > 0] * np.log2(weights[weights > 0])
    most = np.log2([1, 2, 3, 4]).mean()  # as many keys as each query may look at
    assert f"Their entropy is {-terms.sum() / 4:.2f} of at most {most:.2f} bits." in captions
    assert "6 of 16 hidden" in captions


def test_the_heads_entropies_are_said():
    at = fine(open_page(PAGE, head_count="3"))
    weights = work(Recipe(heads=3)).steps.weights
    bits = -(weights * np.log2(weights)).sum(-1).mean(-1)
    said_of = " ".join(each.value for each in at.markdown)
    for head, value in enumerate(bits):
        assert f"head {head}: {value:.2f}" in said_of


def _half():
    from dataclasses import replace

    from explorer.dashboard.sandbox import details
    from explorer.dashboard.sandbox.shown import Shown
    from explorer.recipe import Recipe
    from explorer.worked_example import work

    steps = work(Recipe()).steps
    half = Shown("half", replace(steps, weights=steps.weights / 2), "")
    details.show_rows(half, 0)


def test_a_row_that_does_not_sum_to_1_is_seen():
    at = AppTest.from_function(_half).run()
    assert list(at.table[0].value["Row sum"]) == ["0.500000"] * 4


def test_the_csv_holds_every_number():
    steps = work(Recipe(heads=2, mask="causal", bias="distance")).steps
    rows = details.cells_table(Shown("x", steps, ""))
    assert len(rows) == 2 * 4 * 4
    for row in rows:
        place = row["head"], int(row["query"]), int(row["key"])
        assert row["score"] == steps.scores[place]
        assert row["scaled"] == steps.scaled[place]
        assert row["with bias"] == steps.biased[place]
        assert row["weight"] == steps.weights[place]
        assert row["visible"] == (place[2] <= place[1])
    assert sum(row["weight"] for row in rows) == pytest.approx(8)


def test_the_decoder_reads_what_it_is_made_to_say():
    said_text = "Der Hund schläft."
    at = fine(
        open_page(
            PAGE, numbers="A model's head", head_stack="Decoder", head_says=said_text,
            head_layer="1", head_number="2",
        )
    )  # fmt: skip
    model = load("miniature-t5")
    text = model.card.tasks[0].compose(model.card.tasks[0].example)
    maps = model.attention(text, said_text)
    assert shows(at, maps.decoder[1, 2])
    own = model.attention(text)
    assert not shows(at, own.decoder[1, 2])
    assert passed(at) == 2
    np.testing.assert_allclose(printed(at)["weights"][0], maps.decoder[1, 2], atol=1e-4)


@pytest.fixture
def decoded(monkeypatch):
    """The texts whose answers are decoded, one after the other."""
    texts = []
    for name in ("stream", "generate"):
        original = getattr(Seq2SeqModel, name)

        def counted(model, text, *rest, original=original):
            texts.append(text)
            return original(model, text, *rest)

        monkeypatch.setattr(Seq2SeqModel, name, counted)
    return texts


def test_the_answer_is_written_once_for_all_heads(decoded):
    at = fine(open_page(PAGE, numbers="A model's head", head_stack="Cross", head_reads="The cat."))
    first = drawn(at)
    next(each for each in at.slider if each.key == "head_number").set_value(2).run()
    assert drawn(fine(at)) != first
    assert len(decoded) == 1


def test_the_encoder_needs_no_answer(decoded):
    at = fine(open_page(PAGE, numbers="A model's head", head_reads="The old cat reads."))
    model = load("miniature-t5")
    text = model.card.tasks[0].compose("The old cat reads.")
    assert decoded == []
    assert any(close(cells, model.attention(text).encoder[0, 0]) for cells in charts(at))
    assert passed(at) == 2


HEAD = {"numbers": "A model's head", "head_reads": "The cat.", "head_stack": "Decoder"}


def own_head():
    model = load("miniature-t5")
    return model.head_steps(model.card.tasks[0].compose("The cat."), None, "decoder", 0, 0)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"head_scale": "1/√d_k"}, "the scale"),
        ({"head_heat": "2.0"}, "the temperature"),
        ({"head_mask": "none"}, "the mask"),
        ({"head_bias": "none"}, "the bias"),
        ({"head_edits": "K.1.2=5"}, "K"),
        ({"head_mask": "by hand", "head_edits": "mask.2.0=0"}, "the mask"),
        ({"head_bias": "by hand", "head_edits": "bias.1.0=3"}, "the bias"),
    ],
)
def test_a_head_can_be_changed_and_agrees_with_torch_then(change, name):
    at = fine(open_page(PAGE, **HEAD, **change))
    assert any(f"Changed: {name}." in each.value for each in at.caption)
    assert passed(at) == 1
    own = own_head()
    rows = {each: getattr(own, each).astype(float) for each in ("queries", "keys", "values")}
    mask, bias, scale, heat = own.mask.copy(), own.bias.astype(float), own.scale, 1.0
    edits = change.get("head_edits", "")
    if name == "the scale":
        scale = 1 / np.sqrt(own.queries.shape[1])
    elif name == "the temperature":
        heat = 2.0
    elif name == "K":
        rows["keys"][1, 2] = 5
    elif edits.startswith("mask"):
        mask[2, 0] = False
    elif name == "the mask":
        mask[:] = True
    elif edits.startswith("bias"):
        bias[1, 0] = 3
    else:
        bias[:] = 0
    scores = torch.tensor(rows["queries"] @ rows["keys"].T * scale + bias)
    hidden = torch.tensor(~mask)
    weights = (scores.masked_fill(hidden, -torch.inf) / heat).softmax(-1)
    inputs = scores.masked_fill(hidden, torch.nan).numpy()
    # A sharp head hardly moves: what goes into its softmax tells.
    softmax_input = open_page(PAGE, **HEAD, **change, map="Softmax input")
    assert any(close(cells, inputs) for cells in charts(fine(softmax_input)))
    assert any(close(cells, weights.numpy()) for cells in charts(at))
    found = printed(at)
    np.testing.assert_allclose(found["weights"][0], weights, atol=1e-4)
    np.testing.assert_allclose(found["output"][0], weights @ rows["values"], atol=1e-4)
    np.testing.assert_allclose(found["the model's own weights"], own.weights, atol=1e-4)


def test_an_unchanged_head_is_the_models_own():
    at = fine(open_page(PAGE, **HEAD))
    assert not any("Changed:" in each.value for each in at.caption)
    assert passed(at) == 2
    assert any(close(cells, own_head().weights) for cells in charts(at))
    # What is changed in random numbers changes no head.
    at = fine(open_page(PAGE, **HEAD, edits="Q.0.0=9", mask="padding"))
    assert passed(at) == 2


def close(cells, array):
    """Whether the numbers of a heat map are those of a matrix."""
    if len(cells) != array.size or "exact" not in cells[0]:
        return False
    shown = [each["exact"].replace("\N{MINUS SIGN}∞", "nan") for each in cells]
    numbers = [float(each) for each in shown]
    return np.allclose(numbers, array.ravel(), rtol=1e-5, atol=2e-5, equal_nan=True)


def _ticked():
    import streamlit as st

    from explorer.dashboard.sandbox import editing
    from explorer.recipe import Recipe

    recipe = Recipe(mask="drawn")
    for rows in ({2: {"1": False}}, {}):
        # What the editor holds after a tick is taken away, and after it is put back.
        st.session_state["cells"] = {"edited_rows": rows}
        editing.keep("cells", "mask", recipe)
        st.session_state.setdefault("kept", []).append(len(editing.edits_for(recipe)))


def test_a_tick_that_is_put_back_is_no_edit():
    at = AppTest.from_function(_ticked).run()
    assert at.session_state["kept"] == [1, 0]
    assert "edits" not in at.query_params


def test_an_answer_can_be_stopped_and_decoded_again(monkeypatch):
    monkeypatch.setattr(answers, "PLAIN", Decoding(max_new_tokens=40, min_new_tokens=40))
    at = link(PAGE, numbers="A model's head", head_stack="Cross", head_reads="The cat stops.")
    fine(stop_while_writing(at, monkeypatch))
    again = next(each for each in at.button if each.label == "Decode again")
    stopped = next(each.max for each in at.slider if each.key == "query")
    assert 1 <= stopped < 39
    again.click().run()
    assert next(each.max for each in fine(at).slider if each.key == "query") == 39


def test_a_second_sentence_gives_the_keys_and_the_values():
    at = fine(
        open_page(
            PAGE, numbers="Words", queries_of="The dog sleeps.", keys_of="A cat sees the old dog."
        )
    )
    from explorer.embeddings import embedding_rows

    model = load("miniature-t5")
    _, query = embedding_rows(model, "The dog sleeps.", 32)
    _, key = embedding_rows(model, "A cat sees the old dog.", 32)
    assert len(query) != len(key)
    assert shows(at, query @ key.T)
    scores = torch.tensor(query @ key.T / np.sqrt(query.shape[1]))
    output = torch.softmax(scores, -1) @ torch.tensor(key)
    assert shows(at, output.numpy()[:, :40])
    found = printed(at)
    np.testing.assert_allclose(found["scores"][0], query @ key.T, atol=1e-4)
    np.testing.assert_allclose(found["output"][0], output, atol=1e-4)


def test_words_can_be_set_by_hand_cell_by_cell():
    at = fine(
        open_page(
            PAGE, numbers="Words", queries_of="The dog sleeps.", word_mask="by hand",
            word_edits="V.1.0=9;mask.0.2=0",
        )
    )  # fmt: skip
    from explorer.embeddings import embedding_rows

    _, rows = embedding_rows(load("miniature-t5"), "The dog sleeps.", 32)
    scores = torch.tensor(rows @ rows.T / np.sqrt(rows.shape[1]))
    scores[0, 2] = -torch.inf
    value = rows.copy()
    value[1, 0] = 9
    output = scores.softmax(-1).numpy() @ value
    assert shows(at, output[:, :40])
    assert passed(at) == 1
    np.testing.assert_allclose(printed(at)["output"][0], output, atol=1e-4)
    assert any("A tick lets the query" in each.value for each in at.caption)


def test_what_the_editor_cannot_reach_is_said():
    typed = "The dog sees the cat. " * 17
    at = link(PAGE, numbers="A model's head", head_reads=typed)
    at.session_state["cells_0"] = True
    at = fine(at.run())
    model = load("miniature-t5")
    text = model.card.tasks[0].compose(typed)
    pieces, width = model.head_steps(text, None, "encoder", 0, 0).queries.shape
    assert pieces > editing.MOST_ROWS
    limit = f"The first {editing.MOST_ROWS} rows and {width} columns of {pieces} and {width} can"
    assert any(limit in each.value for each in at.caption)
    short = link(PAGE, numbers="A model's head")
    short.session_state["cells_0"] = True
    assert not any("can be set." in each.value for each in fine(short.run()).caption)


def test_what_words_cannot_have_stays_with_random_numbers():
    at = fine(open_page(PAGE, positions="T5: relative buckets", mask="by hand"))
    numbers = next(each for each in at.button_group if each.key == "numbers")
    numbers.set_value("Words").run()
    positions = next(each for each in fine(at).selectbox if each.label == "Positions")
    assert positions.value == "none"
    assert "T5: relative buckets" not in positions.options
    numbers = next(each for each in at.button_group if each.key == "numbers")
    numbers.set_value("Random numbers").run()
    positions = next(each for each in fine(at).selectbox if each.label == "Positions")
    assert positions.value == "T5: relative buckets"
    mask = next(each for each in at.button_group if each.key == "mask")
    assert mask.value in ("by hand", ["by hand"])
    assert any("A tick lets the query" in each.value for each in at.caption)


def printed(at):
    """What the Python that the page gives to take home prints, by its names."""
    return run(scripts(at)[-1])[0]


def test_the_picked_cell_is_framed_in_every_map_of_scores():
    at = fine(open_page(PAGE, query="1", key="2"))
    framed = [
        [(cell["row"], cell["column"]) for cell in cells if cell["stroke"] != "transparent"]
        for cells in charts(at)
    ]
    assert framed.count([(1, 2)]) == 3


def test_the_longest_edits_fit_into_a_link_and_a_cut_never_changes_a_number():
    # The two largest matrices of ten-digit places, with numbers as long as they get.
    cells = [("K", row, column) for row in (10, 11) for column in range(100, 200)]
    edits = dict.fromkeys(cells, -1.23456789012e-05)
    edits[("bias", 11, 11)] = edits.pop(cells[0])
    assert len(edits) == editing.MOST_EDITS
    text = editing.written(edits)
    assert len(text) <= editing.MOST_URL_CHARACTERS
    assert editing.read(text) == (edits, [])
    one_more = text + ";Q.0.0=12.5"
    assert editing.read(one_more) == (edits, ["Q.0.0=12.5"])
    junk = "Q.0.0=1;" + "x" * (editing.MOST_URL_CHARACTERS - 10) + ";Q.0.1=12.5"
    found, refused = editing.read(junk)
    assert found == {("Q", 0, 0): 1.0}
    assert refused[-1] == "Q.0.1=12.5"


def _keeping():
    import streamlit as st

    from explorer.dashboard.sandbox import editing
    from explorer.recipe import Recipe

    recipe = Recipe(d_k=64)
    st.session_state["cells"] = {"edited_rows": st.session_state["rows"]}
    editing.keep("cells", "Q", recipe)
    st.session_state["cells_1_open"] = True
    st.session_state["kept"] = len(editing.edits_for(recipe))
    st.session_state["values"] = {(e.row, e.column): e.value for e in editing.edits_for(recipe)}
    editing.say_if_full()


def test_what_is_typed_is_kept_and_the_limit_is_said():
    at = AppTest.from_function(_keeping)
    at.session_state["rows"] = {1: {"2": 3.5}, 0: {"0": None}}
    at.run()
    values = at.session_state["values"]
    assert values[1, 2] == 3.5
    assert np.isnan(values[0, 0])
    assert not at.warning
    at = AppTest.from_function(_keeping)
    at.session_state["rows"] = {row: {str(c): 500.0 for c in range(64)} for row in range(4)}
    at.run()
    assert at.session_state["kept"] == editing.MOST_EDITS
    assert "200 cells are set by hand" in said(at.warning)
