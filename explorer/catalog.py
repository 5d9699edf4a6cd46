"""The models the explorer knows, the bundled ones first: facts, tasks, languages, licence.

Nothing here needs torch, but for `parameter_count`, which builds the real class.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.bounded import Bounded
from explorer.cards import ModelCard, ModelFacts, Task, facts_of
from explorer.catalog_bundled import bundled_models
from explorer.catalog_entries import DOWNLOADABLE
from explorer.errors import ExplorerError
from explorer.families import Family, read_shape
from explorer.small_files import folder_label, read_small

__all__ = [
    "MODELS",
    "ModelCard",
    "ModelFacts",
    "Task",
    "card_of_folder",
    "facts",
    "find",
    "parameter_count",
    "read_configuration",
]

MODELS: tuple[ModelCard, ...] = (*bundled_models(), *DOWNLOADABLE)

MAX_CONFIGURATION_BYTES = 1_000_000
"""A config.json of the models here has about 2,000 bytes."""


def find(name: str) -> ModelCard | None:
    """The card with this name or Hub id, or None."""
    for card in MODELS:
        if name in (card.name, card.hub_id):
            return card
    return None


def facts(card: ModelCard) -> ModelFacts:
    """The facts of a card's model, from its configuration alone."""
    return facts_of(card.name, card.configuration)


def read_configuration(folder: Path, file: str = "config.json") -> dict[str, object]:
    """The configuration in a folder of the Hub's format, or another JSON file there."""
    label = folder_label(folder)
    try:
        values = json.loads(read_small(folder / file, MAX_CONFIGURATION_BYTES))
    except FileNotFoundError:
        raise ExplorerError(
            f"“{label}” holds no model: there is no {file} in it. Choose the folder "
            "that `hf download` or `save_pretrained` has written."
        ) from None
    except (OSError, ValueError, RecursionError) as error:  # no text, no JSON, endless digits
        raise ExplorerError(
            f"The {file} in “{label}” cannot be read ({type(error).__name__}): "
            "fetch the model again."
        ) from error
    if not isinstance(values, dict):
        raise ExplorerError(
            f"The {file} in “{label}” holds no configuration: fetch the model again."
        )
    return values


def card_of_folder(name: str, folder: Path, hub_id: str | None = None) -> ModelCard:
    """A card for a model that the catalogue does not know, from its files."""
    configuration = read_configuration(folder)
    found = facts_of(name, configuration)
    title = name if hub_id else folder.name
    return ModelCard(
        name=name,
        hub_id=hub_id,
        family=found.family,
        title=title,
        tasks=(),
        languages=(),
        licence="see its model card",
        download_bytes=found.weights_bytes,
        parameters=found.parameters,
        bundled=False,
        configuration=configuration,
        summary=f"A {found.family_title} model from {'the Hub' if hub_id else 'a folder'}.",
        folder=None if hub_id else str(folder),
    )


def parameter_count(name: str) -> int:
    """The exact number of parameters, from the configuration alone.

    Builds the real class on torch's meta device, which holds no numbers: no weights, and no
    network for a model of the catalogue. Weights that two layers share count once.

    Args:
        name: a name of the catalogue, a folder, or a Hub id.
    """
    card = find(name)
    if card is not None:
        return _count(json.dumps(dict(card.configuration), sort_keys=True))
    from explorer.names import configuration_of, spelled

    return _count(json.dumps(configuration_of(spelled(name)), sort_keys=True))


COUNTS_BYTES = 2_000_000
"""Memory of the counts that are kept, each by its whole configuration."""

_counts: Bounded[str, int] = Bounded(COUNTS_BYTES)


def _count(configuration: str) -> int:
    known = _counts.get(configuration)
    if known is None:
        known = _count_now(configuration)
        _counts.keep(configuration, known)
    return known


def _count_now(configuration: str) -> int:
    values = json.loads(configuration)
    shape = read_shape(values)
    module = _empty_module(shape.family, values)
    output = module.lm_head
    alone = 0
    if not shape.tied_embeddings and output.weight is module.get_input_embeddings().weight:
        # transformers ties the output layer of every T5 as it builds it, and unties it on
        # finding an output layer among the weights.
        alone = output.weight.numel()
    return sum(int(parameter.numel()) for parameter in module.parameters()) + int(alone)


def _empty_module(family: Family, configuration: Mapping[str, object]) -> Any:
    import torch
    import transformers

    from explorer.configuration import open_configuration

    config = open_configuration(family, configuration)
    with torch.device("meta"):
        return getattr(transformers, family.model_class)(config)
