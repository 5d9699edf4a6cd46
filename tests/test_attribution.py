import ast
import copy
import json
import os
import pickle
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from itertools import pairwise
from threading import Event

import numpy as np
import pandas
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as some
from transformers import AutoModelForSeq2SeqLM

import explorer
from explorer.attribution import (
    METHODS,
    Attribution,
    DeletionCurve,
    area,
    order_of,
    ranks,
    removals,
    removed_sets,
    spearman,
)
from explorer.attribution_methods import MAX_WORDS
from explorer.attribution_passes import (
    Removing,
    input_embeddings,
    input_x_gradient,
    log_probability,
    present,
)
from explorer.attribution_script import attribution_script
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, folder, loaded

TARGET = "Der kleine Hund sieht die Katze."
STEP = 3
TRANSLATED = "translate English to German: The small dog sees the old cat."

SCRIPTS = """
import contextlib, io, json, sys
for script in json.load(sys.stdin):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    print(json.dumps(said.getvalue()))
assert not any(name.split(".")[0] == "explorer" for name in sys.modules)
"""


@cache
def found(family):
    return loaded(family).attribution(SOURCE, TARGET, STEP)


@cache
def exact(family):
    """The model in float64, in which the order of sums does not matter."""
    model = loaded(family)
    return replace(model, module=copy.deepcopy(model.module).double())


@cache
def plain(family):
    """The checkpoint as `transformers` itself loads it, in float64."""
    return AutoModelForSeq2SeqLM.from_pretrained(
        folder(family), dtype=torch.float64, attn_implementation="eager"
    ).eval()


def plain_log_probability(module, ids, start, target, step):
    with torch.inference_mode():
        logits = module(
            input_ids=torch.tensor([ids]),
            decoder_input_ids=torch.tensor([[start, *target.ids[:step]]]),
            use_cache=False,
        ).logits[0, -1]
    return logits.double().log_softmax(-1)[target.ids[step]].item()


def without(tokens, words):
    """The ids of a text without some of its words, by the tokens' own word numbers."""
    return [id for id, word in zip(tokens.ids, tokens.words, strict=True) if word not in words]


@pytest.mark.parametrize("family", FAMILIES)
def test_laws(family):
    model, one = loaded(family), found(family)
    assert one.target == model.tokenize_target(TARGET)
    assert one.piece == one.target.display[STEP]
    pieces = len(one.source)
    assert one.piece_attention.shape == one.piece_gradient.shape == (pieces,)
    assert one.piece_attention.sum() == pytest.approx(1, abs=1e-5)
    ranked = [place for unit in one.words for place in unit.pieces]
    assert ranked == [place for place in range(pieces) if one.source.words[place] is not None]
    assert len(ranked) < pieces  # the pieces around the text are not ranked
    assert [unit.text for unit in one.words] == list(one.source.word_texts)
    for number, unit in enumerate(one.words):
        places = list(unit.pieces)
        assert one.attention[number] == pytest.approx(one.piece_attention[places].sum())
        assert one.gradient[number] == pytest.approx(one.piece_gradient[places].sum())
    count = len(one.words)
    everything = [*(curve.probabilities for curve in one.curves), *one.random_probabilities]
    for probabilities in everything:
        assert probabilities.shape == (count + 1,)
        assert probabilities[0] == pytest.approx(one.probability, rel=1e-12)
        assert probabilities[-1] == everything[0][-1]
    orders = [*(curve.order for curve in one.curves), *one.random_orders]
    assert all(sorted(order) == list(range(count)) for order in orders)
    for method, curve in zip(METHODS, one.curves, strict=True):
        assert curve.method == method
        assert curve == one.curve(method)
        assert curve.order == order_of(one.scores(method))
        assert 0 <= curve.area <= 1
    assert len(one.random_orders) == 20
    assert one.random_probabilities.shape == (20, count + 1)
    assert len(set(one.random_orders)) > 10
    # The first word to go is the word left out.
    first = one.curve("attention").order[0]
    left = one.curve("attention").probabilities[1]
    assert left == pytest.approx(np.exp(one.log_probability - one.left_out[first]))
    again = pickle.loads(pickle.dumps(one))
    assert again.left_out.tobytes() == one.left_out.tobytes()
    assert again.verdict == one.verdict
    assert {array.dtype for array in (one.attention, one.gradient, one.left_out)} == {
        np.dtype("float64")
    }


@pytest.mark.parametrize("family", FAMILIES)
def test_leaving_out_is_what_transformers_says_without_the_word(family):
    model, one = exact(family), exact(family).attribution(SOURCE, TARGET, STEP, random_orders=2)
    source, start = one.source, model.rules.start

    def own(words):
        ids = without(source, words)
        return plain_log_probability(plain(family), ids, start, one.target, STEP)

    assert one.log_probability == pytest.approx(own(set()), abs=1e-5)
    for number, unit in enumerate(one.words):
        drop = own(set()) - own({unit.word})
        assert one.left_out[number] == pytest.approx(drop, abs=1e-4)
    curves = [(curve.order, curve.probabilities) for curve in one.curves]
    curves += list(zip(one.random_orders, one.random_probabilities, strict=True))
    for order, probabilities in curves:
        for count, probability in enumerate(probabilities):
            gone = {one.words[number].word for number in order[:count]}
            assert probability == pytest.approx(np.exp(own(gone)), rel=1e-4)
    assert np.abs(one.left_out).max() > 0.1
    # In float32, as people see it, rounding is all that differs.
    assert np.abs(found(family).left_out - one.left_out).max() < 5e-3


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", [0, 1, 4])
def test_a_padded_batch_is_many_single_passes(family, step):
    model = exact(family)
    source, target = model.tokenize(SOURCE), model.tokenize_target(TARGET)
    words = found(family).words
    together = Removing(model, source, target, step, words)
    sets = removed_sets(len(words), [tuple(range(len(words)))])
    together.read(sets, len(sets))
    lengths = {len(together._without(gone)) for gone in sets}
    assert len(lengths) > 2  # so there is padding
    for gone in sets:
        alone = Removing(model, source, target, step, words)
        alone.read([gone], 1)
        assert together.found[gone] == pytest.approx(alone.found[gone], abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", [0, 1, 4])
def test_embeddings_are_read_as_the_pieces_themselves(family, step):
    model = exact(family)
    source, target = model.tokenize(SOURCE), model.tokenize_target(TARGET)
    rows = input_embeddings(model, source)
    ids = torch.tensor([source.ids])
    with torch.inference_mode():
        by_rows, by_ids = (
            log_probability(model, inputs, present(rows), target, step).item()
            for inputs in ({"inputs_embeds": rows}, {"input_ids": ids})
        )
    assert by_rows == pytest.approx(by_ids, abs=1e-5)
    own = plain_log_probability(plain(family), source.ids, model.rules.start, target, step)
    assert by_ids == pytest.approx(own, abs=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("step", [1, STEP])
def test_the_gradient_is_the_one_that_a_hook_sees(family, step):
    model = exact(family)
    source, target = model.tokenize(SOURCE), model.tokenize_target(TARGET)
    module, seen = copy.deepcopy(plain(family)), []

    def watch(part, inputs, output):
        if not seen:  # the encoder reads first
            seen.append(output.detach().requires_grad_())
            return seen[0]
        return output

    handles = [
        part.register_forward_hook(watch)
        for part in {module.get_encoder().embed_tokens, module.get_input_embeddings()}
    ]
    logits = module(
        input_ids=torch.tensor([source.ids]),
        decoder_input_ids=torch.tensor([[model.rules.start, *target.ids[:step]]]),
        use_cache=False,
    ).logits[0, -1]
    logits.log_softmax(-1)[target.ids[step]].backward()
    for handle in handles:
        handle.remove()
    own = (seen[0] * seen[0].grad).sum(-1)[0].detach().numpy()
    ours = input_x_gradient(model, source, target, step)
    assert np.abs(own).max() > 0.1
    assert np.abs(ours - own).max() < 1e-3 * np.abs(own).max()


def wrongs(one):
    """Attributions with one thing wrong in each."""
    turned = one.gradient.copy()
    largest, other = np.abs(one.gradient).argmax(), np.abs(one.gradient).argmin()
    turned[[largest, other]] = turned[[other, largest]]
    yield from (
        replace(one, gradient=wrong)
        for wrong in (-one.gradient, turned, np.full_like(one.gradient, np.nan))
    )
    for factor in (1.03, 0.97, 100.0, 0.0):
        yield replace(
            one, gradient=one.gradient * factor, piece_gradient=one.piece_gradient * factor
        )
    yield replace(one, piece_gradient=one.piece_gradient[::-1])
    yield replace(one, attention=one.attention[::-1])
    yield replace(one, piece_attention=one.piece_attention[::-1])
    yield replace(one, attention=one.attention * 1.03)
    yield replace(one, left_out=np.full_like(one.left_out, -7))
    yield replace(one, left_out=np.full_like(one.left_out, np.nan))
    yield replace(one, left_out=one.left_out * 1.1)
    yield replace(one, log_probability=one.log_probability - 0.1 * np.abs(one.left_out).max())
    for place in range(len(METHODS)):
        curve = one.curves[place]
        for wrong in (
            replace(curve, probabilities=curve.probabilities * 0),
            replace(curve, probabilities=curve.probabilities[::-1]),
            replace(curve, order=curve.order[::-1]),
        ):
            yield replace(one, curves=(*one.curves[:place], wrong, *one.curves[place + 1 :]))
    yield replace(one, random_probabilities=one.random_probabilities * 0)
    yield replace(one, random_orders=tuple(order[::-1] for order in one.random_orders))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("precise", [False, True], ids=["float32", "float64"])
def test_the_check(family, precise):
    model = exact(family) if precise else loaded(family)
    one = model.attribution(SOURCE, TARGET, 1, random_orders=1)
    check = model.check_attribution(one)
    assert check.tolerance == (1e-3 if precise and family not in ("t5", "mt5") else 0.01)
    assert check.passed, check
    for number, wrong in enumerate(wrongs(one)):
        assert not model.check_attribution(wrong).passed, number


def test_the_check_of_one_layer_and_head():
    model = loaded("bart")
    ones = [
        model.attribution(SOURCE, TARGET, STEP, layer, head, random_orders=1)
        for layer, head in ((None, None), (1, None), (None, 1), (1, 0))
    ]
    for one in ones:
        for other in ones:
            apart = np.abs(one.piece_attention - other.piece_attention).max()
            said = replace(one, layer=other.layer, head=other.head)
            assert model.check_attribution(said).passed == (one is other), apart


def test_the_check_leaves_the_model_as_it_is():
    for model in (loaded("bart"), exact("t5")):
        before = {name: value.clone() for name, value in model.module.state_dict().items()}
        implementation = model.module.config._attn_implementation
        model.check_attribution(model.attribution(SOURCE, TARGET, 1, random_orders=1))
        assert model.module.config._attn_implementation == implementation
        for name, value in model.module.state_dict().items():
            assert value.dtype == before[name].dtype
            assert torch.equal(value, before[name])


@pytest.mark.parametrize("copied", [True, False])
@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart", "miniature-bart-summary"])
def test_the_check_passes_for_the_bundled_models(name, copied, monkeypatch):
    if not copied:  # as for a larger model
        monkeypatch.setattr("explorer.attribution_check.MAX_COPIED", 0)
        monkeypatch.setattr("explorer.attribution_check.MAX_LOGITS", 5000)
    model = explorer.load(name)
    answer = model.generate(TRANSLATED, Decoding(max_new_tokens=8)).tokens
    for step in (1, 4, len(answer) - 1):
        one = model.attribution(TRANSLATED, answer, step, random_orders=1)
        check = model.check_attribution(one)
        assert check.passed, (step, check)
    wrong = one.left_out + 1  # a nat
    assert not model.check_attribution(replace(one, left_out=wrong)).passed


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
def test_the_check_of_a_model_in_16_bits(name):
    usual = explorer.load(name)
    model = replace(usual, module=copy.deepcopy(usual.module).bfloat16())
    step = 2
    one = model.attribution(TRANSLATED, usual.generate(TRANSLATED).tokens, step, random_orders=1)
    check = model.check_attribution(one)
    assert check.passed, check
    assert not model.check_attribution(replace(one, gradient=-one.gradient)).passed
    assert model.module.dtype is torch.bfloat16


def test_hund_depends_on_dog():
    model = explorer.load("miniature-t5")
    answer = model.generate(TRANSLATED).tokens
    step = answer.display.index("Hund")
    one = model.attribution(TRANSLATED, None, step)
    assert (one.target, one.piece) == (answer, "Hund")
    words = [unit.text for unit in one.words]
    assert words[one.left_out.argmax()] == "dog"
    assert one.left_out[words.index("dog")] > 3  # nats: twenty times less probable
    assert words[one.curve("left_out").order[0]] == "dog"
    assert one.curve("left_out").area < one.random_area / 2
    assert one.verdict.kind in ("explains", "in part", "does not")
    assert "“dog”" in one.verdict.sentence
    # Where the model is nearly certain, the gradient still tells the words apart.
    assert one.probability > 0.99
    assert words[one.gradient.argmax()] == "dog"


def test_where_the_model_is_certain_the_little_that_is_left_is_told():
    model = explorer.load("miniature-t5")
    double = replace(model, module=copy.deepcopy(model.module).double())
    answer = model.generate(TRANSLATED).tokens
    one, own = (
        each.attribution(TRANSLATED, answer, len(answer) - 1, random_orders=1)
        for each in (model, double)
    )
    assert -1e-6 < own.log_probability < 0  # less than float32 can tell from 0
    assert one.log_probability == pytest.approx(own.log_probability, rel=1e-2)
    assert np.abs(one.gradient - own.gradient).max() < 1e-2 * np.abs(own.gradient).max()


def test_the_attention_of_one_layer_and_head():
    model = loaded("t5")
    maps = model.attention(SOURCE, TARGET, stacks=("cross",))
    for layer, head in ((None, None), (1, None), (None, 2), (2, 3)):
        one = model.attribution(SOURCE, TARGET, STEP, layer, head, random_orders=1)
        rows = maps.cross[:, :, STEP]
        rows = rows if layer is None else rows[[layer]]
        rows = rows if head is None else rows[:, [head]]
        assert (one.layer, one.head) == (layer, head)
        assert np.abs(one.piece_attention - rows.mean((0, 1))).max() < 1e-6


def test_by_size_the_sign_does_not_count():
    model = loaded("t5")
    one = model.attribution(SOURCE, TARGET, STEP, absolute=True)
    signed = found("t5")
    assert np.array_equal(one.gradient, signed.gradient)
    assert np.array_equal(one.scores("gradient"), np.abs(signed.gradient))
    assert one.curve("gradient").order == order_of(np.abs(signed.gradient))
    assert one.curve("gradient").order != signed.curve("gradient").order


def test_the_same_seed_draws_the_same_orders():
    model = loaded("t5")
    orders = [
        model.attribution(SOURCE, TARGET, STEP, random_orders=4, seed=seed).random_orders
        for seed in (5, 5, 6)
    ]
    assert orders[0] == orders[1] != orders[2]
    assert len(orders[0]) == 4


def test_a_typed_mask_is_a_word_and_the_pieces_around_stay():
    model = loaded("bart")
    one = model.attribution("The small <mask> sees.", TARGET, STEP, random_orders=2)
    assert [unit.text for unit in one.words] == ["The", "small", "<mask>", "sees", "."]
    reading = Removing(model, one.source, one.target, STEP, one.words)
    assert reading._without(frozenset(range(5))) == (one.source.ids[0], one.source.ids[-1])


def test_what_is_forced_needs_no_explanation():
    with pytest.raises(ExplorerError, match=r"Piece 0 .* is forced .* nothing to explain"):
        loaded("bart").attribution(SOURCE, TARGET, 0)
    cut = loaded("bart").generate(SOURCE, Decoding(max_new_tokens=5)).tokens
    with pytest.raises(ExplorerError, match=r"Piece 4 .* is forced"):
        loaded("bart").attribution(SOURCE, cut, 4, max_new_tokens=5)
    assert loaded("bart").attribution(SOURCE, cut, 4, random_orders=1).probability < 1
    assert loaded("t5").attribution(SOURCE, TARGET, 0, random_orders=1).probability < 1


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (" ", {}, "text is empty"),
        (SOURCE, {"target": " "}, "target is empty"),
        (SOURCE, {"step": -1}, "Step -1 is not there: the target has"),
        (SOURCE, {"step": 10_000}, "Step 10000 is not there"),
        (SOURCE, {"step": True}, "Step True"),
        (SOURCE, {"step": 1.5}, "Step 1.5 is not there"),
        (SOURCE, {"step": "1"}, "Step '1' is not there"),
        (SOURCE, {"layer": 3}, "Layer 3 of cross-attention does not exist: .* from 0 to 2"),
        (SOURCE, {"layer": 1.0}, "Layer 1.0 of cross-attention does not exist"),
        (SOURCE, {"layer": "1"}, "Layer '1' of cross-attention does not exist"),
        (SOURCE, {"head": 4}, "Head 4 of cross-attention does not exist: .* from 0 to 3"),
        (SOURCE, {"head": True}, "Head True of cross-attention does not exist"),
        (SOURCE, {"random_orders": 0}, "random_orders is 0; .* whole number from 1 to 100"),
        (SOURCE, {"random_orders": 101}, "random_orders is 101"),
        (SOURCE, {"random_orders": 2.5}, "random_orders is 2.5"),
        (SOURCE, {"random_orders": True}, "random_orders is True"),
        (SOURCE, {"seed": -1}, "seed is -1"),
        (SOURCE, {"seed": 1.5}, "seed is 1.5"),
        (SOURCE, {"seed": 2**32}, "seed is 4294967296; .* from 0 to 4,294,967,295"),
        ("a " * (MAX_WORDS + 1), {}, f"97 words, and at most {MAX_WORDS} .* shorten"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(text, options, message):
    with pytest.raises(ExplorerError, match=message):
        loaded("t5").attribution(text, **{"target": TARGET, "step": 1} | options)


def test_a_text_without_words():
    assert "\u200b".strip()
    with pytest.raises(ExplorerError, match=r"no words .* its 1 pieces"):
        loaded("marian").attribution("\u200b", TARGET, 1)


def test_numbers_that_are_none_are_told():
    model = loaded("t5")
    module = copy.deepcopy(model.module)
    with torch.no_grad():
        module.get_encoder().final_layer_norm.weight[0] = torch.nan
    with pytest.raises(ExplorerError, match="not numbers"):
        replace(model, module=module).attribution(SOURCE, TARGET, 1)


def test_progress_is_told_and_it_can_be_stopped(monkeypatch):
    monkeypatch.setattr("explorer.attribution_passes.MAX_ROWS", 4)
    model, told = loaded("t5"), []
    one = model.attribution(SOURCE, TARGET, 1, progress=lambda *look: told.append(look))
    done, totals = zip(*told, strict=True)
    assert done == tuple(sorted(set(done)))
    assert done[-1] == totals[-1]
    assert all(now <= total for now, total in told)
    assert totals[-1] <= totals[0]
    sets = removed_sets(len(one.words), [*(c.order for c in one.curves), *one.random_orders])
    assert done[-1] == len(sets)

    cancelled, seen = Event(), []

    def stop(now, total):
        seen.append(now)
        cancelled.set()

    with pytest.raises(ExplorerError, match="stopped after 4 of"):
        model.attribution(SOURCE, TARGET, 1, cancelled=cancelled, progress=stop)
    assert seen == [4]
    monkeypatch.setattr("explorer.attribution_methods.attention", None)
    with pytest.raises(ExplorerError, match="stopped before its first pass"):
        model.attribution(SOURCE, TARGET, 1, cancelled=cancelled)


def test_batches_of_any_size_give_the_same(monkeypatch):
    usual = found("bart")
    monkeypatch.setattr("explorer.attribution_passes.MAX_BATCH_PIECES", 1)
    alone = loaded("bart").attribution(SOURCE, TARGET, STEP)
    assert np.abs(alone.left_out - usual.left_out).max() < 5e-3
    assert np.abs(alone.random_probabilities - usual.random_probabilities).max() < 1e-3


def test_many_threads_share_one_model():
    model = loaded("bart")
    weights = [parameter.clone() for parameter in model.module.parameters()]
    steps = [1, 2, 3, 4]
    answer = model.generate(SOURCE, Decoding(max_new_tokens=8))
    serial = [model.attribution(SOURCE, TARGET, step, random_orders=2) for step in steps]

    def work(job):
        if job % 4 == 3:
            return model.generate(SOURCE, Decoding(max_new_tokens=8))
        return model.attribution(SOURCE, TARGET, steps[job % 4], random_orders=2)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(24)))
    for job, result in enumerate(results):
        if not isinstance(result, Attribution):
            assert result.tokens == answer.tokens
            continue
        own = serial[job % 4]
        assert np.allclose(result.piece_gradient, own.piece_gradient, rtol=1e-5)
        assert np.allclose(result.left_out, own.left_out, atol=1e-5)
        assert result.random_orders == own.random_orders
    for parameter, before in zip(model.module.parameters(), weights, strict=True):
        assert parameter.grad is None
        assert not parameter.requires_grad
        assert torch.equal(parameter, before)


def test_it_works_inside_inference_mode():
    with torch.inference_mode():
        one = loaded("t5").attribution(SOURCE, TARGET, STEP, random_orders=1)
    assert np.allclose(one.gradient, found("t5").gradient)


@pytest.mark.timeout(600)
def test_the_script_prints_the_same(tmp_path):
    jobs = [
        (loaded("t5"), SOURCE, 2, 1),
        (loaded("bart"), "'\"\\ </s> {x} <mask>", None, 1),
        (loaded("marian"), SOURCE, None, None),
        (loaded("nllb"), SOURCE, 0, None),
    ]
    results = [
        model.attribution(text, TARGET, STEP, layer, head, random_orders=1)
        for model, text, layer, head in jobs
    ]
    scripts = [
        attribution_script(model, one) for (model, *_), one in zip(jobs, results, strict=True)
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-c", SCRIPTS],
        input=json.dumps(scripts),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    for one, said in zip(results, printed, strict=True):
        rows = [line.split("\t") for line in said.splitlines()]
        assert [ast.literal_eval(row[0]) for row in rows] == [unit.text for unit in one.words]
        numbers = np.array([row[1:] for row in rows], dtype=float)
        ours = np.stack([one.attention, one.gradient, one.left_out], 1)
        # Relative to the largest of each method: the random checkpoints amplify rounding.
        assert (np.abs(numbers - ours).max(0) < 1e-2 * np.abs(ours).max(0)).all()


SCORES = some.lists(some.sampled_from([-2.0, 0.0, 0.25, 1.0, 3.0, 7.5]), min_size=1, max_size=12)


@given(some.data())
def test_rank_correlation_is_that_of_pandas(data):
    first = data.draw(SCORES)
    second = data.draw(some.permutations(first)) if data.draw(some.booleans()) else None
    second = second or data.draw(
        some.lists(some.floats(-9, 9), min_size=len(first), max_size=len(first)).map(
            lambda v: np.round(v, 2)
        )
    )
    ours = spearman(np.array(first), np.array(second))
    theirs = pandas.DataFrame({"a": first, "b": second}).corr(method="spearman").loc["a", "b"]
    assert (ours is None) == bool(np.isnan(theirs))
    if ours is not None:
        assert ours == pytest.approx(theirs, abs=1e-9)
        assert spearman(np.array(second), np.array(first)) == pytest.approx(ours, abs=1e-12)
    assert np.array_equal(ranks(np.array(first)), pandas.Series(first).rank())


@given(SCORES)
def test_orders_and_removals(scores):
    order = order_of(np.array(scores))
    assert sorted(order) == list(range(len(scores)))
    ranked = [scores[word] for word in order]
    assert ranked == sorted(scores, reverse=True)
    pairs = pairwise(order)
    assert all(scores[one] > scores[two] or one < two for one, two in pairs)
    steps = removals(order)
    assert [len(gone) for gone in steps] == list(range(len(order) + 1))
    assert all(one < two for one, two in pairwise(steps))
    sets = removed_sets(len(scores), [order, order[::-1]])
    assert len(sets) == len(set(sets))
    assert {frozenset(), *(frozenset([word]) for word in order), *steps} <= set(sets)


def test_scores_that_differ_by_rounding_are_ties():
    assert ranks(np.array([5.0, 1.0, 1.00001])).tolist() == [3.0, 1.5, 1.5]
    assert ranks(np.array([5e-8, 1e-8, 2e-8])).tolist() == [3.0, 1.0, 2.0]
    assert order_of(np.array([1.0, 1.00001, 5.0])) == (2, 0, 1)
    assert spearman(np.zeros(4), np.arange(4.0)) is None


@given(some.lists(some.floats(0, 1), min_size=2, max_size=20))
def test_the_area_is_the_trapezoid_rule(probabilities):
    values = np.array(probabilities)
    share = np.linspace(0, 1, len(values))
    assert float(area(values)) == pytest.approx(np.trapezoid(values, share), abs=1e-12)
    assert 0 <= float(area(values)) <= 1


def made(attended, gradient, left_out, random, drops=(2.0, 0.0, 0.0, 0.0), words=4, step=3):
    """An attribution with these curves; attention and the others order words as in the text."""
    curves = [np.array(curve, dtype=float) for curve in (attended, gradient, left_out)]
    orders = [tuple(range(words)), tuple(range(words))[::-1], tuple(range(words))[::-1]]
    return replace(
        found("t5"),
        step=step,
        words=found("t5").words[:words],
        log_probability=float(np.log(curves[0][0])),
        left_out=np.array(drops[:words]),
        curves=tuple(map(DeletionCurve, METHODS, orders, curves)),
        random_probabilities=np.array([random], dtype=float),
    )


FALLS, LATE = [0.9, 0.1, 0.1, 0.1, 0.1], [0.9, 0.9, 0.9, 0.9, 0.1]
RANDOM = [0.9, 0.7, 0.5, 0.3, 0.1]


@pytest.mark.parametrize(
    ("one", "kind", "sentence"),
    [
        (
            lambda: made(FALLS, LATE, LATE, RANDOM), "explains",
            r"Attention named .* first word \(“The”\) took the probability from 90.0 % to 10.0 %; "
            r"random order needed 4 for that\.",
        ),
        (
            lambda: made([0.9, 0.8, 0.1, 0.1, 0.1], FALLS, FALLS, RANDOM), "in part",
            r"Attention explained this step in part: removing its first word \(“The”\) took the "
            r"probability from 90.0 % to 80.0 %, while the first word \(“sees”\) by input × "
            r"gradient took it to 10.0 %; random order took it to 70.0 %\.",
        ),
        (
            lambda: made(LATE, LATE, FALLS, RANDOM), "does not",
            r"Attention did not explain this step: .* first word \(“sees”\) by leaving words out",
        ),
        (
            lambda: made(LATE, LATE, LATE, LATE, drops=(0, 0, 0, 0)), "no order",
            r"first 2 words \(“The”, “small”\) by cross-attention left the probability at 90.0 %, "
            r"and as many in random order left it at 90.0 %; no word decides this step alone\.",
        ),
        (
            lambda: made([0.9, 0.89, 0.89, 0.88, 0.87], [0.9] * 5, [0.9] * 5, [0.9] * 5,
                         drops=(0, 0, 0, 0)), "nothing",
            r"stayed at 87.0 % or more, and it is 90.0 % .* already written",
        ),
        (
            lambda: made([0.9] * 5, [0.9] * 5, [0.9] * 5, [0.9] * 5, drops=(0, 0, 0, 0), step=0),
            "nothing", "begins so whatever it reads",
        ),
        (
            lambda: made([0.3, 0.9, 0.9, 0.9, 0.9], [0.3] * 5, [0.3] * 5, [0.3] * 5,
                         drops=(-1, 0, 0, 0)), "against", r"rose to 90.0 %; .* most is “The”",
        ),
        (
            lambda: made([0.9, 0.2], [0.9, 0.2], [0.9, 0.2], [0.9, 0.2], words=1), "one word",
            r"only one word, “The”, .* from 90.0 % to 20.0 %",
        ),
        # A word alone may matter though no curve that was drawn begins with it.
        (
            lambda: made([0.9] * 5, [0.9] * 5, [0.9] * 5, [0.9] * 5), "no order",
            r"without “The” alone it is 12.2 %\.",
        ),
    ],
)  # fmt: skip
def test_the_sentence_follows_from_the_curves(one, kind, sentence):
    verdict = one().verdict
    assert verdict.kind == kind
    assert re.search(sentence, verdict.sentence), verdict.sentence


def test_the_sentences_of_real_steps():
    model = explorer.load("miniature-t5")
    answer = model.generate(TRANSLATED).tokens
    assert model.attribution(TRANSLATED, answer, len(answer) - 1).verdict.kind == "nothing"
    one = loaded("t5").attribution("dog", None, 1)
    assert one.verdict.kind == "one word"
    assert {agreement.spearman for agreement in one.agreements} == {None}


def test_agreements_are_of_each_pair():
    one = found("marian")
    pairs = {(agreement.first, agreement.second) for agreement in one.agreements}
    assert pairs == {
        ("attention", "gradient"), ("attention", "left_out"), ("gradient", "left_out"),
    }  # fmt: skip
    for agreement in one.agreements:
        own = spearman(one.scores(agreement.first), one.scores(agreement.second))
        assert agreement.spearman == own
        assert -1 <= own <= 1


def test_results_need_no_torch():
    program = (
        "import sys, explorer.attribution, explorer.attribution_verdict as v; "
        "sys.exit('torch' in sys.modules or 'streamlit' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_public_names():
    assert explorer.Attribution is Attribution
    assert explorer.DeletionCurve is DeletionCurve
    assert explorer.Agreement.__name__ == "Agreement"
    assert explorer.Verdict.__name__ == "Verdict"
