"""How much one request of a visitor may ask for: looked at before anything is computed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.dashboard import settings
from explorer.errors import ExplorerError
from explorer.generation import Decoding

if TYPE_CHECKING:
    from explorer.cards import Task
    from explorer.model import Seq2SeqModel


@dataclass(frozen=True)
class Allowance:
    """The limits of one visitor who asks one model, as they were when they were read.

    Attributes:
        characters: of a text.
        around: characters that a task of the model puts around a text, which do not count.
        new_tokens: pieces of an answer.
        beams: answers followed at once.
    """

    characters: int
    around: int
    new_tokens: int
    beams: int

    def check(self, text: str, decoding: Decoding) -> None:
        """Refuse what is beyond the limits.

        Args:
            text: the exact text that the model reads.
            decoding: how the answer is to be written.

        Raises:
            ExplorerError: too long a text, too many pieces or too many beams.
        """
        if len(text) > self.characters + self.around:
            raise ExplorerError(
                f"The text has {len(text):,} characters and the limit of this server is "
                f"{self.characters:,}: shorten it."
            )
        for asked, most, what in (
            (decoding.max_new_tokens, self.new_tokens, "pieces"),
            (decoding.num_beams, self.beams, "beams"),
        ):
            if asked > most:
                raise ExplorerError(
                    f"The decoding asks for {asked:,} {what} and the limit of this server is "
                    f"{most:,}: ask for fewer."
                )


def of_visitor(model: "Seq2SeqModel") -> Allowance:
    """What the present visitor may ask of a model."""
    return Allowance(
        settings.limit("characters"),
        max(map(_around, model.card.tasks), default=0),
        settings.limit("new_tokens"),
        settings.limit("beams"),
    )


def _around(task: "Task") -> int:
    """The characters that stand around a text, or between its parts, where it is asked for."""
    return len(task.compose_fields(dict.fromkeys(task.fields, "")) if task.fields else task.prefix)
