import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import explorer
from explorer.ablation import ablation_map
from explorer.ablation_script import ablation_script, map_script
from explorer.attention import STACKS, HeadRef, heads_of
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.teacher_forcing import answer, answer_limit, log_probabilities
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, loaded

DECODING = Decoding(max_new_tokens=8)
TARGET = "Der kleine Hund sieht die Katze."


@pytest.mark.parametrize("family", FAMILIES)
def test_ablation_of_a_layer(family):
    model = loaded(family)
    heads = heads_of(model.facts, "cross", 0)
    found = model.ablation(SOURCE, heads, DECODING)
    before = model.generate(SOURCE, DECODING)
    assert found.heads == heads
    assert found.before.tokens == before.tokens
    assert found.change.shape == (len(before.tokens),)
    assert found.total_change == pytest.approx(found.change.sum(), abs=1e-4)
    # What is forced has probability 1 with and without the heads.
    forced = model.rules.forced(before.tokens.ids, DECODING.max_new_tokens)
    assert not found.change[forced].any()
    assert abs(found.total_change) > 0.01
    # The new answer is what the changed model finds most probable, piece by piece.
    maps = model.attention(SOURCE, ablate=heads)
    count = min(len(maps.target), len(found.after.tokens)) - 1
    assert maps.target.ids[:count] == found.after.tokens.ids[:count]
    assert found.after.token_log_probabilities != before.token_log_probabilities


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stack", STACKS)
def test_the_map_in_batches_is_the_map_one_by_one(family, stack):
    model = loaded(family)
    maps = list(ablation_map(model, SOURCE, TARGET, stack, rows=3))
    alone = list(ablation_map(model, SOURCE, TARGET, stack, rows=1))
    heads = heads_of(model.facts, stack)
    assert [one.done for one in maps] == [*range(3, len(heads), 3), len(heads)]
    assert [one.finished for one in maps] == [False] * (len(maps) - 1) + [True]
    assert len(alone) == maps[-1].total == len(heads)
    assert np.abs(maps[-1].change - alone[-1].change).max() < 2e-2
    for step in maps:
        assert np.isnan(step.change).sum() == step.total - step.done
    assert np.abs(maps[-1].change).max() > 0.05


@pytest.mark.parametrize("family", FAMILIES)
def test_the_map_says_what_ablation_says(family):
    model = loaded(family)
    answer = model.generate(SOURCE, DECODING)
    *_, last = model.ablation_map(
        SOURCE, answer.tokens, max_new_tokens=answer.decoding.max_new_tokens
    )
    assert last.log_probability == pytest.approx(answer.log_probability, abs=1e-2)
    for head in heads_of(model.facts, "cross")[::3]:
        change = model.ablation(SOURCE, [head], DECODING).total_change
        assert last.change[head.layer, head.head] == pytest.approx(change, abs=1e-2)


@pytest.mark.parametrize("family", ["bart", "pegasus", "t5"])
def test_the_map_of_the_models_own_answer_knows_its_limit(family):
    model = loaded(family)
    own = answer(model, SOURCE)
    *_, last = model.ablation_map(SOURCE)
    assert last.target == own
    decoding = Decoding(max_new_tokens=answer_limit(model))
    assert last.log_probability == pytest.approx(
        model.generate(SOURCE, decoding).log_probability, abs=1e-2
    )


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("family", FAMILIES)
def test_the_check_is_green_and_turns_red(family, stack):
    model = loaded(family)
    found = model.ablation(SOURCE, heads_of(model.facts, stack, 1)[:2], DECODING)
    check = model.check_ablation(found)
    assert check.passed, check
    assert not model.check_ablation(replace(found, change=found.change + 0.5)).passed
    other = replace(found, heads=heads_of(model.facts, stack, 0)[:1])
    assert not model.check_ablation(other).passed


def test_the_check_leaves_the_model_as_it_is():
    model = loaded("t5")
    before = {name: value.clone() for name, value in model.module.state_dict().items()}
    implementation = model.module.config._attn_implementation
    model.check_ablation(model.ablation(SOURCE, [HeadRef("cross", 0, 1)], DECODING))
    assert model.module.config._attn_implementation == implementation
    for name, value in model.module.state_dict().items():
        assert torch.equal(value, before[name])


def printed(script):
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(script, {})
    return [float(number) for number in re.findall(r"-?\d+\.\d*", output.getvalue())]


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
def test_the_python_prints_the_same_changes(name):
    model = explorer.load(name)
    task = model.card.tasks[0]
    text = task.compose(task.example)
    found = model.ablation(text, heads_of(model.facts, "cross", 1)[:2])
    *changes, total = printed(ablation_script(model, found))
    np.testing.assert_allclose(changes, found.change, atol=2e-3)
    assert total == pytest.approx(found.total_change, abs=2e-3)
    *_, last = model.ablation_map(text, TARGET, "decoder", 5)
    script = map_script(model, found.before.source, last, 5)
    np.testing.assert_allclose(printed(script), last.change.ravel(), atol=2e-3)


def test_the_map_can_be_stopped():
    steps = ablation_map(loaded("t5"), SOURCE, TARGET, rows=1)
    first = next(steps)
    kept = first.change.copy()
    steps.close()
    assert first.done == 1
    assert not first.finished
    assert next(steps, None) is None
    # A map that was given away does not change any more.
    again = ablation_map(loaded("t5"), SOURCE, TARGET, rows=1)
    first = next(again)
    next(again)
    assert np.array_equal(first.change, kept, equal_nan=True)


def test_between_two_batches_nothing_is_off():
    model = loaded("t5")
    usual = model.generate(SOURCE, DECODING)
    for _ in model.ablation_map(SOURCE, TARGET):
        assert model.generate(SOURCE, DECODING).tokens == usual.tokens
        assert model.generate(SOURCE, DECODING).log_probability == usual.log_probability


def test_nothing_to_switch_off():
    with pytest.raises(ExplorerError, match="No head"):
        loaded("t5").ablation(SOURCE, [])
    with pytest.raises(ExplorerError, match="Head 9"):
        loaded("t5").ablation(SOURCE, [HeadRef("cross", 0, 9)])


def test_the_python_prints_the_new_answer(capsys):
    model = explorer.load("miniature-t5")
    task = model.card.tasks[0]
    found = model.ablation(task.compose(task.example), heads_of(model.facts, "cross", 2))
    assert found.after.tokens.ids != found.before.tokens.ids
    exec(ablation_script(model, found), {})
    assert capsys.readouterr().out.splitlines()[-1] == str(list(found.after.tokens.ids))


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
def test_a_target_of_ones_own_is_followed(name):
    model = explorer.load(name)
    task = model.card.tasks[0]
    text, heads = task.compose(task.example), heads_of(model.facts, "cross", 1)
    found = model.ablation(text, heads, target=TARGET)
    own, changed = (
        log_probabilities(model, model.tokenize(text), model.tokenize_target(TARGET), [off])[0]
        for off in ((), heads)
    )
    np.testing.assert_allclose(found.change, changed - own, atol=1e-6)
    np.testing.assert_allclose(found.log_probabilities, own, atol=1e-6)
    assert found.target.ids == model.tokenize_target(TARGET).ids
    assert found.before.text != TARGET
    assert model.check_ablation(found).passed
    *changes, total = printed(ablation_script(model, found))
    np.testing.assert_allclose(changes, found.change, atol=2e-3)
    assert total == pytest.approx(found.total_change, abs=5e-3)


def test_an_answer_that_is_known_is_not_written_again(monkeypatch):
    model = explorer.load("miniature-t5")
    known = model.generate(SOURCE)
    written = []
    original = type(model).generate

    def counted(*arguments, **more):
        written.append(1)
        return original(*arguments, **more)

    monkeypatch.setattr(type(model), "generate", counted)
    found = model.ablation(SOURCE, heads_of(model.facts, "cross", 1), before=known)
    assert found.before is known
    assert len(written) == 1
