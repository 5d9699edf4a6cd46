"""Our answers beside those of `transformers` called as its users call it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
import torch

from explorer.decoding import rules
from explorer.generation import Decoding
from tests.checkpoints import FAMILIES
from tests.loaded import DECODING_NAMES, DECODINGS, SOURCE, loaded, plain_settings, plain_tokenizer

TEXTS = (SOURCE, "Wir trinken heißen Tee.", "a")


def plain(family: str, text: str, decoding: Decoding):
    model = loaded(family)
    source = plain_tokenizer(family)(text, return_tensors="pt").to(model.module.device)
    torch.manual_seed(decoding.seed)
    return model.module.generate(
        **source,
        **plain_settings(model, decoding),
        min_length=0,
        output_scores=True,
        output_logits=True,
        return_dict_in_generate=True,
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decoding", DECODINGS, ids=DECODING_NAMES)
def test_the_pieces_are_those_of_transformers(family, decoding):
    model = loaded(family)
    for text in TEXTS:
        answer = model.generate(text, decoding)
        theirs = plain(family, text, decoding)
        assert list(answer.tokens.ids) == theirs.sequences[0, 1:].tolist()
        decode = plain_tokenizer(family).decode
        assert answer.text == decode(theirs.sequences[0], skip_special_tokens=True)
        if decoding.strategy == "beam":
            assert answer.sequence_score == pytest.approx(theirs.sequences_scores[0].item(), 1e-5)
        else:
            assert answer.sequence_score == pytest.approx(answer.log_probability)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("decoding", DECODINGS, ids=DECODING_NAMES)
def test_log_probabilities_are_those_of_the_output_layer(family, decoding):
    model = loaded(family)
    answer = model.generate(SOURCE, decoding)
    theirs = plain(family, SOURCE, decoding)
    beams = (
        theirs.beam_indices[0].tolist() if decoding.strategy == "beam" else [0] * len(theirs.logits)
    )
    forced = model.rules.forced(answer.tokens.ids, decoding.max_new_tokens)
    for step, number in enumerate(answer.tokens.ids):
        logits = theirs.logits[step][beams[step]]
        expected = 0.0 if forced[step] else logits.log_softmax(-1)[number].item()
        assert answer.token_log_probabilities[step] == pytest.approx(expected, abs=1e-4)


def test_forced_pieces_are_certain():
    bart = loaded("bart").generate(SOURCE, Decoding(max_new_tokens=6))
    assert bart.tokens.pieces[0] == "<s>"
    assert bart.tokens.pieces[-1] == "</s>"
    assert bart.token_log_probabilities[0] == bart.token_log_probabilities[-1] == 0.0
    assert all(value < 0 for value in bart.token_log_probabilities[1:-1])
    nllb = loaded("nllb").generate(SOURCE, Decoding(max_new_tokens=6))
    assert nllb.tokens.pieces[0] == "deu_Latn"
    assert nllb.token_log_probabilities[0] == 0.0


@pytest.mark.parametrize("family", ["bart", "t5"])
def test_defaults_of_the_checkpoint_do_not_join_in(family):
    model = loaded(family)
    before = {decoding: model.generate(SOURCE, decoding) for decoding in DECODINGS}
    settings = model.module.generation_config
    kept = settings.to_dict()
    # What bart-large-cnn brings along, and more of its kind.
    settings.update(
        num_beams=4,
        min_length=56,
        max_length=142,
        length_penalty=2.0,
        no_repeat_ngram_size=3,
        early_stopping=True,
        repetition_penalty=3.0,
        temperature=0.1,
        top_k=3,
        top_p=0.2,
        do_sample=True,
        suppress_tokens=[5, 6, 7, 8, 9, 10, 11, 12],
        begin_suppress_tokens=[20, 21, 22],
        encoder_repetition_penalty=2.0,
        encoder_no_repeat_ngram_size=1,
        exponential_decay_length_penalty=(1, 3.0),
    )
    try:
        for decoding, answer in before.items():
            again = model.generate(SOURCE, decoding)
            assert again.tokens.ids == answer.tokens.ids
            assert again.sequence_score == answer.sequence_score
    finally:
        settings.update(**kept)


def test_a_seed_draws_the_same_whatever_else_runs():
    decodings = [Decoding("sampling", seed=seed, max_new_tokens=16) for seed in range(8)]
    models = [loaded(family) for family in ("t5", "bart")]
    alone = {
        (model.name, decoding): model.generate(SOURCE, decoding).tokens.ids
        for model in models
        for decoding in decodings
    }
    assert len(set(alone.values())) > 12  # the seeds do draw different answers

    def draw(job: int) -> bool:
        model, decoding = models[job % 2], decodings[job % 8]
        torch.rand(3)
        return model.generate(SOURCE, decoding).tokens.ids == alone[model.name, decoding]

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(draw, range(48)))


def test_the_global_random_state_is_left_alone():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    loaded("t5").generate(SOURCE, Decoding("sampling", seed=1, max_new_tokens=8))
    assert torch.equal(torch.get_rng_state(), before)


def test_answers_to_one_model_at_the_same_time():
    model = loaded("nllb")
    views = [model, model.for_languages("fra_Latn", "spa_Latn")]
    jobs = [(view, decoding) for view in views for decoding in DECODINGS]
    alone = [view.generate(SOURCE, decoding).tokens.ids for view, decoding in jobs]
    with ThreadPoolExecutor(8) as pool:
        together = pool.map(lambda job: job[0].generate(SOURCE, job[1]).tokens.ids, jobs * 3)
        assert list(together) == alone * 3


@pytest.mark.parametrize("decoding", DECODINGS, ids=DECODING_NAMES)
def test_stopping_takes_effect_within_one_piece(decoding):
    model = loaded("pegasus")
    whole = model.generate(SOURCE, decoding)
    cancelled = Event()
    cancelled.set()
    stopped = model.generate(SOURCE, decoding, cancelled)
    assert len(stopped.tokens.ids) == 1
    assert stopped.stop_reason == "stopped"
    assert len(stopped.token_log_probabilities) == 1
    if decoding.strategy != "beam":
        assert stopped.tokens.ids == whole.tokens.ids[:1]


def test_stop_reasons():
    model = loaded("mbart")
    ended = model.generate(SOURCE, Decoding(max_new_tokens=60))
    assert ended.tokens.ids[-1] == model.tokenizer.eos_token_id
    assert ended.stop_reason == "end token"
    short = model.generate(SOURCE, Decoding(max_new_tokens=3))
    # The end token at the limit was forced, not chosen.
    assert short.tokens.ids[-1] == model.tokenizer.eos_token_id
    assert short.stop_reason == "length limit"
    longer = replace(ended.decoding, min_new_tokens=len(ended.tokens.ids) + 5)
    assert len(model.generate(SOURCE, longer).tokens.ids) > len(ended.tokens.ids)


def test_the_first_mbart_reads_the_language_as_its_start():
    model = loaded("mbart")
    settings = model.module.generation_config
    german, english = model.tokenizer.convert_tokens_to_ids(["de_DE", "en_XX"])
    usual = rules(model.module, german, (german, english))
    assert (usual.start, usual.forced_first) == (settings.decoder_start_token_id, german)
    kept = settings.decoder_start_token_id
    settings.decoder_start_token_id = english
    try:
        first = rules(model.module, german, (german, english))
    finally:
        settings.decoder_start_token_id = kept
    assert (first.start, first.forced_first) == (german, None)
