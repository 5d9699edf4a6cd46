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
    DynamicCache,
    EncoderDecoderCache,
    LogitsProcessor,
    LogitsProcessorList,
    StoppingCriteria,
)
from transformers.generation import logits_process

from explorer.generation import Decoding

NEUTRAL: dict[str, object] = {
    # What a checkpoint may set and nobody asked for: off, or built here as a processor.
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


def rules(module: Any, language: int | None = None) -> Rules:
    """The rules of a loaded model; `language` is the id of the language it must answer in."""
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
    return Rules(
        start=start,
        end=end,
        padding=padding if padding is not None else (end[0] if end else 0),
        forced_first=language if language is not None else fact("forced_bos_token_id"),
        forced_last=last[0] if isinstance(last, (list, tuple)) else last,
        bad_words=tuple(tuple(words) for words in fact("bad_words_ids") or ()),
    )


@dataclass(frozen=True)
class Decoded:
    """The pieces of one answer and what was noted while they were chosen."""

    ids: tuple[int, ...]
    log_probabilities: tuple[float, ...]
    score: float


class Record(LogitsProcessor):  # type: ignore[misc]
    """Keeps the scores of the step under way; changes nothing."""

    def __init__(self) -> None:
        self.prefixes: torch.Tensor | None = None  # (beam, step)
        self.scores: torch.Tensor | None = None  # (beam, vocabulary)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        self.prefixes, self.scores = input_ids, scores
        return scores


class SeededDraw(LogitsProcessor):  # type: ignore[misc]
    """Draws one piece from a generator of its own and leaves no other to choose."""

    def __init__(self, seed: int, device: torch.device) -> None:
        self.generator = torch.Generator(device=device).manual_seed(seed)

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        probabilities = torch.nn.functional.softmax(scores, dim=-1)
        drawn = torch.multinomial(probabilities, num_samples=1, generator=self.generator)
        return torch.full_like(scores, -torch.inf).scatter_(1, drawn, 0.0)


class Follow(StoppingCriteria):  # type: ignore[misc]
    """Notes the log-probability of each chosen piece, shows it, and stops when told to."""

    def __init__(
        self,
        record: Record,
        cancelled: Event | None,
        on_piece: Callable[[list[int]], None] | None,
    ) -> None:
        self.record = record
        self.cancelled = cancelled
        self.on_piece = on_piece
        self.stopped = False
        self.log_probabilities: list[torch.Tensor] = []

    def __call__(
        self, input_ids: torch.Tensor, scores: object, **kwargs: object
    ) -> torch.Tensor:
        self.note(input_ids)
        if self.on_piece is not None:
            self.on_piece(input_ids[0, 1:].tolist())
        self.stopped = self.cancelled is not None and self.cancelled.is_set()
        return torch.full((input_ids.shape[0],), self.stopped, device=input_ids.device)

    def note(self, input_ids: torch.Tensor) -> None:
        """Keep the chosen piece's log-probability, on the device: reading it would wait for it."""
        assert self.record.scores is not None
        logits = self.record.scores[0]
        self.log_probabilities.append(logits[input_ids[0, -1]] - logits.logsumexp(-1))

    def decoded(self, sequence: torch.Tensor, decoding: Decoding, rules: Rules) -> Decoded:
        """The answer, once `generate` has returned its sequence."""
        ids = tuple(sequence[1:].tolist())
        values = torch.stack(self.log_probabilities)[: len(ids)].tolist()
        forced = rules.forced(ids, decoding.max_new_tokens)
        values = [0.0 if fixed else value for value, fixed in zip(values, forced, strict=True)]
        return Decoded(ids, tuple(values), sum(values))


class FollowBeams(Follow):
    """The same for beam search, where a step has many candidates and any of them may win.

    The criterion is asked about every candidate, so each is noted with a link to the one it
    continues. In beam search `transformers` hands log-probabilities to the processors.
    """

    def __init__(self, record: Record, bent: Record, cancelled: Event | None) -> None:
        super().__init__(record, cancelled, None)
        self.bent = bent
        self.running: dict[tuple[int, ...], _Candidate] = {}
        self.finished: dict[tuple[int, ...], _Candidate] = {}
        self.end: frozenset[int] = frozenset()

    def note(self, input_ids: torch.Tensor) -> None:
        """Keep what the model, and the processors after it, think of each candidate."""
        prefixes, own, bent = self.record.prefixes, self.record.scores, self.bent.scores
        assert prefixes is not None and own is not None and bent is not None
        same = (input_ids[:, None, :-1] == prefixes[None]).all(-1)  # (candidate, beam)
        beams, pieces = same.int().argmax(1), input_ids[:, -1]
        rows = zip(
            input_ids.tolist(), own[beams, pieces].tolist(), bent[beams, pieces].tolist(), strict=True
        )
        step: dict[tuple[int, ...], _Candidate] = {}
        for ids, log_probability, score in rows:
            key = tuple(ids)
            step[key] = _Candidate(self.running.get(key[:-1]), log_probability, score)
            if key[-1] in self.end:
                self.finished[key] = step[key]
        self.running = step

    def decoded(self, sequence: torch.Tensor, decoding: Decoding, rules: Rules) -> Decoded:
        """The winner, with the score that ranked it."""
        key = tuple(sequence.tolist())
        ids = key[1:]
        candidate = self.finished.get(key) or self.running[key]
        values: list[float] = []
        total = 0.0
        link: _Candidate | None = candidate
        while link is not None:
            values.append(link.log_probability)
            total += link.score
            link = link.before
        forced = rules.forced(ids, decoding.max_new_tokens)
        values = [0.0 if fixed else value for value, fixed in zip(values[::-1], forced, strict=True)]
        return Decoded(ids, tuple(values), total / len(ids) ** decoding.length_penalty)


@dataclass(frozen=True)
class _Candidate:
    before: "_Candidate | None"
    log_probability: float
    score: float


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
                1, decoding.min_new_tokens, end, device=device
            )
        )
    if rules.forced_first is not None:
        chain.append(logits_process.ForcedBOSTokenLogitsProcessor(rules.forced_first))
    if rules.forced_last is not None:
        chain.append(
            logits_process.ForcedEOSTokenLogitsProcessor(
                1 + decoding.max_new_tokens, rules.forced_last, device=device
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


def cache() -> EncoderDecoderCache:
    """An empty cache that grows with the layers it meets.

    The one that `generate` makes for a T5 has as many layers as the *encoder*, and fails when the
    decoder is deeper.
    """
    return EncoderDecoderCache(DynamicCache(), DynamicCache())


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
    follow: Follow
    if decoding.strategy == "beam":
        follow = FollowBeams(record, bent, cancelled)
        follow.end = frozenset(rules.end)
    else:
        follow = Follow(record, cancelled, on_piece)
    chain = [record, *processors(decoding, rules, device)]
    if decoding.strategy == "beam":
        chain.append(bent)
    source = torch.tensor([source_ids], device=device)  # (1, source)
    with torch.inference_mode():
        sequences = module.generate(
            source,
            attention_mask=torch.ones_like(source),
            logits_processor=LogitsProcessorList(chain),
            stopping_criteria=[follow],
            past_key_values=cache(),
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
