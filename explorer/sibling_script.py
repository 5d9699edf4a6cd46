"""Copy as Python: the three architectures on one sentence, with plain `transformers`."""

from collections.abc import Sequence

from explorer.attention_script import loading
from explorer.model import Seq2SeqModel
from explorer.scripts import MINIATURES, PRINTING
from explorer.sibling_output import Continued, Filled, with_gaps
from explorer.siblings import Sibling, stack_of
from explorer.tokens import Tokens


def looks_script(
    siblings: Sequence[Sibling],
    texts: Sequence[Tokens],
    model: Seq2SeqModel,
    source: Tokens,
    target: Tokens,
    head: tuple[int, int] | None,
) -> str:
    """A program that prints one map of each kind of attention.

    Args:
        siblings: the encoder-only and the decoder-only model.
        texts: what each of the two reads.
        model: the encoder-decoder.
        source, target: what it reads, and what it answers.
        head: the layer and the head of each map; None for the mean of all.
    """
    chosen = ".mean((0, 1))" if head is None else f"[{head[0]}, {head[1]}]"
    lines = [PRINTING]
    for each, tokens in zip(siblings, texts, strict=True):
        lines += [
            "",
            *_load(each),
            f"ids = torch.tensor([{list(tokens.ids)}])",
            "with torch.inference_mode():",
            "    seen = model(input_ids=ids, output_attentions=True).attentions",
            f"print({each.architecture!r})",
            f"print(torch.stack(seen)[:, 0]{chosen})  # (query, key)",
        ]
    lines += [
        "",
        *loading(model)[3:],
        f"source = torch.tensor([{list(source.ids)}])",
        f"reads = torch.tensor([{[model.rules.start, *target.ids[:-1]]}])",
        "with torch.inference_mode():",
        "    result = model(input_ids=source, decoder_input_ids=reads, output_attentions=True)",
        'for kind in ("encoder", "decoder", "cross"):',
        "    print(kind)",
        f'    print(torch.stack(result[f"{{kind}}_attentions"])[:, 0]{chosen})  # (query, key)',
    ]
    classes = [*(stack_of(each.architecture).auto_class for each in siblings),
               "AutoModelForSeq2SeqLM"]  # fmt: skip
    begin = ["import torch", f"from transformers import {', '.join(classes)}", ""]
    return "\n".join([*begin, *lines]) + "\n"


def output_script(encoder: Sibling, filled: Filled, decoder: Sibling, continued: Continued) -> str:
    """A program that prints the candidates of a gap, and the pieces that are added to a text."""
    ids = with_gaps(encoder, filled.tokens, filled.places)
    count = len(filled.candidates[0])
    lines = [
        "import torch",
        "from transformers import AutoModelForCausalLM, AutoModelForMaskedLM",
        "",
        *_load(encoder),
        f"ids = torch.tensor([{ids}])",
        "with torch.inference_mode():",
        "    chances = model(input_ids=ids).logits[0].double().softmax(-1)",
        f"for place in {list(filled.places)}:",
        f"    best = chances[place].topk({count})",
        "    for id, chance in zip(best.indices.tolist(), best.values.tolist()):",
        '        print(place, id, f"{chance:.6f}")',
        "",
        *_load(decoder),
        f"ids = torch.tensor([{list(continued.begun.ids)}])",
        f"for _ in range({len(continued.added)}):",
        "    with torch.inference_mode():",
        "        chances = model(input_ids=ids).logits[0, -1].double().softmax(-1)",
        "    best = chances.argmax()",
        '    print(best.item(), f"{chances[best].item():.6f}")',
        "    ids = torch.cat([ids, best.view(1, 1)], dim=1)",
    ]
    return "\n".join(lines) + "\n"


def _load(model: Sibling) -> list[str]:
    return [
        f"name = {f'{MINIATURES}/{model.name}'!r}  # run this in the project folder",
        f"model = {stack_of(model.architecture).auto_class}.from_pretrained(",
        '    name, attn_implementation="eager"',
        ").eval()",
    ]
