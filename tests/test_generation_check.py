"""An answer beside one pass over all its pieces, and a wrong answer that is found out."""

from dataclasses import replace

import pytest

from explorer.errors import ExplorerError
from explorer.generation import Decoding
from tests.checkpoints import FAMILIES
from tests.loaded import DECODING_NAMES, DECODINGS, SOURCE, loaded


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decoding", DECODINGS, ids=DECODING_NAMES)
def test_an_independent_pass_gives_the_same_log_probabilities(family, decoding):
    model = loaded(family)
    answer = model.generate(SOURCE, decoding)
    if model.tokenizer.pad_token_id in answer.tokens.ids[:-1]:
        # A random model may say <pad>; M2M100 gives it no position when it reads it at once.
        pytest.skip("the answer holds padding")
    check = model.check_generation(SOURCE, answer)
    assert check.passed, check
    wrong = replace(
        answer,
        token_log_probabilities=tuple(
            value - 0.005 if place == 2 else value
            for place, value in enumerate(answer.token_log_probabilities)
        ),
    )
    assert not model.check_generation(SOURCE, wrong).passed


def test_an_answer_is_checked_beside_its_own_text_only():
    model = loaded("t5")
    answer = model.generate("A \ud800 dog.", Decoding(max_new_tokens=5))
    assert model.check_generation("A \ud800 dog.", answer).passed
    with pytest.raises(ExplorerError, match="another text"):
        model.check_generation("A dog.", answer)
