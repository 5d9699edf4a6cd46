"""The bundled models of one stack: an encoder alone and a decoder alone.

They are no encoder-decoders, so the catalogue and the pages' choice of models leave them out. The
Hub's own classes load them from their folders:

    AutoModelForMaskedLM.from_pretrained(single_stack("miniature-bert").folder)
    AutoModelForCausalLM.from_pretrained(single_stack("miniature-gpt").folder)

Reading this needs no torch.
"""

from dataclasses import dataclass
from pathlib import Path

from explorer.errors import ExplorerError
from explorer.miniatures.record import WEIGHTS

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class SingleStack:
    """A bundled model that is an encoder alone or a decoder alone.

    Attributes:
        name: of the model and its folder.
        family: as the configuration names it.
        kind: "encoder-only" or "decoder-only".
        class_name: the class of `transformers` that its files are for.
        auto_class: the class of `transformers` that loads it by its folder.
        title: as it is called on screen.
        summary: one sentence on what it does.
        example: a text to begin with; an encoder's has a mask.
        licence: of the weights.
    """

    name: str
    family: str
    kind: str
    class_name: str
    auto_class: str
    title: str
    summary: str
    example: str
    licence: str = "Apache-2.0"

    @property
    def folder(self) -> str:
        """Where its files are."""
        return str(FOLDER / self.name)

    @property
    def available(self) -> bool:
        """Whether the weights are there; while it is trained anew they may not be."""
        return Path(self.folder, WEIGHTS).is_file()


SINGLE_STACK_MODELS: tuple[SingleStack, ...] = (
    SingleStack(
        name="miniature-bert",
        family="bert",
        kind="encoder-only",
        class_name="BertForMaskedLM",
        auto_class="AutoModelForMaskedLM",
        title="Miniature BERT",
        summary="A real BERT of 1.6 million parameters, trained to fill gaps.",
        example="A dog sees a [MASK]. The cat sees a bird. The bird is small.",
    ),
    SingleStack(
        name="miniature-gpt",
        family="gpt2",
        kind="decoder-only",
        class_name="GPT2LMHeadModel",
        auto_class="AutoModelForCausalLM",
        title="Miniature GPT",
        summary="A real GPT-2 of 1.7 million parameters, trained to go on with a text.",
        example="First Anna buys the bread. Then",
    ),
)


def single_stack(name: str) -> SingleStack:
    """A bundled model of one stack by its name.

    Raises:
        ExplorerError: there is none of that name.
    """
    for model in SINGLE_STACK_MODELS:
        if model.name == name:
            return model
    names = ", ".join(model.name for model in SINGLE_STACK_MODELS)
    raise ExplorerError(f"There is no bundled model of one stack {name!r}: choose one of {names}.")
