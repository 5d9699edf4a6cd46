"""Our answers beside those of `transformers` called as its users call it."""

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest
import torch
from transformers import GenerationConfig

from explorer.checkpoint import open_checkpoint
from explorer.generation import Decoding
from explorer.rules import NEEDED, SETTINGS_FILE, rules
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
        # T5's sentinels are shown here and left out there.
        said = re.sub(r"<extra_id_\d+>", "", answer.text)
        assert said.split() == decode(theirs.sequences[0], skip_special_tokens=True).split()
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


HABITS = {
    "assistant_confidence_threshold": 0.1,
    "assistant_early_exit": 1,
    "begin_suppress_tokens": [20, 21, 22],
    "cache_implementation": "static",
    "constraints": [5],
    "diversity_penalty": 1.0,
    "do_sample": True,
    "dola_layers": "high",
    "early_stopping": True,
    "encoder_no_repeat_ngram_size": 1,
    "encoder_repetition_penalty": 2.0,
    "epsilon_cutoff": 0.3,
    "eta_cutoff": 0.3,
    "exponential_decay_length_penalty": [1, 3.0],
    "force_words_ids": [[5, 6]],
    "guidance_scale": 3.0,
    "length_penalty": 2.0,
    "max_length": 3,
    "max_new_tokens": 2,
    "max_time": 1e-9,
    "min_length": 56,
    "min_new_tokens": 40,
    "min_p": 0.9,
    "no_repeat_ngram_size": 3,
    "num_beam_groups": 2,
    "num_beams": 4,
    "num_return_sequences": 2,
    "output_scores": True,
    "penalty_alpha": 0.6,
    "prefill_chunk_size": 2,
    "prompt_lookup_num_tokens": 3,
    "renormalize_logits": True,
    "repetition_penalty": 3.0,
    "return_dict_in_generate": True,
    "sequence_bias": [[[5], 100.0]],
    "speculation_type": "dflash",
    "stop_strings": ["e"],
    "suppress_tokens": list(range(5, 120)),
    "temperature": 0.1,
    "token_healing": True,
    "top_h": 0.1,
    "top_k": 3,
    "top_p": 0.2,
    "typical_p": 0.2,
    "use_cache": False,
    "use_mtp": True,
    "watermarking_config": {"greenlist_ratio": 0.1, "bias": 50.0},
}
"""What a checkpoint may set, each with a value that changes answers, or at least how they come."""

NONSENSE = (True, 3, -1, 0.5, "static", "", [[5]], [[[5], 9.0]], {"a": {}}, [])


@pytest.mark.parametrize("family", ["bart", "t5"])
def test_habits_of_the_checkpoint_do_not_join_in(family, tmp_path):
    usual = loaded(family)
    decodings = (DECODINGS[0], DECODINGS[2], DECODINGS[6])
    answers = [usual.generate(SOURCE, decoding) for decoding in decodings]
    every = set(vars(GenerationConfig())) - set(NEEDED)
    # Names that stand for something else in the object that transformers reads the file into.
    every |= {"to_dict", "update", "logits_processor", "streamer", "anything"}
    # One by one in one family: the others go the same way.
    alone = [{name: value} for name, value in HABITS.items()]
    files = alone if family == "bart" else [HABITS]
    files += [dict.fromkeys(every, value) for value in NONSENSE]
    folder = shutil.copytree(usual.folder, tmp_path / family)
    settings = folder / SETTINGS_FILE
    needed = json.loads(settings.read_text())
    for extra in files:
        settings.write_text(json.dumps(needed | extra))
        model = open_checkpoint("changed", folder, usual.device)
        assert model.rules == usual.rules
        for decoding, answer in zip(decodings, answers, strict=True):
            again = model.generate(SOURCE, decoding)
            assert again.tokens.ids == answer.tokens.ids, extra
            assert again.sequence_score == answer.sequence_score, extra


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
