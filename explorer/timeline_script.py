"""Copy as Python: a plain `transformers` program for the probabilities of a timeline."""

from typing import TYPE_CHECKING

from explorer.attention_script import loading

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel
    from explorer.timeline import Timeline


def timeline_script(model: "Seq2SeqModel", timeline: "Timeline") -> str:
    """A program that prints every step's piece, its probability and the top alternatives.

    It says each line as JSON: the step, the piece and its probability, then the most probable
    pieces with theirs. One pass over all pieces gives the same numbers as the steps.
    """
    fixed = [step.index for step in timeline.steps if step.fixed]
    count = timeline.alternatives
    lines = [
        "import json",
        "",
        *loading(model, "sdpa"),
        f"source = torch.tensor([{list(timeline.source.ids)}])",
        f"target = {list(timeline.target.ids)}",
        f"reads = torch.tensor([[{model.rules.start}, *target[:-1]]])  # the start token first",
        "with torch.inference_mode():",
        "    logits = model(",
        "        input_ids=source,",
        "        attention_mask=torch.ones_like(source),",
        "        decoder_input_ids=reads,",
        "        use_cache=False,",
        "    ).logits[0]  # (step, vocabulary)",
        "probabilities = logits.float().softmax(-1)",
    ]
    if fixed:
        lines += [
            "# Here the model's rules leave no choice: the piece has probability 1.",
            f"fixed = {fixed}",
        ]
    lines += [
        "for step, piece in enumerate(target):",
        f"    values, pieces = probabilities[step].topk({count})",
        "    top = list(zip(pieces.tolist(), values.tolist()))",
        "    probability = probabilities[step, piece].item()",
    ]
    if fixed:
        top = "[(piece, 1.0)]" if count else "[]"
        lines += ["    if step in fixed:", f"        probability, top = 1.0, {top}"]
    lines.append("    print(json.dumps([step, piece, probability, top]))")
    return "\n".join(lines) + "\n"
