"""Copy as Python: a plain `transformers` program that prints what the layers would have said."""

from typing import TYPE_CHECKING

import numpy as np

from explorer.attention_script import loading
from explorer.lens import Lens

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel


def lens_script(model: "Seq2SeqModel", found: Lens) -> str:
    """A program that prints, for each layer, the top pieces of every step and their probabilities.

    Each layer is two lines: the ids (step, top), and the probabilities (step, top), as lists.
    """
    from explorer.layer_reading import CERTAIN, last_norm_name, scaled

    norm = last_norm_name(model)
    last = "state * model.config.d_model**-0.5" if scaled(model) else "state"
    bias = " + model.final_logits_bias" if hasattr(model.module, "final_logits_bias") else ""
    earlier = "read.hidden_states[1:-1]"
    if norm is not None:
        earlier = f"map({found.stack}.{norm}, {earlier})"
    asked = "output_hidden_states=True"
    if found.stack == "encoder":
        passes = [
            f"    read = encoder(source, attention_mask=mask, {asked})",
            f"    memories = [*{earlier}, read.last_hidden_state]",
            "    states = [",
            "        decoder(",
            "            input_ids=reads,",
            "            encoder_hidden_states=memory,",
            "            encoder_attention_mask=mask,",
            "        ).last_hidden_state",
            "        for memory in memories",
            "    ]",
        ]
    else:
        passes = [
            "    memory = encoder(source, attention_mask=mask).last_hidden_state",
            "    read = decoder(",
            "        input_ids=reads,",
            "        encoder_hidden_states=memory,",
            "        encoder_attention_mask=mask,",
            f"        {asked},",
            "    )",
            f"    states = [*{earlier}, read.last_hidden_state]",
        ]
    fixed = [
        line
        for step in np.flatnonzero(found.forced)
        for line in (
            f"        # The piece of step {step} is forced, whatever a layer says:",
            f"        logits[{step}, {found.target.ids[step]}] = "
            f"logits[{step}].max() + {CERTAIN!r}",
        )
    ]
    lines = [
        *loading(model),
        f"source = torch.tensor([{list(found.source.ids)}])",
        f"reads = torch.tensor([{list(found.read.ids)}])",
        "mask = torch.ones_like(source)",
        "encoder, decoder = model.get_encoder(), model.get_decoder()",
        "with torch.inference_mode():",
        *passes,
        "    for state in states:",
        f"        logits = (model.get_output_embeddings()({last}){bias})[0].float()",
        *fixed,
        f"        top = logits.topk({found.top_ids.shape[-1]}).indices  # (step, top)",
        "        print(top.tolist())",
        "        print(logits.softmax(-1).gather(-1, top).tolist())",
    ]
    return "\n".join(lines) + "\n"
