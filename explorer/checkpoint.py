"""A folder in the Hub's format becomes a model in memory, through the real classes.

The classes are chosen by name from `explorer.families`, never by what a folder asks for: code
that comes with a checkpoint is not run. Weights come as safetensors, else as a pickle that torch
reads with `weights_only`, which builds tensors and nothing else.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cards import ModelCard, facts_of
from explorer.catalog import card_of_folder, find, read_configuration
from explorer.checkpoint_tokenizer import open_tokenizer, source_limit, tokenizer_class
from explorer.configuration import open_configuration
from explorer.device import Device, computer_memory_bytes, torch_device, torch_dtype
from explorer.errors import ExplorerError
from explorer.families import Family, read_shape
from explorer.importing import LOCK
from explorer.memory_shortage import is_shortage
from explorer.rules import read_settings
from explorer.sizes import bytes_text
from explorer.small_files import check_small_files, folder_label
from explorer.stopping import look_before_passes
from explorer.weights import check_files, weight_files

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

BAD_KEYS = ("missing_keys", "mismatched_keys")
"""What transformers reports of weights that it had to make up."""

FIRST_LANGUAGES = (("eng_Latn", "deu_Latn"), ("en_XX", "de_DE"))

logger = logging.getLogger(__name__)


def open_checkpoint(
    name: str, folder: Path, device: Device, hub_id: str | None = None
) -> "Seq2SeqModel":
    """Load the checkpoint in a folder, ready to generate on the device.

    Args:
        name: what the person called it.
        folder: where its files are.
        device: where it is to run.
        hub_id: where the files come from, for a model of the Hub.
    """
    with LOCK:
        return _open(name, folder, device, hub_id)


def _open(name: str, folder: Path, device: Device, hub_id: str | None) -> "Seq2SeqModel":
    from explorer.model import Seq2SeqModel

    configuration = read_configuration(folder)
    family = read_shape(configuration).family
    weights = weight_files(folder)
    check_files(folder, configuration, weights)
    check_small_files(folder, weights)
    _check_host_memory(folder, configuration, device)
    name_of_class = tokenizer_class(family, folder)
    with _quiet_transformers():
        module = _open_module(family, configuration, folder, device)
        tokenizer = open_tokenizer(name_of_class, folder)
    card = find(name) or card_of_folder(name, folder, hub_id)
    facts = facts_of(card.name, configuration)
    embedding = module.get_input_embeddings().weight
    facts = replace(
        facts,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        tied_embeddings=module.lm_head.weight is embedding,
        max_source_tokens=source_limit(tokenizer, facts.max_source_tokens),
    )
    source, target = _languages(card, tokenizer)
    return Seq2SeqModel(
        name=card.name,
        card=card,
        facts=facts,
        device=device,
        module=module,
        tokenizer=tokenizer,
        source_language=source,
        target_language=target,
        folder=folder,
    )


@contextmanager
def _quiet_transformers() -> Iterator[None]:
    """Without progress bars and advice on the console; errors are raised all the same."""
    from transformers.utils import logging as untyped

    talk: Any = untyped
    bars, level = talk.is_progress_bar_enabled(), talk.get_verbosity()
    talk.disable_progress_bar()
    talk.set_verbosity_error()
    try:
        yield
    finally:
        talk.set_verbosity(level)
        if bars:
            talk.enable_progress_bar()


def _open_module(
    family: Family, configuration: Mapping[str, object], folder: Path, device: Device
) -> Any:
    import torch
    import transformers

    from explorer.observation import IMPLEMENTATION

    generation: Any = transformers.GenerationConfig
    label = folder_label(folder)
    if configuration.get("quantization_config"):
        raise ExplorerError(
            f"“{label}” holds quantized weights, which the explorer does not read: use the "
            "checkpoint in float32, float16 or bfloat16."
        )
    settings = read_settings(folder, configuration)
    try:
        # In float32 first: asking from_pretrained for another format changes the default of the
        # whole process while it loads, under the feet of a model that is generating.
        module, report = getattr(transformers, family.model_class).from_pretrained(
            folder,
            config=open_configuration(family, configuration),
            generation_config=generation(**settings),
            dtype=torch.float32,
            attn_implementation=IMPLEMENTATION,
            local_files_only=True,
            weights_only=True,
            output_loading_info=True,
        )
    except Exception as error:
        if is_shortage(error):
            raise
        logger.warning("loading %s failed", folder, exc_info=True)
        raise ExplorerError(_reason(folder, error)) from error
    left_out = sorted(str(key) for kind in BAD_KEYS for key in report[kind])
    if family.position_kind == "sinusoidal":
        # Computed, not trained: the published PEGASUS does without them.
        left_out = [key for key in left_out if not key.endswith("embed_positions.weight")]
    if left_out:
        raise ExplorerError(
            f"The weights in “{label}” do not fit its configuration: {len(left_out)} of "
            f"them are missing or of another shape, {left_out[0]} first. Fetch the model again."
        )
    if hasattr(module.config, "num_decoder_layers"):
        # transformers makes the decoder's cache as deep as `decoder_layers` says, which T5 does
        # not say: a T5 with a deeper decoder than encoder could not generate.
        module.config.decoder_layers = module.config.num_decoder_layers
    module.eval().requires_grad_(False)
    look_before_passes(module, module.get_encoder(), module.get_decoder())
    return module.to(device=torch_device(device), dtype=torch_dtype(device))


def _check_host_memory(folder: Path, configuration: Mapping[str, object], device: Device) -> None:
    """Refuse what fits on the card but not into the computer, through which all weights go."""
    if device.kind != "cuda":
        return
    needed, memory = facts_of("", configuration).memory_bytes, computer_memory_bytes()
    if needed > memory:
        raise ExplorerError(
            f"“{folder_label(folder)}” needs {bytes_text(needed)} of the computer's memory "
            f"while it is loaded, and there are {bytes_text(memory)}: choose a smaller model."
        )


def _reason(folder: Path, error: Exception) -> str:
    kind, label = type(error).__name__, folder_label(folder)
    if "Unpickling" in kind or "weights_only" in str(error) or "Weights only" in str(error):
        return (
            f"The pickled weights in “{label}” hold more than tensors, which may be harmful "
            "code: they were not loaded. Use a checkpoint with model.safetensors."
        )
    if "Safetensor" in kind or "safetensors" in str(error).lower():
        return (
            f"The weights file in “{label}” is damaged or cut short: delete it and fetch "
            "the model again."
        )
    return (
        f"The checkpoint in “{label}” cannot be loaded ({kind}): its files are damaged or "
        "do not belong together. Fetch the model again."
    )


def _languages(card: ModelCard, tokenizer: Any) -> tuple[str | None, str | None]:
    """The codes to begin with, for the tokenizers that take language codes."""
    if not hasattr(tokenizer, "src_lang"):
        return None, None
    known = tokenizer.get_vocab()
    for task in card.tasks:
        if task.source_language in known and task.target_language in known:
            return task.source_language, task.target_language
    if tokenizer.src_lang in known and tokenizer.tgt_lang in known:
        return tokenizer.src_lang, tokenizer.tgt_lang
    for source, target in FIRST_LANGUAGES:
        if source in known and target in known:
            return source, target
    return tokenizer.src_lang, tokenizer.src_lang
