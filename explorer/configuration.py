"""A config.json as transformers' own configuration, holding only what the model computes with."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from explorer.families import Family

UNDECLARED = (
    "decoder_start_token_id",
    "dense_act_fn",
    "is_gated_act",
    "scale_decoder_outputs",
    "tie_word_embeddings",
)
"""What T5's configuration knows beside its declared fields."""

NOT_COMPUTED = ("is_decoder", "use_cache")
"""Fields of every family that change how a model is called, not what it computes."""


def open_configuration(family: Family, configuration: Mapping[str, object]) -> Any:
    """The configuration as an object of its family's class.

    Everything else that a config.json may hold (classes to import, thousands of labels, another
    attention, other depths for single layers) would change the model behind the back of
    `explorer.families.read_shape`, or cost time for nothing: it is left out.
    """
    import transformers

    kind = getattr(transformers, family.config_class)
    general = {field.name for field in fields(transformers.PreTrainedConfig)}
    own = {field.name for field in fields(kind)} - general
    computed = (own | {*UNDECLARED}) - {*NOT_COMPUTED}
    return kind(**{key: value for key, value in configuration.items() if key in computed})
