import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from explorer.errors import ExplorerError
from explorer.generation import STRATEGIES, Decoding
from tests.checkpoints import FAMILIES
from tests.loaded import DECODING_NAMES, DECODINGS, SOURCE, loaded, plain_tokenizer


@pytest.mark.parametrize("family", ["nllb", "mbart"])
def test_languages(family):
    model = loaded(family)
    assert model.source_language in model.languages
    others = [code for code in model.languages if code != model.target_language]
    view = model.for_languages(others[0], others[1])
    assert view.module is model.module
    first, second = model.tokenizer.convert_tokens_to_ids(others[:2])
    assert first in view.tokenize(SOURCE).ids
    assert view.tokenize_target(SOURCE).ids[0] == second
    answer = view.generate(SOURCE, Decoding(max_new_tokens=5))
    assert answer.tokens.ids[0] == second
    # The model itself still speaks its own.
    own = model.tokenizer.convert_tokens_to_ids(model.target_language)
    assert model.generate(SOURCE, Decoding(max_new_tokens=5)).tokens.ids[0] == own


def test_languages_that_are_none():
    with pytest.raises(ExplorerError, match="'</s>'"):
        loaded("nllb").for_languages("eng_Latn", "</s>")
    with pytest.raises(ExplorerError, match="'klingon'"):
        loaded("nllb").for_languages("klingon", "eng_Latn")
    with pytest.raises(ExplorerError, match="fixed languages"):
        loaded("t5").for_languages("eng_Latn", "deu_Latn")
    assert loaded("t5").languages == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_target_is_what_the_model_was_trained_to_say(family):
    model = loaded(family)
    tokenizer = plain_tokenizer(family)
    text = "Der kleine Hund sieht die Katze."
    if model.target_language:
        tokenizer.tgt_lang = model.target_language
    assert list(model.tokenize_target(text).ids) == tokenizer(text_target=text)["input_ids"]


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\u3000"])
def test_nothing_to_answer(text):
    with pytest.raises(ExplorerError, match="empty"):
        loaded("t5").generate(text)


def test_more_than_the_model_can_write_is_refused():
    model = loaded("bart")
    limit = model.facts.max_target_tokens
    with pytest.raises(ExplorerError, match=f"at most {limit}"):
        model.generate(SOURCE, Decoding(max_new_tokens=limit + 1))
    most = model.generate(SOURCE, Decoding(max_new_tokens=limit, min_new_tokens=limit - 1))
    assert len(most.tokens.ids) == limit


@pytest.mark.parametrize("family", FAMILIES)
def test_the_longest_text_gets_an_answer(family):
    model = loaded(family)
    answer = model.generate("The small dog sees. " * 5000, Decoding(max_new_tokens=3))
    assert len(answer.source.ids) == model.facts.max_source_tokens
    assert answer.source.truncated


def test_speed_and_reason_are_reported():
    answer = loaded("t5").generate(SOURCE, Decoding(max_new_tokens=9))
    assert answer.seconds > 0
    assert answer.tokens_per_second == pytest.approx(len(answer.tokens.ids) / answer.seconds)
    assert len(answer.token_log_probabilities) == len(answer.tokens.ids)
    assert answer.source.text == SOURCE


def test_broken_weights_are_told_in_a_sentence():
    model = loaded("pegasus")
    weight = model.module.model.decoder.layers[0].fc1.weight
    kept = weight.detach().clone()
    try:
        with torch.no_grad():
            weight.fill_(torch.nan)
        for strategy in STRATEGIES:
            beams = 2 if strategy == "beam" else 1
            decoding = Decoding(strategy, num_beams=beams, max_new_tokens=5)
            with pytest.raises(ExplorerError):
                model.generate(SOURCE, decoding)
    finally:
        with torch.no_grad():
            weight.copy_(kept)


def test_other_languages_need_no_second_reader(monkeypatch):
    model = loaded("nllb")
    monkeypatch.setattr("explorer.loaded_model.Reader", None)
    view = model.for_languages("fra_Latn", "spa_Latn")
    assert view.reader is model.reader
    assert (view.source_language, view.target_language) == ("fra_Latn", "spa_Latn")
    assert (model.source_language, model.target_language) == ("eng_Latn", "deu_Latn")
    with pytest.raises(ExplorerError, match="does not know"):
        model.for_languages("fra_Latn", "none")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=()), max_size=60),
    family=st.sampled_from(FAMILIES),
    strategy=st.sampled_from(STRATEGIES),
)
def test_any_text_gets_an_answer_or_a_sentence(text, family, strategy):
    decoding = Decoding(strategy, num_beams=2 if strategy == "beam" else 1, max_new_tokens=4)
    try:
        answer = loaded(family).generate(text, decoding)
    except ExplorerError:
        assert not text.strip()
    else:
        assert answer.tokens.ids
        assert answer.tokens.display


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decoding", DECODINGS, ids=DECODING_NAMES)
def test_the_same_on_cuda(family, decoding):
    model = loaded(family)
    assert model.module.device.type == "cuda"
    answer = model.generate(SOURCE, decoding)
    assert model.check_generation(SOURCE, answer).passed
    assert list(model.stream(SOURCE, decoding))[-1] == answer.text
