import pickle
from dataclasses import replace

import numpy as np
import pytest

import explorer
from explorer.attention import STACKS, ForcedRow, HeadRef, heads_of
from explorer.attention_maps import MAX_WEIGHTS
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from tests.checkpoints import FAMILIES
from tests.loaded import SOURCE, loaded

TARGET = "Der kleine Hund sieht die Katze."


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("target", [None, TARGET], ids=["own", "typed"])
def test_maps(family, target):
    model = loaded(family)
    maps, facts = model.attention(SOURCE, target), model.facts
    source, count = len(maps.source), len(maps.target)
    assert maps.encoder.shape == (facts.encoder_layers, facts.encoder_heads, source, source)
    assert maps.decoder.shape == (facts.decoder_layers, facts.decoder_heads, count, count)
    assert maps.cross.shape == (facts.decoder_layers, facts.decoder_heads, count, source)
    for stack in STACKS:
        weights = maps.of(stack)
        assert weights.dtype == np.float32
        assert np.abs(weights.sum(-1) - 1).max() < 1e-5
        assert weights.shape[2:] == (len(maps.queries(stack)), len(maps.keys(stack)))
    ahead = np.triu(np.ones((count, count), dtype=bool), 1)
    assert not maps.decoder[..., ahead].any()
    assert maps.read.ids == (model.rules.start, *maps.target.ids[:-1])
    assert maps.read.words == (None, *maps.target.words[:-1])
    assert maps.read.special == (True, *maps.target.special[:-1])
    assert maps.read.display[1:] == maps.target.display[:-1]
    assert maps.read.pieces == model.reader.pieces(list(maps.read.ids))
    expected = (
        model.generate(SOURCE, Decoding()).tokens
        if target is None
        else model.tokenize_target(target)
    )
    assert maps.target == expected
    assert pickle.loads(pickle.dumps(maps)).cross.tobytes() == maps.cross.tobytes()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_textbook_gives_the_same_weights(family):
    model = loaded(family)
    maps = model.attention(SOURCE, TARGET)
    check = model.check_attention(maps)
    assert check.passed, check
    for stack in STACKS:
        wrong = maps.of(stack).copy()
        # Two weights of one row change places: its sum stays.
        wrong[-1, -1, -1] = np.roll(wrong[-1, -1, -1], 1)
        assert not model.check_attention(replace(maps, **{stack: wrong})).passed
        scaled = maps.of(stack) * np.float32(1.01)
        assert not model.check_attention(replace(maps, **{stack: scaled})).passed
        # Each weight nearly right, and the row's sum is not.
        raised = maps.of(stack) + np.float32(check.tolerance / 2)
        assert not model.check_attention(replace(maps, **{stack: raised})).passed
        broken = np.full_like(wrong, np.nan)
        assert not model.check_attention(replace(maps, **{stack: broken})).passed


@pytest.mark.parametrize("family", ["t5", "bart"])
def test_edits_are_in_the_check(family):
    model = loaded(family)
    keys = len(model.tokenize(SOURCE))
    row = ForcedRow(HeadRef("cross", 0, 1), 2, (1.0, *[0.0] * (keys - 1)))
    maps = model.attention(SOURCE, TARGET, ablate=[HeadRef("encoder", 0, 0)], force=[row])
    assert maps.cross[0, 1, 2].tolist() == list(row.weights)
    assert model.check_attention(maps).passed
    assert not model.check_attention(replace(maps, forced=())).passed
    assert not model.check_attention(replace(maps, ablated=())).passed
    usual = model.attention(SOURCE, TARGET)
    # A head that is off keeps its own weights and changes those after it.
    assert np.array_equal(maps.encoder[0], usual.encoder[0])
    assert not np.allclose(maps.encoder[1], usual.encoder[1], atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("stack", STACKS)
def test_steps_of_a_head(family, stack):
    model = loaded(family)
    maps = model.attention(SOURCE, TARGET)
    steps = model.head_steps(SOURCE, TARGET, stack, 1, 1)
    queries, keys = maps.of(stack).shape[2:]
    assert steps.queries.shape[0] == steps.output.shape[0] == queries
    assert steps.keys.shape == steps.values.shape == (keys, steps.queries.shape[1])
    assert np.array_equal(steps.weights, maps.of(stack)[1, 1])
    assert (steps.query_tokens, steps.key_tokens) == (maps.queries(stack), maps.keys(stack))
    scores = steps.queries.astype(float) @ steps.keys.T.astype(float) * steps.scale
    scores += 0.0 if steps.bias is None else steps.bias
    assert np.abs(scores - steps.scores).max() < 1e-4
    assert np.array_equal(steps.mask, np.tri(queries, keys, dtype=bool) | (stack != "decoder"))
    raised = np.where(steps.mask, np.exp(scores - scores.max(-1, keepdims=True)), 0)
    assert np.abs(raised / raised.sum(-1, keepdims=True) - steps.weights).max() < 1e-5
    assert np.abs(steps.weights @ steps.values - steps.output).max() < 1e-4
    has_bias = family in ("t5", "mt5") and stack != "cross"
    assert (steps.bias is not None) == has_bias
    if family in ("t5", "mt5"):
        assert steps.scale == 1.0
    else:
        assert steps.scale == pytest.approx(steps.queries.shape[1] ** -0.5)


def test_only_the_stacks_asked_for():
    maps = loaded("t5").attention(SOURCE, TARGET, stacks=("cross",))
    assert maps.encoder.shape[0] == maps.decoder.shape[0] == 0
    assert np.array_equal(maps.cross, loaded("t5").attention(SOURCE, TARGET).cross)


def test_the_answer_of_a_model_with_heads_off_is_its_own():
    model = loaded("t5")
    heads = heads_of(model.facts, "cross")
    maps = model.attention(SOURCE, ablate=heads)
    assert maps.ablated == heads
    assert maps.target.ids != model.attention(SOURCE).target.ids
    # Without cross-attention nothing of the source is left.
    other = model.attention("An old cat sleeps.", ablate=heads)
    assert other.target.ids == maps.target.ids


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": " "}, "target is empty"),
        ({"target": TARGET * 200}, r"target has [\d,]+ pieces .* at most \d+"),
        ({"ablate": [HeadRef("cross", 3, 0)]}, "Layer 3 of cross-attention .* has 3"),
        ({"ablate": [HeadRef("encoder", 0, 4)]}, "Head 4 of the encoder .* has 4"),
        ({"ablate": [HeadRef("encoder", 0, -1)]}, "Head -1"),
        ({"ablate": [HeadRef("encoder", True, 0)]}, "Layer True"),
        ({"ablate": [HeadRef("sideways", 0, 0)]}, "'sideways'"),
        ({"force": [ForcedRow(HeadRef("cross", 0, 0), 0, (1.0,))]}, "give the target"),
        ({"target": TARGET, "force": [ForcedRow(HeadRef("cross", 0, 0), 0, (1.0,))]}, "1 weights"),
        ({"target": TARGET, "force": [ForcedRow(HeadRef("cross", 0, 0), 999, ())]}, "Row 999"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(options, message):
    with pytest.raises(ExplorerError, match=message):
        loaded("t5").attention(SOURCE, **options)


@pytest.mark.parametrize(
    ("weights", "message"),
    [((0.5,), "sum to 0.5"), ((1.5, -0.5), "negative"), ((float("nan"),), "no number")],
)
def test_forced_weights_must_be_shares(weights, message):
    model = loaded("t5")
    row = (*weights, *[0.0] * (len(model.tokenize(SOURCE)) - len(weights)))
    with pytest.raises(ExplorerError, match=message):
        model.attention(SOURCE, TARGET, force=[ForcedRow(HeadRef("cross", 0, 0), 0, row)])


def test_a_forced_step_cannot_look_ahead():
    model = loaded("t5")
    count = len(model.tokenize_target(TARGET))
    row = (0.0, 1.0, *[0.0] * (count - 2))
    with pytest.raises(ExplorerError, match="later steps"):
        model.attention(SOURCE, TARGET, force=[ForcedRow(HeadRef("decoder", 0, 0), 0, row)])


def test_empty_text_and_strange_pieces():
    model = loaded("t5")
    with pytest.raises(ExplorerError, match="text is empty"):
        model.attention(" ", TARGET)
    tokens = model.tokenize_target(TARGET)
    with pytest.raises(ExplorerError, match="not pieces of"):
        model.attention(SOURCE, replace(tokens, ids=(10**6, *tokens.ids[1:])))


def test_maps_too_large_for_memory_are_refused(monkeypatch):
    monkeypatch.setattr("explorer.attention_maps.MAX_WEIGHTS", 1000)
    assert MAX_WEIGHTS > 1000
    with pytest.raises(ExplorerError, match="attention weights, and the limit"):
        loaded("t5").attention(SOURCE, TARGET)


def test_the_public_names():
    assert explorer.HeadRef is HeadRef
    assert explorer.ForcedRow is ForcedRow
    assert heads_of(loaded("t5").facts, "decoder", 1) == tuple(
        HeadRef("decoder", 1, head) for head in range(4)
    )
