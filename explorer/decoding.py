"""Decoding: `transformers`' own `generate`, with every setting said aloud.

`generate` fills what it is not told from the checkpoint (bart-large-cnn: four beams, at least 56
pieces, no three pieces twice). Here it is told everything, and the processors that bend the scores
are handed over in the order in which it would build them itself, with two additions: a `Record`
before the first, which notes what the model itself thinks of the pieces, and a `SeededDraw` after
the last, which samples from a generator of its own, so that no other thread can change the draw.
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

import torch
from transformers import (
    LogitsProcessor,
    LogitsProcessorList,
)
from transformers.generation import logits_process

from explorer.following import Decoded, Follow, FollowBeams, Record, SeededDraw
from explorer.generation import Decoding

NEUTRAL: dict[str, object] = {
    # What a checkpoint may set and nobody asked for: off, or built here as a processor.
    "max_length": None,
    "min_length": 0,
    "min_new_tokens": None,
    "max_time": None,
    "stop_strings": None,
    "do_sample": False,
    "temperature": 1.0,
    "top_k": None,
    "top_p": 1.0,
    "repetition_penalty": 1.0,
    "encoder_repetition_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "bad_words_ids": None,
    "sequence_bias": None,
    "guidance_scale": None,
    "forced_bos_token_id": None,
    "forced_eos_token_id": None,
    "remove_invalid_values": False,
    "exponential_decay_length_penalty": None,
    "suppress_tokens": None,
    "begin_suppress_tokens": None,
    "watermarking_config": None,
    "num_return_sequences": 1,
    "use_cache": True,
    "output_attentions": False,
    "output_hidden_states": False,
    "output_scores": False,
    "output_logits": False,
    "return_dict_in_generate": False,
}


@dataclass(frozen=True)
class Rules:
    """What a model needs to decode at all, whatever the person chose.

    Attributes:
        start: the piece the decoder reads first; it is not part of the answer.
        end: the pieces that end an answer.
        padding: the piece that stands for nothing.
        forced_first: the piece every answer begins with (BART's start, a language), if any.
        forced_last: the piece that ends an answer at the length limit, if any.
        bad_words: sequences that are never said (Marian's padding).
    """

    start: int
    end: tuple[int, ...]
    padding: int
    forced_first: int | None = None
    forced_last: int | None = None
    bad_words: tuple[tuple[int, ...], ...] = ()

    def forced(self, ids: tuple[int, ...], max_new_tokens: int | None) -> list[bool]:
        """Which pieces of an answer the model had no choice in."""
        forced = [False] * len(ids)
        if ids and self.forced_first is not None:
            forced[0] = True
        if ids and self.forced_last is not None and len(ids) == max_new_tokens:
            forced[-1] = True
        return forced


def rules(module: Any, language: int | None = None, languages: tuple[int, ...] = ()) -> Rules:
    """The rules of a loaded model.

    Args:
        module: the `transformers` model.
        language: the id of the language it must answer in. Most models are forced to say it
            first; the first mBART reads it as its start token instead.
        languages: the ids of all languages the model knows, to tell the two apart.
    """
    settings, config = module.generation_config, module.config

    def fact(name: str) -> Any:
        value = getattr(settings, name, None)
        return getattr(config, name, None) if value is None else value

    end = fact("eos_token_id")
    end = tuple(end) if isinstance(end, (list, tuple)) else () if end is None else (end,)
    padding = fact("pad_token_id")
    start = fact("decoder_start_token_id")
    if start is None:
        start = fact("bos_token_id")
    last = fact("forced_eos_token_id")
    first = fact("forced_bos_token_id")
    if language is not None and start in languages:
        start, first = language, None
    elif language is not None:
        first = language
    return Rules(
        start=start,
        end=end,
        padding=padding if padding is not None else (end[0] if end else 0),
        forced_first=first,
        forced_last=last[0] if isinstance(last, (list, tuple)) else last,
        bad_words=tuple(tuple(words) for words in fact("bad_words_ids") or ()),
    )


def processors(decoding: Decoding, rules: Rules, device: torch.device) -> list[LogitsProcessor]:
    """What bends the scores, in the order in which `generate` would build it."""
    end = torch.tensor(rules.end, device=device)
    chain: list[LogitsProcessor] = []
    if decoding.repetition_penalty != 1.0:
        penalty = float(decoding.repetition_penalty)
        chain.append(logits_process.RepetitionPenaltyLogitsProcessor(penalty))
    if decoding.no_repeat_ngram_size:
        chain.append(logits_process.NoRepeatNGramLogitsProcessor(decoding.no_repeat_ngram_size))
    if rules.bad_words:
        words = [list(word) for word in rules.bad_words]
        chain.append(logits_process.NoBadWordsLogitsProcessor(words, end))
    if decoding.min_new_tokens and rules.end:
        chain.append(
            logits_process.MinNewTokensLengthLogitsProcessor(
                1, decoding.min_new_tokens, end, device=str(device)
            )
        )
    if rules.forced_first is not None:
        chain.append(logits_process.ForcedBOSTokenLogitsProcessor(rules.forced_first))
    if rules.forced_last is not None:
        chain.append(
            logits_process.ForcedEOSTokenLogitsProcessor(
                1 + decoding.max_new_tokens, rules.forced_last, device=str(device)
            )
        )
    if decoding.strategy == "sampling":
        if decoding.temperature != 1.0:
            chain.append(logits_process.TemperatureLogitsWarper(float(decoding.temperature)))
        if decoding.top_k:
            chain.append(logits_process.TopKLogitsWarper(decoding.top_k))
        if decoding.top_p < 1.0:
            chain.append(logits_process.TopPLogitsWarper(float(decoding.top_p)))
        chain.append(SeededDraw(decoding.seed, device))
    return chain


def decode(
    module: Any,
    source_ids: tuple[int, ...],
    decoding: Decoding,
    rules: Rules,
    cancelled: Event | None = None,
    on_piece: Callable[[list[int]], None] | None = None,
) -> tuple[Decoded, bool]:
    """One answer to one text, and whether it was stopped. `on_piece` gets the pieces so far."""
    device = module.device
    record, bent = Record(), Record()
    follow = Follow(record, cancelled, on_piece)
    chain = [record, *processors(decoding, rules, device)]
    if decoding.strategy == "beam":
        follow = FollowBeams(record, bent, cancelled, rules.end)
        chain.append(bent)
    source = torch.tensor([source_ids], device=device)  # (1, source)
    with torch.inference_mode():
        sequences = module.generate(
            source,
            attention_mask=torch.ones_like(source),
            logits_processor=LogitsProcessorList(chain),
            stopping_criteria=[follow],
            **NEUTRAL,
            max_new_tokens=decoding.max_new_tokens,
            num_beams=decoding.num_beams,
            length_penalty=float(decoding.length_penalty),
            early_stopping=decoding.early_stopping,
            decoder_start_token_id=rules.start,
            eos_token_id=list(rules.end),
            pad_token_id=rules.padding,
        )
        decoded = follow.decoded(sequences[0], decoding, rules)
    return decoded, follow.stopped and decoded.ids[-1] not in rules.end
