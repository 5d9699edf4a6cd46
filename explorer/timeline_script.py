"""Copy as Python: a plain `transformers` program for the probabilities of a timeline."""

from typing import TYPE_CHECKING

from explorer.attention_script import loading

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel
    from explorer.timeline import Timeline


def timeline_script(model: "Seq2SeqModel", timeline: "Timeline") -> str:
    """A program that prints every step's piece, its probability and the top alternatives.

    For each step a line with its piece and probability, and under it the most probable pieces.
    One pass over all pieces gives the same numbers as the steps did.
    """
    fixed = [step.index for step in timeline.steps if step.fixed]
    count = timeline.alternatives
    torch, classes, *rest = loading(model, "sdpa")
    lines = [
        torch,
        f"{classes}, AutoTokenizer",
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
        "    ).logits[0]  # (step, vocabulary)",
        "probabilities = logits.float().softmax(-1)",
    ]
    if fixed:
        lines += [
            "# In these steps the model's rules leave no choice: the piece has probability 1.",
            f"fixed = {fixed}",
        ]
    lines += [
        "names = tokenizer.convert_ids_to_tokens",
        "for step, piece in enumerate(target):",
        "    probability = probabilities[step, piece].item()",
        f"    values, pieces = probabilities[step].topk({count})",
        "    top = list(zip(names(pieces.tolist()), values.tolist()))",
    ]
    if fixed:
        top = "[(names(piece), 1.0)]" if count else "[]"
        lines += ["    if step in fixed:", f"        probability, top = 1.0, {top}"]
    lines += [
        '    print(step, repr(names(piece)), f"{probability:.6f}")',
        "    for name, value in top:",
        '        print("   ", repr(name), f"{value:.6f}")',
    ]
    return "\n".join(lines) + "\n"
