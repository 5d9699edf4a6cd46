"""Steps beside plain `transformers`: one pass with its own attention, in double precision."""

import ast
import json
import math
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import cache
from itertools import pairwise
from threading import Event
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import explorer
from explorer import timeline_check
from explorer.decoder_state import DecoderState
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.model import Seq2SeqModel
from explorer.prefix import piece_id, read_prefix
from explorer.teacher_forcing import Rows
from explorer.timeline import AfterSettings, Alternative, Timeline
from explorer.timeline_script import timeline_script
from tests.checkpoints import FAMILIES
from tests.loaded import DECODINGS, SOURCE, folder, loaded

STEPS = [decoding for decoding in DECODINGS if decoding.strategy != "beam"]
STEP_NAMES = [f"{decoding.strategy}{number}" for number, decoding in enumerate(STEPS)]
SAMPLING = Decoding("sampling", seed=8, temperature=0.7, top_k=20, top_p=0.9, max_new_tokens=12)
PENALTIES = Decoding(
    repetition_penalty=1.7, no_repeat_ngram_size=2, min_new_tokens=8, max_new_tokens=10
)
SOME = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@cache
def precise(family: str) -> Seq2SeqModel:
    """The same model in double precision: sharp random attention magnifies rounding."""
    model = loaded(family)
    return replace(model, module=deepcopy(model.module).double())


@cache
def plain(family: str) -> Any:
    """The same checkpoint in plain `transformers`, in double precision."""
    kind = type(loaded(family).module)
    return kind.from_pretrained(
        folder(family), attn_implementation="eager", dtype=torch.float64
    ).eval()


def whole_pass(family: str, found: Timeline) -> Any:
    """One pass of plain `transformers` over all pieces, without a cache."""
    source = torch.tensor([found.source.ids])
    reads = torch.tensor([[loaded(family).rules.start, *found.target.ids[:-1]]])
    with torch.inference_mode():
        return plain(family)(
            input_ids=source,
            attention_mask=torch.ones_like(source),
            decoder_input_ids=reads,
            output_attentions=True,
            use_cache=False,
        )


@contextmanager
def counted(model: Seq2SeqModel) -> Iterator[list[int]]:
    """How many positions each pass of the decoder computes."""
    counts: list[int] = []

    def count(module: Any, args: tuple[Any, ...], options: dict[str, Any]) -> None:
        counts.append(options["input_ids"].shape[1])

    hook = model.module.get_decoder().register_forward_pre_hook(count, with_kwargs=True)
    try:
        yield counts
    finally:
        hook.remove()


def check_laws(model: Seq2SeqModel, found: Timeline) -> None:
    """What holds for every timeline."""
    assert found.target.ids == tuple(step.token.id for step in found.steps)
    assert found.text == model.reader.decode(found.target.ids)
    fixed = model.rules.forced(found.target.ids, found.decoding.max_new_tokens)
    total = 0.0
    for index, step in enumerate(found.steps):
        total += step.log_probability
        assert (step.index, step.fixed) == (index, fixed[index])
        assert step.probability == pytest.approx(math.exp(step.log_probability))
        assert step.cumulative_log_probability == pytest.approx(total, abs=1e-9)
        assert -1e-6 <= step.entropy_bits <= math.log2(model.reader.vocabulary_size) + 1e-4
        assert step.cross.dtype == np.float32
        assert np.abs(step.cross.sum(-1) - 1).max() < 1e-5
        values = [one.log_probability for one in step.alternatives]
        assert values == sorted(values, reverse=True)
        for one in step.alternatives:
            assert one.piece == model.reader.pieces([one.id])[0]
            if one.id == step.token.id:
                assert one.probability == pytest.approx(step.probability, abs=1e-9)
                assert step.rank <= step.alternatives.index(one) + 1
        if step.fixed:
            assert (step.probability, step.log_probability, step.rank) == (1.0, 0.0, 1)
            assert (step.entropy_bits, step.margin) == (0.0, 1.0)
            own = [step.token.id] if found.alternatives else []
            assert [one.id for one in step.alternatives] == own
        elif len(step.alternatives) > 1:
            first, second = step.alternatives[:2]
            assert step.margin == pytest.approx(first.probability - second.probability, abs=1e-6)
    product = math.prod(step.probability for step in found.steps)
    assert product == pytest.approx(math.exp(found.log_probability), rel=1e-6)
    assert found.cross.shape[2] == len(found.steps)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decoding", STEPS, ids=STEP_NAMES)
def test_every_number_is_that_of_one_plain_pass(family, decoding):
    model = precise(family)
    found = model.timeline(SOURCE, decoding=decoding)
    theirs = whole_pass(family, found)
    check_laws(model, found)
    own = theirs.logits[0].softmax(-1).numpy()  # (step, vocabulary)
    for step, row in zip(found.steps, own, strict=True):
        if step.fixed:
            continue
        assert step.probability == pytest.approx(row[step.token.id], abs=1e-6)
        assert step.rank == 1 + (row > row[step.token.id]).sum()
        assert step.entropy_bits == pytest.approx(-(row * np.log2(row)).sum(), abs=1e-4)
        largest = np.sort(row)[::-1]
        assert step.margin == pytest.approx(largest[0] - largest[1], abs=1e-6)
        assert [one.id for one in step.alternatives] == np.argsort(-row)[:10].tolist()
        for one in step.alternatives:
            assert one.probability == pytest.approx(row[one.id], abs=1e-6)
    cross = torch.stack(theirs.cross_attentions)[:, 0].numpy()  # (layer, head, step, key)
    assert np.abs(found.cross - cross).max() < 1e-6
    assert model.check_timeline(found).passed


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decoding", STEPS, ids=STEP_NAMES)
def test_the_pieces_are_those_of_generate(family, decoding):
    model = loaded(family)
    found = model.timeline(SOURCE, decoding=decoding)
    answer = model.generate(SOURCE, decoding)
    assert (found.target, found.text, found.source) == (answer.tokens, answer.text, answer.source)
    assert found.stop_reason == answer.stop_reason
    for step, value in zip(found.steps, answer.token_log_probabilities, strict=True):
        assert step.log_probability == pytest.approx(value, abs=1e-5)
    if decoding == STEPS[0] and not model.rules.bad_words:
        assert all(step.rank == 1 for step in found.steps)
    numbers, weights = timeline_check.checks(model, found)
    assert (numbers.tolerance, weights.tolerance) == (2e-5, 5e-4)
    assert weights.passed
    if (family, STEPS.index(decoding)) == ("mt5", 2):
        assert numbers.difference < 1e-4  # the case that the docstring of `TOLERANCE` names
    else:
        assert numbers.difference < 1e-5


@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
def test_trained_models_in_single_precision(name):
    model = explorer.load(name)
    text = {
        "miniature-t5": "translate English to German: The small dog sees the old cat.",
        "miniature-bart": "The weather is <mask> today.",
    }[name]
    found = model.timeline(text)
    assert max(each.difference for each in timeline_check.checks(model, found)) < 1e-5
    assert found.target == model.generate(text).tokens
    maps = model.attention(text, found.target, stacks=("cross",))
    assert np.abs(maps.cross - found.cross).max() < 1e-5
    check_laws(model, found)


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_the_check_sees_what_is_wrong(family):
    model = precise(family)
    found = model.timeline(SOURCE, max_new_tokens=8)
    assert model.check_timeline(found).passed
    step = found.steps[2]
    # The most probable piece left out; another's probability; its own; each other number.
    one, *others = step.alternatives
    for wrong in (
        replace(step, alternatives=tuple(others)),
        replace(step, alternatives=(one, replace(others[0], probability=one.probability))),
        replace(step, probability=step.probability + 1e-4),
        replace(step, probability=math.nan),
        replace(step, log_probability=step.log_probability - 0.01),
        replace(step, entropy_bits=step.entropy_bits + 0.01),
        replace(step, entropy_bits=math.nan),
        replace(step, margin=step.margin + 1e-4),
        replace(step, rank=step.rank + 1),
        replace(step, rank=step.rank - 1),
        replace(step, cumulative_log_probability=step.cumulative_log_probability + 0.01),
        replace(step, cross=step.cross[::-1]),
        replace(step, cross=step.cross[..., ::-1]),
        replace(step, cross=step.cross * np.nan),
    ):
        steps = (*found.steps[:2], wrong, *found.steps[3:])
        assert not model.check_timeline(replace(found, steps=steps)).passed


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_the_check_sees_one_wrong_weight_in_single_precision(family):
    model = loaded(family)
    found = model.timeline(SOURCE, max_new_tokens=8)
    assert model.check_timeline(found).passed
    wrong = found.steps[2].cross.copy()
    wrong[1, 0, 3] += 1e-3
    steps = (*found.steps[:2], replace(found.steps[2], cross=wrong), *found.steps[3:])
    check = model.check_timeline(replace(found, steps=steps))
    assert not check.passed
    assert check.difference == pytest.approx(1e-3, rel=0.3)


def test_the_check_of_what_is_fixed():
    model = loaded("bart")
    found = model.timeline(SOURCE, max_new_tokens=4)
    step = found.steps[0]
    assert step.fixed
    (only,) = step.alternatives
    for wrong in (
        replace(step, probability=0.99),
        replace(step, entropy_bits=0.01),
        replace(step, margin=0.9),
        replace(step, rank=2),
        replace(step, alternatives=(replace(only, probability=0.9),)),
        replace(step, alternatives=(replace(only, id=5),)),
    ):
        assert not model.check_timeline(replace(found, steps=(wrong, *found.steps[1:]))).passed


def test_the_check_holds_few_rows_at_a_time(monkeypatch):
    model = loaded("t5")
    found = model.timeline(SOURCE, max_new_tokens=9)
    sizes: list[int] = []
    whole = model.check_timeline(found)
    # Room for two rows.
    monkeypatch.setattr("explorer.teacher_forcing.MAX_LOGITS", 2 * 228)
    rows = Rows.__iter__

    def watched(self: Rows) -> Iterator[Any]:
        for start, part in rows(self):
            sizes.append(len(part))
            yield start, part

    monkeypatch.setattr(Rows, "__iter__", watched)
    assert model.check_timeline(found).difference == pytest.approx(whole.difference, abs=1e-9)
    assert sizes == [2, 2, 2, 2, 1]


def settled(logits: torch.Tensor, never: int | None) -> torch.Tensor:
    """What `SAMPLING` makes of the logits (vocabulary,) of a step, written out by hand."""
    scores = logits.double() / 0.7
    if never is not None:
        scores[never] = -math.inf
    best = scores.argsort(descending=True)[:20]
    shares = scores[best].softmax(-1)
    # The fewest of the best whose shares come to 0.9.
    best = best[shares.cumsum(-1) - shares < 0.9]
    found = torch.zeros_like(scores)
    found[best] = scores[best].softmax(-1)
    return found


def test_what_the_settings_make_of_a_step():
    for family in ("t5", "bart", "marian"):
        model = precise(family)
        found = model.timeline(SOURCE, alternatives=60, decoding=SAMPLING)
        logits = whole_pass(family, found).logits[0].float()
        for index, step in enumerate(found.steps):
            if step.fixed:
                assert (step.after.probability, step.after.kept) == (1.0, 1)
                continue
            after = settled(logits[index], model.rules.padding if family == "marian" else None)
            kept = after > 0
            assert step.after.kept == kept.sum().item()
            assert 1 <= step.after.kept <= 20
            assert step.after.probability == pytest.approx(after[step.token.id].item(), abs=1e-5)
            lost = logits[index].softmax(-1)[~kept].sum().item()
            assert step.after.cut_probability == pytest.approx(lost, abs=1e-5)
            for one in step.alternatives:
                assert one.cut == (not kept[one.id])
                assert one.after == pytest.approx(after[one.id].item(), abs=1e-5)
            sums = sum(one.after for one in step.alternatives)
            assert sums == pytest.approx(1, abs=1e-5)
        assert any(one.cut for step in found.steps for one in step.alternatives)


def test_without_settings_there_is_nothing_after_them():
    found = loaded("t5").timeline(SOURCE, max_new_tokens=4)
    assert all(step.after is None for step in found.steps)
    assert all(one.after is one.cut is None for one in found.steps[0].alternatives)
    once = Decoding(no_repeat_ngram_size=1, max_new_tokens=6)
    found = loaded("t5").timeline(SOURCE, decoding=once)
    size = loaded("t5").reader.vocabulary_size
    # The start token counts as said.
    assert [step.after.kept for step in found.steps] == [size - 1 - index for index in range(6)]


def strategy(decoding: Decoding) -> str:
    return decoding.strategy


def sayable(model: Seq2SeqModel) -> list[int]:
    """Pieces that a person may force."""
    known = range(model.reader.vocabulary_size)
    return [number for number in known if number not in model.reader.special_ids]


@pytest.mark.parametrize("family", FAMILIES)
@SOME
@given(data=st.data())
def test_any_prefix_with_any_settings(family, data):
    model = precise(family)
    pieces = st.sampled_from(sayable(model))
    typed = data.draw(st.lists(pieces, max_size=6))
    first = model.rules.forced_first
    opening = () if first is None else (first,)
    forced = (*opening, *typed) if typed else data.draw(st.sampled_from([(), opening]))
    if data.draw(st.booleans()):
        forced = (*(forced or opening), model.rules.end[0])
    chance = st.fixed_dictionaries(
        {
            "seed": st.integers(0, 5),
            "temperature": st.sampled_from([0.5, 1.0, 2.0]),
            "top_k": st.sampled_from([0, 3]),
            "top_p": st.sampled_from([0.5, 1.0]),
        }
    )
    chosen = data.draw(st.sampled_from(["greedy", "sampling"]))
    decoding = Decoding(
        chosen,
        max_new_tokens=10,
        repetition_penalty=data.draw(st.sampled_from([1.0, 1.5])),
        **(data.draw(chance) if chosen == "sampling" else {}),
    )
    found = model.timeline(SOURCE, 5, forced, decoding=decoding)
    assert found.target.ids[: len(forced)] == forced
    assert [step.forced for step in found.steps] == [
        index < len(forced) for index in range(len(found.steps))
    ]
    if forced and forced[-1] in model.rules.end:
        assert len(found.steps) == len(forced)
    check_laws(model, found)
    own = whole_pass(family, found).logits[0].softmax(-1).numpy()
    for step, row in zip(found.steps, own, strict=True):
        expected = 1.0 if step.fixed else row[step.token.id]
        assert step.probability == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "decoding", [Decoding(max_new_tokens=12), SAMPLING], ids=["greedy", "draw"]
)
def test_to_force_what_would_be_said_anyway_changes_nothing(family, decoding):
    model = precise(family)
    free = model.timeline(SOURCE, decoding=decoding)
    for count in range(1, len(free.steps)):
        forced = free.target.ids[:count]
        marks = model.reader.special_ids - {model.rules.forced_first}
        if marks.intersection(forced):
            break
        again = model.timeline(SOURCE, forced=forced, decoding=decoding)
        assert again.target == free.target
        assert again.log_probability == pytest.approx(free.log_probability, abs=1e-5)
        assert sum(step.forced for step in again.steps) == count


def test_a_prefix_typed_as_text():
    model = explorer.load("miniature-t5")
    text = "translate English to German: The small dog sees the old cat."
    found = model.timeline(text, forced="Die alte Katze")
    assert found.text.startswith("Die alte Katze")
    assert [step.forced for step in found.steps][:4] == [True, True, True, False]
    assert model.timeline(text, forced=" ").target == model.timeline(text).target
    for family in ("bart", "nllb", "mbart"):
        # What must come first is put in front.
        found = loaded(family).timeline(SOURCE, forced="die Katze", max_new_tokens=20)
        assert found.steps[0].token.id == loaded(family).rules.forced_first
        assert "die Katze" in found.text


@pytest.mark.parametrize("family", FAMILIES)
def test_a_special_piece_typed_by_its_name_is_that_piece_wherever_it_is_typed(family):
    model = loaded(family)
    end = model.rules.end[0]
    (name,) = model.reader.pieces([end])
    assert piece_id(model, name) == piece_id(model, f" {name} ") == end
    plain = read_prefix(model, "die Katze", 64)
    for typed in (f"die Katze{name}", f"die Katze {name}"):
        assert read_prefix(model, typed, 64) == (*plain, end)
        assert model.timeline(SOURCE, forced=typed).target.ids == (*plain, end)
    with pytest.raises(ExplorerError, match=f"ends the text at piece {len(plain)}"):
        read_prefix(model, f"die Katze {name} die", 64)
    for mark in sorted(model.reader.special_ids - set(model.rules.end))[:5]:
        (name,) = model.reader.pieces([mark])
        if name in model.reader.placeholders:
            continue
        for read in (piece_id, lambda *typed: read_prefix(*typed, 64)):
            with pytest.raises(ExplorerError, match=f"“{name}” .* no text"):
                read(model, name if read is piece_id else f"die {name}")


def test_what_comes_first_anyway_may_be_typed_as_well():
    for family in ("bart", "nllb", "mbart"):
        model = loaded(family)
        (first,) = model.reader.pieces([model.rules.forced_first])
        assert read_prefix(model, f"{first}die Katze", 64) == read_prefix(model, "die Katze", 64)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_cost_grows_with_the_length_and_not_with_its_square(family):
    model = loaded(family)
    for limit, forced in ((4, 0), (16, 0), (16, 7)):
        prefix = tuple(sayable(model)[:forced])
        if prefix and model.rules.forced_first is not None:
            prefix = (model.rules.forced_first, *prefix[1:])
        decoding = Decoding(max_new_tokens=limit, min_new_tokens=limit)
        with counted(model) as counts:
            found = model.timeline(SOURCE, forced=prefix, decoding=decoding)
        assert len(found.steps) == limit
        # Each position once, those of the prefix together.
        assert sum(counts) == limit
        assert len(counts) == limit - forced


def test_padding_inside_an_answer_has_the_place_it_had():
    # M2M100 places what follows padding differently in one pass; the steps are what counts.
    model = precise("nllb")
    pad = model.rules.padding
    ids = [2, 221, 30, pad, 31, 32, pad, pad, 33, 34]
    size = model.reader.vocabulary_size
    with torch.inference_mode():
        state = DecoderState.of(model.module, model.tokenize(SOURCE))
        rows = torch.cat([next(state.feed(model.module, [number], size)) for number in ids])
        state = DecoderState.of(model.module, model.tokenize(SOURCE))
        together = torch.cat(list(state.feed(model.module, ids, size)))
    assert (rows - together).abs().max() < 1e-5


def test_few_steps_at_a_time_where_the_vocabulary_is_large(monkeypatch):
    model = precise("bart")
    whole = model.timeline(SOURCE, forced="die Katze sieht", decoding=SAMPLING)
    for module in ("decoder_state", "measures"):
        monkeypatch.setattr(f"explorer.{module}.MAX_LOGITS", 1000)
    again = model.timeline(SOURCE, forced="die Katze sieht", decoding=SAMPLING)
    assert again.target == whole.target
    for step, other in zip(again.steps, whole.steps, strict=True):
        assert step.probability == pytest.approx(other.probability, abs=1e-6)
        assert step.entropy_bits == pytest.approx(other.entropy_bits, abs=1e-5)


def test_progress_and_stopping():
    model = loaded("pegasus")
    told: list[tuple[int, str]] = []
    found = model.timeline(
        SOURCE, max_new_tokens=8, on_step=lambda done, text: told.append((done, text))
    )
    assert [done for done, _ in told] == list(range(1, 9))
    assert told[-1][1] == found.text
    cancelled = Event()

    def stop(done: int, text: str) -> None:
        if done == 3:
            cancelled.set()

    part = model.timeline(SOURCE, max_new_tokens=8, cancelled=cancelled, on_step=stop)
    assert part.stop_reason == "stopped"
    assert part.target.ids == found.target.ids[:3]
    check_laws(model, part)
    assert len(model.timeline(SOURCE, cancelled=cancelled).steps) == 1


def test_edges_that_work():
    for family in FAMILIES:
        one = loaded(family).timeline(SOURCE, max_new_tokens=1)
        assert one.target == loaded(family).generate(SOURCE, Decoding(max_new_tokens=1)).tokens
        none = loaded(family).timeline(SOURCE, alternatives=0, max_new_tokens=3)
        assert all(step.alternatives == () for step in none.steps)
        check_laws(loaded(family), none)
    model = loaded("t5")
    every = model.timeline(SOURCE, model.reader.vocabulary_size, max_new_tokens=2)
    total = sum(one.probability for one in every.steps[0].alternatives)
    assert total == pytest.approx(1, abs=1e-5)
    kept = pickle.loads(pickle.dumps(every))
    assert kept.target == every.target
    assert np.array_equal(kept.cross, every.cross)
    ended = model.timeline(SOURCE, forced=[30, 1])
    assert (len(ended.steps), ended.stop_reason) == (2, "end token")
    assert loaded("pegasus").timeline(SOURCE, forced=[130, 1], max_new_tokens=2).steps[1].fixed


@pytest.mark.parametrize(
    ("family", "options", "message"),
    [
        ("t5", {"text": " "}, "text is empty"),
        ("t5", {"alternatives": -1}, "alternatives is -1; .* 0 to 228"),
        ("t5", {"alternatives": 229}, "alternatives is 229"),
        ("t5", {"alternatives": 2.0}, "alternatives is 2.0"),
        ("t5", {"alternatives": True}, "alternatives is True"),
        ("t5", {"max_new_tokens": 0}, "max_new_tokens is 0"),
        ("t5", {"max_new_tokens": 1000}, "max_new_tokens is 1000"),
        ("t5", {"decoding": Decoding("beam", num_beams=3)}, "beam follows 3 answers"),
        ("t5", {"forced": [228]}, "piece 228 does not exist: .* 0 to 227"),
        ("t5", {"forced": [-1]}, "piece -1 does not exist"),
        ("t5", {"forced": ["a"]}, "piece 'a' does not exist"),
        ("t5", {"forced": [True]}, "piece True does not exist"),
        ("t5", {"forced": [0]}, "“<pad>” .* no text"),
        ("t5", {"forced": [2]}, "“<unk>” .* no text"),
        ("bart", {"forced": [0, 30, 0]}, "“<s>” .* no text"),
        ("t5", {"forced": [30, 1, 30, 31]}, "ends the text at piece 1 .* 2 more"),
        ("t5", {"forced": [30] * 5, "max_new_tokens": 4}, "5 pieces, and the most .* are 4"),
        ("bart", {"forced": [30]}, "must begin every answer with “<s>”.*piece 0"),
        ("nllb", {"forced": [30]}, "must begin every answer with “deu_Latn”"),
        ("bart", {"forced": [2]}, "must begin every answer"),
        ("pegasus", {"forced": [130] * 4, "max_new_tokens": 4}, "must say “</s>” as piece 4"),
        ("t5", {"forced": "die Katze " * 300}, "longer than the 512 pieces"),
        ("t5", {"forced": "die 猫"}, "no piece for “猫”"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(family, options, message):
    with pytest.raises(ExplorerError, match=message):
        loaded(family).timeline(**({"text": SOURCE} | options))


def test_marian_never_says_its_padding(monkeypatch):
    model = loaded("marian")
    monkeypatch.setattr(model.reader, "special_ids", frozenset())
    with pytest.raises(ExplorerError, match="never allowed to say “<pad>”"):
        model.timeline(SOURCE, forced=[30, 207])


def test_too_much_attention_is_refused_before_anything_is_computed(monkeypatch):
    monkeypatch.setattr("explorer.stepping.MAX_WEIGHTS", 1000)
    with counted(loaded("t5")) as counts, pytest.raises(ExplorerError, match="attention weights"):
        loaded("t5").timeline(SOURCE)
    assert not counts


def test_damaged_weights_are_told():
    model = replace(loaded("t5"), module=deepcopy(loaded("t5").module))
    with torch.no_grad():
        model.module.shared.weight[:] = math.nan
    with pytest.raises(ExplorerError, match="not numbers"):
        model.timeline(SOURCE)


def test_a_typed_piece():
    model, bart = explorer.load("miniature-t5"), loaded("bart")

    def said(text: str, continues: bool = False) -> str:
        return model.reader.pieces([piece_id(model, text, continues)])[0]

    assert said("Katze") == said(" Katze") == said("▁Katze") == said("␣Katze") == "▁Katze"
    assert said(".") == "."
    assert said("</s>") == "</s>"
    assert said("<extra_id_0>") == "<extra_id_0>"
    assert bart.reader.pieces([piece_id(bart, "die")]) == ("Ġdie",)
    assert bart.reader.pieces([piece_id(bart, "Ġdie")]) == ("Ġdie",)
    assert bart.reader.pieces([piece_id(bart, "m")]) in (("Ġm",), ("m",))
    assert bart.reader.pieces([piece_id(bart, "m", continues=True)]) == ("m",)
    for text, message in (
        ("", "is empty"),
        ("猫", "no piece for “猫”"),
        ("Katze Hund", r"2 pieces .*\(▁Katze, ▁Hund\)"),
        ("<pad>", "“<pad>” .* no text"),
    ):
        with pytest.raises(ExplorerError, match=message):
            piece_id(model, text)
    for family in FAMILIES:
        known = loaded(family)
        for number in sayable(known)[3::25]:
            (piece,) = known.reader.pieces([number])
            begins = piece.startswith(("▁", "Ġ"))
            (shown,) = known.reader.display([number])
            if "⟨" in shown or not shown.strip("␣") or (begins and not shown[0].isalnum()):
                continue
            typed = f" {shown}" if begins else shown
            assert piece_id(known, typed, continues=True) == number, (family, piece)


def test_rows_without_a_piece_have_a_name(tmp_path):
    assert loaded("t5").reader.pieces([5000]) == ("⟨5000⟩",)


def test_results_need_no_torch():
    code = "import sys, explorer.timeline, explorer.branches; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    for name in ("Timeline", "TimelineStep", "Alternative", "AfterSettings", "Piece", "Brancher"):
        assert getattr(explorer, name).__name__ == name


RUNNER = """
import json, sys
for script in json.load(sys.stdin):
    exec(compile(script, "script", "exec"), {"__name__": "__main__"})
assert not any(name.split(".")[0] == "explorer" for name in sys.modules)
"""


def test_the_script_prints_the_same(tmp_path):
    jobs = [
        (loaded("t5"), loaded("t5").timeline(SOURCE, max_new_tokens=6)),
        (loaded("bart"), loaded("bart").timeline(SOURCE, 4, max_new_tokens=6)),
        (loaded("nllb"), loaded("nllb").timeline(SOURCE, 3, decoding=SAMPLING)),
        (loaded("marian"), loaded("marian").timeline(SOURCE, 0, max_new_tokens=6)),
        (loaded("marian"), loaded("marian").timeline(SOURCE, 2, decoding=SAMPLING)),
        (loaded("bart"), loaded("bart").timeline(SOURCE, 5, decoding=PENALTIES)),
        (loaded("pegasus"), loaded("pegasus").timeline(SOURCE, 0, "die", decoding=SAMPLING)),
    ]
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUNNER],
        input=json.dumps([timeline_script(model, found) for model, found in jobs]),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = iter(done.stdout.splitlines())

    def told(indent: str, after: AfterSettings | Alternative | None) -> tuple[str, float]:
        """What a line says of a piece, once what it says after the settings is right."""
        line = next(lines)
        assert line.startswith(indent)
        spelled, numbers = re.fullmatch(r"(.*?) ([\d.]+(?: -> .*)?)", line[len(indent) :]).groups()
        own, *became = re.split(r" -> | \(| pieces left, cut |\)$", numbers)
        if isinstance(after, AfterSettings):
            assert int(became[1]) == after.kept
            assert float(became[2]) == pytest.approx(after.cut_probability, abs=1e-4)
            if became[0] == "cut":
                assert after.probability == 0
            else:
                assert float(became[0]) == pytest.approx(after.probability, abs=1e-4)
        elif after is None or after.after is None:
            assert not became
        elif after.cut:
            assert became == ["cut"]
        else:
            assert float(became[0]) == pytest.approx(after.after, abs=1e-4)
        return ast.literal_eval(spelled), float(own)

    bent = 0
    for _, found in jobs:
        for step in found.steps:
            expected = pytest.approx(step.probability, abs=1e-4)
            assert told(f"{step.index} ", step.after) == (step.token.piece, expected)
            bent += step.after is not None and step.after.cut_probability > 0.01
            for one in step.alternatives:
                expected = pytest.approx(one.probability, abs=1e-4)
                assert told("    ", one) == (one.piece, expected)
    assert bent > 10
    assert next(lines, None) is None


def test_cumulative_falls():
    found = loaded("bart").timeline(SOURCE, max_new_tokens=8)
    for before, after in pairwise(found.steps):
        assert after.cumulative_log_probability <= before.cumulative_log_probability
    assert found.mean_log_probability == pytest.approx(found.log_probability / 8)
