"""A config.json as transformers' own configuration."""

import pytest

from explorer.configuration import NOT_COMPUTED, open_configuration
from explorer.families import FAMILIES, Family


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_what_only_changes_how_a_model_is_called_is_left_out(family: Family) -> None:
    usual = open_configuration(family, {})
    opposite = {name: not getattr(usual, name, False) for name in NOT_COMPUTED}
    config = open_configuration(family, opposite | {"d_model": 48})
    assert config.d_model == 48
    for name in NOT_COMPUTED:
        assert getattr(config, name, False) == getattr(usual, name, False)


def test_what_t5_does_not_declare_is_taken() -> None:
    kept = {"decoder_start_token_id": 5, "scale_decoder_outputs": False}
    config = open_configuration(FAMILIES[0], kept)
    assert {name: getattr(config, name) for name in kept} == kept
