import math
from dataclasses import fields

import pytest

from explorer.errors import ExplorerError
from explorer.generation import MAX_BEAMS, MAX_NEW_TOKENS, STRATEGIES, Decoding

EFFECTIVE = {
    "num_beams": 3,
    "length_penalty": 2.0,
    "early_stopping": True,
    "temperature": 0.5,
    "top_k": 5,
    "top_p": 0.5,
    "seed": 1,
}
WHERE = {
    "num_beams": "beam",
    "length_penalty": "beam",
    "early_stopping": "beam",
    "temperature": "sampling",
    "top_k": "sampling",
    "top_p": "sampling",
    "seed": "sampling",
}


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("field", EFFECTIVE)
def test_a_setting_without_effect_is_refused_with_the_reason(strategy, field):
    settings = {"num_beams": 2} if strategy == "beam" else {}
    settings[field] = EFFECTIVE[field]
    reason = Decoding.reason_without_effect(strategy, field)
    if WHERE[field] == strategy:
        assert reason is None
        assert getattr(Decoding(strategy, **settings), field) == EFFECTIVE[field]
    else:
        assert reason is not None
        with pytest.raises(ExplorerError, match=field) as caught:
            Decoding(strategy, **settings)
        assert reason in str(caught.value)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_settings_of_every_strategy_are_never_without_effect(strategy):
    for field in fields(Decoding):
        if field.name not in WHERE:
            assert Decoding.reason_without_effect(strategy, field.name) is None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("num_beams", (0, -1, MAX_BEAMS + 1, 2.5, "4", True, math.nan)),
        ("max_new_tokens", (0, -5, MAX_NEW_TOKENS + 1, 1.5, None)),
        ("min_new_tokens", (-1, MAX_NEW_TOKENS + 1, "1")),
        ("temperature", (0, -1, math.nan, math.inf, "hot", 11)),
        ("top_k", (-1, 0.5)),
        ("top_p", (0, -0.1, 1.1, math.nan)),
        ("seed", (-1, 2**32, 0.5)),
        ("length_penalty", (math.inf, 11, -11)),
        ("repetition_penalty", (0, -1, math.nan, 11)),
        ("no_repeat_ngram_size", (-1, 21, 1.5)),
        ("early_stopping", (1, "never", None)),
        ("strategy", ("contrastive", "", None)),
    ],
)
def test_values_out_of_bounds_are_refused_by_name_and_value(field, values):
    for value in values:
        with pytest.raises(ExplorerError) as caught:
            Decoding(**{"strategy": "sampling", field: value})
        assert repr(value) in str(caught.value)
        assert field in str(caught.value) or field == "strategy"


@pytest.mark.parametrize("value", [10**400, -(10**400), 10**5000], ids=["long", "less", "longer"])
def test_a_number_too_long_to_be_written_is_refused_in_a_short_sentence(value):
    for field in ("max_new_tokens", "temperature"):
        with pytest.raises(ExplorerError, match=field) as caught:
            Decoding("sampling", **{field: value})
        assert len(str(caught.value)) < 120


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(ExplorerError, match="min_new_tokens=9 is more than max_new_tokens=8"):
        Decoding(min_new_tokens=9, max_new_tokens=8)
    with pytest.raises(ExplorerError, match="greedy"):
        Decoding("beam", num_beams=1)


def test_a_decoding_can_be_a_cache_key():
    assert hash(Decoding("beam", num_beams=4)) == hash(Decoding("beam", num_beams=4))
    assert Decoding(seed=0) == Decoding()
