"""What a person needs of a model besides its task: language, length, examples, memory, licence."""

from collections.abc import Mapping
from dataclasses import dataclass

from explorer.decisions import Leaf
from explorer.errors import ExplorerError

PIECES_FOR_A_WORD = 1.3
"""About, for English and the vocabularies here; other languages need more."""


@dataclass(frozen=True)
class Language:
    """Which languages are read and written.

    Attributes:
        title: the task of this title in the catalogue does exactly this; None for any.
        language: the language that a model must know, English apart; None for many.
        least_languages: a model of so many languages is taken to know it; 0: English alone.
    """

    name: str
    meaning: str
    title: str | None = None
    language: str | None = None
    least_languages: int = 0


@dataclass(frozen=True)
class Length:
    """How long a text is read at once, in pieces; about."""

    name: str
    meaning: str
    pieces: int


@dataclass(frozen=True)
class Examples:
    """Whether there are labelled examples to train a model on."""

    name: str
    meaning: str
    given: bool


@dataclass(frozen=True)
class Memory:
    """How much memory the weights may take in float32, in bytes."""

    name: str
    meaning: str
    most_bytes: int


@dataclass(frozen=True)
class Licence:
    """Whether money is to be made with the model."""

    name: str
    meaning: str
    commercial: bool


Option = Language | Length | Examples | Memory | Licence


@dataclass(frozen=True)
class Need:
    """A question that every leaf asks on.

    Attributes:
        key: its name in a link.
        kind: which objection it raises: "language", "length", "examples", "memory" or "licence".
        title: what it is about, in a word.
        text: the question.
        options: the answers; the first one asks least.
    """

    key: str
    kind: str
    title: str
    text: str
    options: tuple[Option, ...]

    def option(self, name: str) -> Option | None:
        """The option with this name."""
        return next((each for each in self.options if each.name == name), None)


def _direction(source: str, target: str, other: str) -> Language:
    title = f"{source} to {target}"
    return Language(title, "one direction", title, other, 50)


DIRECTION = Need(
    "direction",
    "language",
    "Languages",
    "From which language to which?",
    (
        _direction("English", "German", "German"),
        _direction("German", "English", "German"),
        _direction("English", "French", "French"),
        _direction("English", "Romanian", "Romanian"),
        Language("Other large languages", "Hindi, Chinese, Spanish …", least_languages=50),
        Language("A rare language", "Wolof, Maori, Uzbek …", least_languages=200),
    ),
)
LANGUAGE = Need(
    "language",
    "language",
    "Language",
    "In which language are the texts?",
    (
        Language("English", "only"),
        Language("Another language", "or several", least_languages=50),
    ),
)
LENGTH = Need(
    "at_once",
    "length",
    "At once",
    "How much is read at once?",
    (
        Length("A sentence", "about 40 words", 50),
        Length("A page", "about 370 words", 480),
        Length("Two pages", "about 750 words", 980),
        Length("A report", "about 4,000 words", 5200),
    ),
)
EXAMPLES = Need(
    "labelled",
    "examples",
    "Labelled examples",
    "Are there labelled examples?",
    (
        Examples("Some, to train on", "a few hundred at least", True),
        Examples("None", "it must work as it comes", False),
    ),
)
MEMORY = Need(
    "memory",
    "memory",
    "Memory",
    "How much memory may the weights take?",
    (
        Memory("4 GB", "a workstation or a small GPU", 4_000_000_000),
        Memory("1 GB", "a laptop, beside other programs", 1_000_000_000),
        Memory("350 MB", "free hosting, an old laptop", 350_000_000),
    ),
)
LICENCE = Need(
    "licence",
    "licence",
    "For",
    "What is it for?",
    (
        Licence("Learning or research", "no money is made", False),
        Licence("A product", "commercial use", True),
    ),
)

NEEDS = (DIRECTION, LANGUAGE, LENGTH, EXAMPLES, MEMORY, LICENCE)


@dataclass(frozen=True)
class Needs:
    """One answer to each of the five questions."""

    language: Language
    length: Length
    examples: Examples
    memory: Memory
    licence: Licence

    def options(self) -> tuple[Option, ...]:
        """The five, in the order in which they are asked."""
        return (self.language, self.length, self.examples, self.memory, self.licence)


def needs_of(leaf: Leaf) -> tuple[Need, ...]:
    """The questions that a leaf asks on; a translation has two languages."""
    first = DIRECTION if "translation" in leaf.kinds else LANGUAGE
    return (first, LENGTH, EXAMPLES, MEMORY, LICENCE)


def read_needs(leaf: Leaf, answers: Mapping[str, str]) -> Needs:
    """The answers to the questions of a leaf; what is not answered asks least."""
    chosen: dict[str, Option] = {}
    for need in needs_of(leaf):
        name = answers.get(need.key, need.options[0].name)
        option = need.option(name)
        if option is None:
            raise ExplorerError(
                f"{need.key} is “{name[:40]}”; choose one of: "
                f"{', '.join(each.name for each in need.options)}."
            )
        chosen[need.kind] = option
    return Needs(**chosen)  # type: ignore[arg-type]
