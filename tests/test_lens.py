"""What the layers would have said, beside plain `transformers` and shallower models."""

import json
import math
import pickle
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import explorer
from explorer import layer_reading
from explorer.errors import ExplorerError
from explorer.families import FAMILIES as ALL_FAMILIES
from explorer.generation import Decoding
from explorer.lens import MAX_TOP
from explorer.lens_script import lens_script
from explorer.teacher_forcing import Rows
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, loaded
from tests.test_scripts import run

TARGET = "Der kleine Hund sieht die Katze."
STACKS = ("decoder", "encoder")


def look(model, stack, *arguments, **settings):
    read = model.lens if stack == "decoder" else model.encoder_lens
    return read(*arguments, **settings)


def plain_logits(module, found) -> torch.Tensor:
    """The logits (step, vocabulary) of a plain forward pass, in float64."""
    device = module.device
    with torch.inference_mode():
        return (
            module(
                input_ids=torch.tensor([found.source.ids], device=device),
                decoder_input_ids=torch.tensor([found.read.ids], device=device),
                use_cache=False,
            )
            .logits[0]
            .double()
            .cpu()
        )


def shortened(module, stack: str, layers: int):
    """A copy of a model with only the first layers of a stack: an ordinary, shallower model."""
    module = deepcopy(module)
    part = module.get_decoder() if stack == "decoder" else module.get_encoder()
    name = "block" if hasattr(part, "block") else "layers"
    setattr(part, name, getattr(part, name)[:layers])
    return module


def compare(found, layer: int, logits: torch.Tensor) -> None:
    """One layer of a lens beside logits (step, vocabulary) from elsewhere."""
    free = ~found.forced
    probabilities = logits.softmax(-1).numpy()[free]  # (step, vocabulary)
    ids = np.array(found.target.ids)[free]
    steps = np.arange(len(ids))
    top_ids, top = found.top_ids[layer, free], found.top_probabilities[layer, free]
    best = np.sort(probabilities, -1)[:, ::-1][:, : top.shape[1]]
    assert np.abs(best - top).max() < 1e-5
    assert np.abs(probabilities[steps[:, None], top_ids] - top).max() < 1e-5
    said = probabilities[steps, ids]
    assert np.abs(said - found.probability[layer, free]).max() < 1e-5
    above = (probabilities > said[:, None] + 1e-7).sum(-1)
    near = (probabilities > said[:, None] - 1e-7).sum(-1)
    assert (above < found.rank[layer, free]).all()
    assert (found.rank[layer, free] <= near).all()
    entropy = -(probabilities * np.log2(probabilities + 1e-300)).sum(-1)
    assert np.abs(entropy - found.entropy_bits[layer, free]).max() < 1e-4


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("target", [None, TARGET])
def test_the_last_layer_is_the_model(family, stack, target):
    model = loaded(family)
    found = look(model, stack, SOURCE, target)
    compare(found, -1, plain_logits(model.module, found))
    check = model.check_lens(found)
    assert check.passed
    assert check.difference < 1e-5


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_an_earlier_layer_is_a_shallower_model(family, stack):
    """Norm, scaling, output layer and bias: all as in a model that has only so many layers."""
    model = loaded(family)
    found = look(model, stack, SOURCE, TARGET, top=7)
    depth = model.facts.decoder_layers if stack == "decoder" else model.facts.encoder_layers
    assert found.layers == depth
    for layer in range(depth):
        compare(found, layer, plain_logits(shortened(model.module, stack, layer + 1), found))


@pytest.mark.parametrize("family", FAMILIES)
def test_the_last_norm_is_named_by_the_family(family):
    model = loaded(family)
    known = next(one for one in ALL_FAMILIES if one.name == family)
    name = layer_reading.last_norm_name(model)
    for part in (model.module.get_encoder(), model.module.get_decoder()):
        norms = {"final_layer_norm", "layer_norm"} & set(dict(part.named_children()))
        assert norms == ({name} if known.last_norms else set())


@pytest.mark.parametrize("stack", STACKS)
def test_shapes_and_spellings(stack):
    model = loaded("nllb")
    found = look(model, stack, SOURCE, TARGET, top=3)
    layers, steps = found.layers, len(found.target)
    assert found.stack == stack
    assert found.top_ids.shape == found.top_probabilities.shape == (layers, steps, 3)
    assert found.probability.shape == found.rank.shape == found.entropy_bits.shape
    assert found.rank.shape == (layers, steps)
    assert found.forced.shape == found.first_on_top.shape == found.stays_on_top.shape == (steps,)
    assert found.target == model.tokenize_target(TARGET)
    assert found.read.ids == (model.rules.start, *found.target.ids[:-1])
    assert found.source == model.tokenize(SOURCE)
    for layer in range(layers):
        for step in range(steps):
            ids = found.top_ids[layer, step].tolist()
            assert found.top_pieces[layer][step] == model.reader.pieces(ids)
            assert found.top_display[layer][step] == model.reader.display(ids)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_own_answer_is_on_top_of_the_last_layer(family, stack):
    model = loaded(family)
    found = look(model, stack, SOURCE)
    assert found.target == model.generate(SOURCE).tokens
    top = found.top_ids[-1, :, 0]
    forbidden = {word[0] for word in model.rules.bad_words if len(word) == 1}
    for step, number in enumerate(found.target.ids):
        assert top[step] == number or top[step] in forbidden
    assert (found.first_on_top[top == found.target.ids] >= 0).all()


@pytest.mark.parametrize("stack", STACKS)
def test_forced_pieces_are_certain(stack):
    model = loaded("bart")
    found = look(model, stack, SOURCE)
    expected = model.rules.forced(found.target.ids, Decoding().max_new_tokens)
    assert found.forced.tolist() == expected
    assert found.forced[0]
    assert (found.top_ids[:, found.forced, 0] == np.array(found.target.ids)[found.forced]).all()
    assert (found.probability[:, found.forced] == 1).all()
    assert (found.top_probabilities[:, found.forced, 0] == 1).all()
    assert (found.top_probabilities[:, found.forced, 1:] == 0).all()
    assert (found.entropy_bits[:, found.forced] == 0).all()
    assert (found.rank[:, found.forced] == 1).all()
    assert (found.first_on_top[found.forced] == 0).all()
    assert found.stays_on_top[found.forced].all()
    # The others keep the order in which the layer has them.
    logits = plain_logits(model.module, found)[0].clone()
    logits[found.target.ids[0]] = -torch.inf
    assert found.top_ids[-1, 0, 1:].tolist() == logits.topk(4).indices.tolist()
    assert not look(model, stack, SOURCE, TARGET).forced[1:].any()


def test_first_on_top_and_whether_it_stays():
    found = loaded("t5").lens(SOURCE, TARGET)
    rank = np.array([[0, 0, 3, 5, 1], [2, 0, 0, 4, 0], [0, 0, 0, 1, 2]])
    found = replace(found, rank=rank + 1)
    assert found.first_on_top.tolist() == [0, 0, 1, -1, 1]
    assert found.stays_on_top.tolist() == [False, True, True, False, False]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    family=st.sampled_from(FAMILIES),
    stack=st.sampled_from(STACKS),
    text=st.text("Hund sieht, kz\n.", min_size=1, max_size=30).filter(str.strip),
    target=st.text("Hund sieht, kz.", min_size=1, max_size=20).filter(str.strip),
    top=st.integers(1, MAX_TOP),
)
def test_laws_of_every_lens(family, stack, text, target, top):
    model = loaded(family)
    found = look(model, stack, text, target, top)
    assert found.top_ids.shape[-1] == top
    assert (np.diff(found.top_probabilities, axis=-1) <= 0).all()
    assert (found.top_probabilities.sum(-1) <= 1 + 1e-5).all()
    assert (found.entropy_bits >= 0).all()
    assert (found.entropy_bits <= math.log2(model.facts.vocabulary_size) + 1e-4).all()
    layers, steps = np.nonzero(found.rank <= top)
    shown = found.top_probabilities[layers, steps, found.rank[layers, steps] - 1]
    assert np.array_equal(shown, found.probability[layers, steps])
    assert model.check_lens(found).passed


@pytest.mark.parametrize("stack", STACKS)
def test_in_parts_it_is_the_same(stack, monkeypatch):
    model = loaded("marian")
    whole = look(model, stack, SOURCE, TARGET)
    # Room for the logits of three rows, or for one encoder layer.
    monkeypatch.setattr(layer_reading, "MAX_LOGITS", 3 * model.facts.vocabulary_size + 5)
    monkeypatch.setattr(layer_reading, "MAX_ROWS", 1)
    parts = look(model, stack, SOURCE, TARGET)
    assert np.array_equal(parts.top_ids, whole.top_ids)
    assert np.abs(parts.top_probabilities - whole.top_probabilities).max() < 1e-5
    assert np.array_equal(parts.rank, whole.rank)


@pytest.mark.parametrize("stack", STACKS)
def test_progress_is_told_and_it_can_be_stopped(stack, monkeypatch):
    model, told = loaded("marian"), []
    monkeypatch.setattr(layer_reading, "MAX_LOGITS", 5 * model.facts.vocabulary_size)
    monkeypatch.setattr(layer_reading, "MAX_ROWS", 1)
    found = look(model, stack, SOURCE, TARGET, progress=lambda *look: told.append(look))
    read = 1 if stack == "decoder" else 1 + found.layers
    total = read + math.ceil(found.rank.size / 5)
    assert total > 4
    assert told == [(done, total) for done in range(1, total + 1)]

    for count in range(1, total):
        cancelled, seen = Event(), []

        def stop(now, total, count=count, cancelled=cancelled, seen=seen):
            seen.append(now)
            if now == count:
                cancelled.set()

        with pytest.raises(ExplorerError, match=f"lens was stopped after {count} of {total} "):
            look(model, stack, SOURCE, TARGET, cancelled=cancelled, progress=stop)
        assert seen == list(range(1, count + 1))
    with pytest.raises(ExplorerError, match="stopped before its first pass"):
        look(model, stack, SOURCE, cancelled=cancelled)


def test_the_check_holds_few_rows_at_a_time(monkeypatch):
    model = loaded("bart")  # whose first piece is forced
    found = model.lens(SOURCE)
    whole = model.check_lens(found)
    sizes = []
    monkeypatch.setattr("explorer.teacher_forcing.MAX_LOGITS", 2 * model.facts.vocabulary_size)
    rows = Rows.__iter__

    def watched(self):
        for start, part in rows(self):
            sizes.append(len(part))
            yield start, part

    monkeypatch.setattr(Rows, "__iter__", watched)
    assert model.check_lens(found).difference == pytest.approx(whole.difference, abs=1e-9)
    assert set(sizes[:-1]) == {2}
    assert sum(sizes) == len(found.target)
    wrong = found.probability.copy()
    wrong[-1, -1] += 0.001  # in the last part
    assert not model.check_lens(replace(found, probability=wrong)).passed


def test_both_lenses_end_in_the_same_model():
    """An earlier encoder layer changes what is said; the last is that of the other lens."""
    model = loaded("t5")
    found = model.encoder_lens(SOURCE, TARGET)
    assert np.abs(found.probability[0] - found.probability[-1]).max() > 1e-4
    decoder = model.lens(SOURCE, TARGET)
    assert np.abs(found.top_probabilities[-1] - decoder.top_probabilities[-1]).max() < 1e-5


@pytest.mark.parametrize("stack", STACKS)
def test_the_pieces_of_an_answer(stack):
    model = explorer.load("miniature-t5")
    text = "translate English to German: The small dog sees the old cat."
    tree = model.beam_search(text, 3)
    found = look(model, stack, text, tree.hypotheses[0].tokens)
    path = [tree.nodes[at].log_probability for at in tree.hypotheses[0].path]
    assert np.abs(np.log(found.probability[-1]) - path).max() < 1e-4
    assert model.check_lens(found).passed
    assert not found.stays_on_top[found.first_on_top < 0].any()
    # A trained model makes up its mind on the way.
    assert found.probability[-1].mean() > found.probability[0].mean()


def test_a_wrong_last_layer_is_found():
    model = loaded("mbart")
    found = model.lens(SOURCE, TARGET)
    for name in ("top_probabilities", "probability"):
        wrong = getattr(found, name).copy()
        wrong[-1, 2] += 0.001
        assert not model.check_lens(replace(found, **{name: wrong})).passed
    wrong_ids = found.top_ids.copy()
    wrong_ids[-1, 2] = (wrong_ids[-1, 2] + 1) % 100
    assert not model.check_lens(replace(found, top_ids=wrong_ids)).passed
    broken = found.probability.copy()
    broken[-1, 1] = np.nan
    assert not model.check_lens(replace(found, probability=broken)).passed


@pytest.mark.parametrize("stack", STACKS)
def test_the_last_piece_of_an_answer_that_was_cut_off_is_forced(stack):
    model = loaded("bart")
    assert model.rules.forced_last
    answer = model.generate(SOURCE, Decoding(max_new_tokens=6)).tokens
    assert len(answer) == 6
    for limit, forced in ((6, True), (7, False), (None, False)):
        found = look(model, stack, SOURCE, answer, max_new_tokens=limit)
        assert found.forced.tolist() == [True, False, False, False, False, forced]
        assert (found.probability[:, -1] == 1).all() == forced


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"text": " \n"}, "The text is empty"),
        ({"target": "  "}, "The target is empty"),
        ({"target": "Hund " * 300}, "can write at most"),
        ({"top": 0}, f"top is 0; it must be a whole number from 1 to {MAX_TOP}"),
        ({"top": MAX_TOP + 1}, f"top is {MAX_TOP + 1}"),
        ({"top": True}, "top is True"),
        ({"top": 2.0}, "top is 2.0"),
    ],
)
def test_what_is_refused(stack, arguments, message):
    with pytest.raises(ExplorerError, match=message):
        look(loaded("bart"), stack, **{"text": SOURCE, "target": TARGET, **arguments})


@pytest.mark.parametrize("stack", STACKS)
def test_damaged_weights_are_said(stack, checkpoint):
    from explorer.checkpoint import open_checkpoint

    model = open_checkpoint("damaged", checkpoint("t5"), loaded("t5").device)
    with torch.no_grad():
        model.module.lm_head.weight[:] = math.nan
    with pytest.raises(ExplorerError, match="values that are not numbers"):
        look(model, stack, SOURCE, TARGET)


def test_other_answers_are_untouched():
    model = loaded("pegasus")
    before = model.generate(SOURCE)
    model.lens(SOURCE)
    model.encoder_lens(SOURCE)
    after = model.generate(SOURCE)
    assert after.tokens == before.tokens
    assert after.token_log_probabilities == before.token_log_probabilities


def test_many_people_at_the_same_time():
    models = [loaded(family) for family in ("t5", "bart", "nllb")]
    jobs = [(model, stack) for model in models for stack in STACKS]
    alone = [look(model, stack, SOURCE, TARGET).top_ids for model, stack in jobs]
    with ThreadPoolExecutor(6) as pool:
        found = pool.map(lambda job: look(*job, SOURCE, TARGET).top_ids, jobs * 3)
        for one, expected in zip(found, alone * 3, strict=True):
            assert np.array_equal(one, expected)


def test_a_row_of_the_embedding_without_a_piece_has_a_number():
    reader = loaded("t5").reader
    beyond = len(loaded("t5").tokenizer) + 3
    assert reader.pieces([3, beyond]) == (*reader.pieces([3]), f"⟨{beyond}⟩")
    assert reader.display([3, beyond]) == (*reader.display([3]), f"⟨{beyond}⟩")


def test_the_result_holds_no_model():
    found = loaded("bart").lens(SOURCE, TARGET)
    raw = pickle.dumps(found)
    assert b"torch" not in raw
    again = pickle.loads(raw)
    assert np.array_equal(again.top_probabilities, found.top_probabilities)
    assert again.target == found.target


@pytest.mark.timeout(600)
def test_the_script_prints_the_same(tmp_path):
    found = [
        look(loaded(family), stack, SOURCE, TARGET, top=3)
        for family in ("t5", "mt5", "bart", "marian", "mbart")
        for stack in STACKS
    ]
    models = [loaded(family) for family in ("t5", "mt5", "bart", "marian", "mbart") for _ in STACKS]
    scripts = [
        # The runner reads a text and a number from each script.
        "lines = []\nshow, print = print, lines.append\n"
        f"{lens_script(model, one)}"
        "import json\nshow(json.dumps(lines))\nshow(len(lines))\n"
        for model, one in zip(models, found, strict=True)
    ]
    for one, (printed, count) in zip(found, run(scripts, tmp_path), strict=True):
        lines = json.loads(printed)
        assert count == 2 * one.layers
        assert np.array_equal(lines[::2], one.top_ids)
        assert np.abs(np.array(lines[1::2]) - one.top_probabilities).max() < 1e-4
