"""The sizes of models of the catalogue, counted in the real classes, with no weights."""

import pprint
from collections.abc import Sequence

from explorer import catalog
from explorer.checks import Check

NOT_FOR_A_SIZE = ("architectures", "dtype", "torch_dtype", "transformers_version", "_name_or_path")


def check_sizes(names: Sequence[str]) -> Check:
    """The parameters that the catalogue states beside those of each real class."""
    cards = [card for card in map(catalog.find, names) if card is not None]
    differences = [abs(catalog.parameter_count(each.name) - each.parameters) for each in cards]
    titles = ", ".join(each.title for each in cards)
    return Check(
        f"The parameters of {titles}, counted one by one in the real classes of transformers.",
        float(max(differences, default=0)),
        0.0,
    )


def script(names: Sequence[str]) -> str:
    """A Python program that prints the parameters and the bytes of each model."""
    configurations = {
        card.name: {
            key: value for key, value in card.configuration.items() if key not in NOT_FOR_A_SIZE
        }
        for card in map(catalog.find, names)
        if card is not None
    }
    shown = pprint.pformat(configurations, width=96, sort_dicts=False)
    return SCRIPT.format(configurations=shown)


SCRIPT = """import torch
from transformers import AutoConfig, AutoModelForSeq2SeqLM

CONFIGURATIONS = {configurations}

for name, values in CONFIGURATIONS.items():
    config = AutoConfig.for_model(**values)
    with torch.device("meta"):  # no memory, no download
        model = AutoModelForSeq2SeqLM.from_config(config)
    count = sum(parameter.numel() for parameter in model.parameters())
    output = model.lm_head.weight
    if values.get("tie_word_embeddings") is False and output is model.get_input_embeddings().weight:
        count += output.numel()  # the published weights hold an output layer of their own
    print(name, count, "parameters,", 4 * count, "bytes in float32")
"""
