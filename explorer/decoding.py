"""Decoding: `transformers`' own `generate`, with every setting said aloud.

A loaded model has kept only what `explorer.rules` reads of its checkpoint, so that no habit of the
checkpoint joins in. The processors that bend the scores are handed over in the order in which
`generate` would build them itself, with two additions: a `Record` before the first, which notes
what the model itself thinks of the pieces, and a `SeededDraw` after the last, which samples from a
generator of its own, so that no other thread can change the draw.
"""

from collections.abc import Callable
from threading import Event
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList
from transformers.generation import logits_process

from explorer.following import Decoded, Follow, FollowBeams, Record, SeededDraw
from explorer.generation import Decoding
from explorer.rules import Rules

BUILT_HERE: dict[str, object] = {
    # What the module's own settings hold (see `explorer.rules`) and `processors` builds, ...
    "forced_bos_token_id": None,
    "forced_eos_token_id": None,
    "bad_words_ids": None,
    # ... and the two defaults of transformers that are not "off".
    "max_length": None,
    "top_k": None,
}


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
    if rules.forced_last:
        chain.append(
            logits_process.ForcedEOSTokenLogitsProcessor(
                1 + decoding.max_new_tokens, list(rules.forced_last), device=str(device)
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


def run(
    module: Any,
    source_ids: tuple[int, ...],
    decoding: Decoding,
    rules: Rules,
    chain: list[LogitsProcessor],
    follow: Follow,
    **wanted: object,
) -> Any:
    """What `generate` returns with these processors and this criterion; the one call of it.

    Args:
        module, source_ids, decoding, rules: as in `decode`.
        chain: what sees and bends the scores.
        follow: what sees the choices.
        wanted: what to return; by default the one best sequence (1, step).
    """
    source = torch.tensor([source_ids], device=module.device)  # (1, source)
    return module.generate(
        source,
        attention_mask=torch.ones_like(source),
        logits_processor=LogitsProcessorList(chain),
        stopping_criteria=[follow],
        **BUILT_HERE,
        max_new_tokens=decoding.max_new_tokens,
        num_beams=decoding.num_beams,
        length_penalty=float(decoding.length_penalty),
        early_stopping=decoding.early_stopping,
        decoder_start_token_id=rules.start,
        eos_token_id=list(rules.end) or None,
        pad_token_id=rules.padding,
        **wanted,
    )


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
    with torch.inference_mode():
        sequences = run(module, source_ids, decoding, rules, chain, follow)
        decoded = follow.decoded(sequences[0], decoding, rules)
    return decoded, follow.stopped and decoded.ids[-1] not in rules.end
