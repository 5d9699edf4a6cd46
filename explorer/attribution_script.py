"""Copy as Python: a plain `transformers` program that prints an attribution by each method."""

from typing import TYPE_CHECKING

from explorer.attention_script import attention_pass

if TYPE_CHECKING:
    from explorer.attribution import Attribution
    from explorer.model import Seq2SeqModel


def attribution_script(model: "Seq2SeqModel", found: "Attribution") -> str:
    """A program that prints, for each source word, what each method gives it.

    A line is the word as a Python literal, its attention, its input x gradient, and how far the
    log-probability falls without it, with tabs between. What a person typed stands in it only as a
    literal.
    """
    scale = float(getattr(model.module.get_encoder(), "embed_scale", 1.0))
    scaled = "" if scale == 1.0 else f" * {scale!r}"
    layer = "" if found.layer is None else f"[{found.layer} : {found.layer + 1}]"
    head = "" if found.head is None else f"[:, {found.head} : {found.head + 1}]"
    reads = [model.rules.start, *found.target.ids[: found.step]]
    lines = [
        *attention_pass(model, found.source.ids, reads),
        f"piece = {found.target.ids[found.step]}  # which the last step predicts",
        "words = [  # each word and the places of its pieces",
        *(f"    ({unit.text!r}, {list(unit.pieces)})," for unit in found.words),
        "]",
        "",
        "cross = torch.stack(result.cross_attentions)[:, 0, :, -1].double()",
        f"attention = cross{layer}{head}.mean((0, 1))  # (source,)",
        "",
        "",
        "def log_probability(**inputs):",
        "    logits = model(**inputs, decoder_input_ids=reads, use_cache=False).logits[0, -1]",
        "    return logits.double().log_softmax(-1)[piece]",
        "",
        "",
        f"rows = model.get_encoder().get_input_embeddings()(source).detach(){scaled}",
        "rows.requires_grad_()  # (1, source, d_model)",
        "(gradient,) = torch.autograd.grad(log_probability(inputs_embeds=rows), rows)",
        "products = (rows * gradient).sum(-1)[0].tolist()  # (source,)",
        "",
        "with torch.inference_mode():",
        "    whole = log_probability(input_ids=source)",
        "    for word, places in words:",
        "        kept = [place for place in range(source.shape[1]) if place not in places]",
        "        without = log_probability(input_ids=source[:, kept])",
        "        attended = attention[places].sum()",
        "        product = sum(products[place] for place in places)",
        '        print(f"{word!r}\\t{attended:.6g}\\t{product:.6g}\\t{whole - without:.6g}")',
    ]
    return "\n".join(lines) + "\n"
