"""Copy as Python: a plain `transformers` program for the probabilities of a timeline."""

from typing import TYPE_CHECKING

from explorer.attention_script import loading

if TYPE_CHECKING:
    from explorer.generation import Decoding
    from explorer.model import Seq2SeqModel
    from explorer.rules import Rules
    from explorer.timeline import Timeline


def timeline_script(model: "Seq2SeqModel", timeline: "Timeline") -> str:
    """A program that prints every step's piece, its probability and the top alternatives.

    For each step a line with its piece and probability, and under it the most probable pieces.
    Where settings bend the probabilities, behind each stands what they made of it, and behind the
    chosen piece's how many pieces were left, and what the model gave all that were cut together.
    One pass over all pieces gives the same numbers as the steps did.
    """
    fixed = [step.index for step in timeline.steps if step.fixed]
    bent = timeline.steps[-1].after is not None
    torch, classes, *rest = loading(model, "sdpa")
    lines = [
        torch,
        f"{classes}, AutoTokenizer",
        *(["from transformers.generation import logits_process"] if bent else []),
        *rest,
        "tokenizer = AutoTokenizer.from_pretrained(name)",
        f"source = torch.tensor([{list(timeline.source.ids)}])",
        f"target = {list(timeline.target.ids)}",
        f"reads = torch.tensor([[{model.rules.start}, *target[:-1]]])  # the start token first",
        "with torch.inference_mode():",
        "    logits = model(",
        "        input_ids=source,",
        "        attention_mask=torch.ones_like(source),",
        "        decoder_input_ids=reads,",
        "        use_cache=False,",
        "    ).logits[0].float()  # (step, vocabulary)",
        "probabilities = logits.softmax(-1)",
        *(_settings(timeline.decoding, model.rules) if bent else []),
    ]
    if fixed:
        lines += [
            "# In these steps the model's rules leave no choice: the piece has probability 1.",
            f"fixed = {fixed}",
        ]
    lines += [*_loop(timeline.alternatives, bool(fixed)), *(_printing(bent))]
    return "\n".join(lines) + "\n"


def _loop(count: int, fixed: bool) -> list[str]:
    """What is printed of each step: the chosen piece, and the most probable ones."""
    lines = [
        "names = tokenizer.convert_ids_to_tokens",
        "for step, piece in enumerate(target):",
        "    own = probabilities[step]",
        f"    shown = [piece, *own.topk({count}).indices.tolist()]",
    ]
    if fixed:
        lines += [
            "    if step in fixed:",
            "        own = torch.zeros_like(own)",
            "        own[piece] = 1",
            f"        shown = {'[piece, piece]' if count else '[piece]'}",
        ]
    return lines


def _printing(bent: bool) -> list[str]:
    """How the pieces of a step are printed, the chosen one first."""
    if not bent:
        return [
            "    for place, number in enumerate(shown):",
            '        begin = "   " if place else step',
            '        print(begin, repr(names(number)), f"{own[number]:.6f}")',
        ]
    return [
        "    scores = logits[step : step + 1].clone()",
        "    scores = settings(reads[:, : step + 1], scores)[0]  # (vocabulary,)",
        "    after, cut = scores.softmax(-1), scores.isneginf()",
        "    for place, number in enumerate(shown):",
        '        begin, end = ("   ", "") if place else (',
        '            step, f" ({(~cut).sum()} pieces left, cut {own[cut].sum():.6f})"',
        "        )",
        '        became = "cut" if cut[number] else f"{after[number]:.6f}"',
        '        print(begin, repr(names(number)), f"{own[number]:.6f} -> {became}{end}")',
    ]


def _settings(decoding: "Decoding", rules: "Rules") -> list[str]:
    """What bends the scores, as `explorer.decoding.processors` builds it, but for the draw."""
    end = f"torch.tensor({list(rules.end)})"
    chain = [
        (
            decoding.repetition_penalty != 1.0,
            f"RepetitionPenaltyLogitsProcessor({float(decoding.repetition_penalty)!r})",
        ),
        (
            decoding.no_repeat_ngram_size,
            f"NoRepeatNGramLogitsProcessor({decoding.no_repeat_ngram_size})",
        ),
        (
            rules.bad_words,
            f"NoBadWordsLogitsProcessor({[list(words) for words in rules.bad_words]}, {end})",
        ),
        (
            decoding.min_new_tokens and rules.end,
            f"MinNewTokensLengthLogitsProcessor(1, {decoding.min_new_tokens}, {end})",
        ),
        (
            rules.forced_first is not None,
            f"ForcedBOSTokenLogitsProcessor({rules.forced_first})",
        ),
        (
            rules.forced_last,
            f"ForcedEOSTokenLogitsProcessor({1 + decoding.max_new_tokens}, "
            f"{list(rules.forced_last)})",
        ),
    ]
    if decoding.strategy == "sampling":
        chain += [
            (
                decoding.temperature != 1.0,
                f"TemperatureLogitsWarper({float(decoding.temperature)!r})",
            ),
            (decoding.top_k, f"TopKLogitsWarper({decoding.top_k})"),
            (decoding.top_p < 1.0, f"TopPLogitsWarper({float(decoding.top_p)!r})"),
        ]
    return [
        "# What the settings make of the model's scores, in the order of `generate`.",
        "settings = logits_process.LogitsProcessorList([",
        *(f"    logits_process.{one}," for wanted, one in chain if wanted),
        "])",
    ]
