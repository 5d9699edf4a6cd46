"""One model of each architecture, of about one size, that speak the same small English.

An encoder-only model (BERT), a decoder-only one (GPT-2) and an encoder-decoder (T5) read the same
sentence, so that what separates the architectures can be seen instead of read.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, Literal

from explorer.device import detect_device, torch_device
from explorer.errors import ExplorerError
from explorer.importing import LOCK
from explorer.memory_shortage import is_shortage
from explorer.miniatures.single_stack import SINGLE_STACK_MODELS, SingleStack
from explorer.reading import Reader
from explorer.stopping import look_before_passes
from explorer.tokens import Tokens

Architecture = Literal["encoder-only", "decoder-only", "encoder-decoder"]
ARCHITECTURES: tuple[Architecture, ...] = ("encoder-only", "decoder-only", "encoder-decoder")

ENCODER_DECODER = "miniature-t5"
"""The bundled encoder-decoder that stands beside the two models of one stack."""

NEAREST_IN_SIZE = "miniature-bart"
"""The one that stands there where costs are compared: it is nearer in size to the other two, and
what a model was taught does not change what it costs."""


@dataclass(frozen=True, eq=False)
class Sibling:
    """An encoder-only or a decoder-only model in memory. Safe to use from many threads at once.

    Attributes:
        architecture: which of the two it is.
        name: its folder's name.
        module: the `transformers` model.
        reader: from text to pieces and back.
        longest: the most pieces that it reads and writes together.
    """

    architecture: Architecture
    name: str
    module: Any
    reader: Reader
    longest: int

    @property
    def parameters(self) -> int:
        """How many numbers it has learned; a shared matrix counts once."""
        return sum(each.numel() for each in self.module.parameters())

    @property
    def device(self) -> Any:
        """Where its weights are."""
        return self.module.device

    def tokenize(self, text: str) -> Tokens:
        """The pieces that it reads.

        Raises:
            ExplorerError: the text is empty.
        """
        if not text.strip():
            raise ExplorerError("The text is empty; type something for the models to read.")
        before, after = self.reader.surroundings(None)
        if self.architecture == "decoder-only":
            # An end after the text would be an answer that is over.
            after = ()
        return self.reader.read(text, before, after, self.longest)


def sibling(architecture: Architecture) -> Sibling:
    """The bundled encoder-only or decoder-only model, loaded once."""
    with _LOADING:
        return _sibling(architecture)


_LOADING = RLock()


# The two that are bundled, and no others: 13 MB beside the models that are counted in the store.
@lru_cache(maxsize=2)
def _sibling(architecture: Architecture) -> Sibling:
    return load_sibling(architecture, Path(stack_of(architecture).folder))


def stack_of(architecture: Architecture) -> SingleStack:
    """What is known of the bundled encoder-only or decoder-only model."""
    return next(each for each in SINGLE_STACK_MODELS if each.kind == architecture)


def load_sibling(architecture: Architecture, folder: Path) -> Sibling:
    """A model from its folder; its attention is `transformers`' own, which returns its weights.

    Raises:
        ExplorerError: the folder holds no such model.
    """
    with LOCK:
        return _load(architecture, folder)


def _load(architecture: Architecture, folder: Path) -> Sibling:
    import transformers

    kind: Any = getattr(transformers, stack_of(architecture).auto_class)
    try:
        module = kind.from_pretrained(
            str(folder), local_files_only=True, attn_implementation="eager"
        )
        tokenizer = transformers.AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    except (OSError, ValueError) as error:
        if is_shortage(error):
            raise
        raise ExplorerError(
            f"The folder of {folder.name} holds no {architecture} model; install the explorer anew."
        ) from error
    module.eval().to(torch_device(detect_device()))
    look_before_passes(module)
    rows = module.get_input_embeddings().weight.shape[0]
    reader = Reader(tokenizer, module.config.model_type, RLock(), rows)
    return Sibling(
        architecture, folder.name, module, reader, int(module.config.max_position_embeddings)
    )
