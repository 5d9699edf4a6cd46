"""What speaks against one model for one task: its training, languages, length, memory, licence.

An objection is hard where the model cannot do what is asked; the others are soft: it can, and
something speaks against it.
"""

import re
from dataclasses import dataclass

from explorer import catalog
from explorer.cards import ModelCard, ModelFacts
from explorer.decisions import Leaf
from explorer.guide import Walk
from explorer.guide_architectures import DECODER_ONLY, ENCODER_ONLY
from explorer.guide_needs import Language, Needs
from explorer.guide_remarks import TODAY
from explorer.sizes import bytes_text

KINDS = ("task", "language", "length", "examples", "memory", "licence")
"""What a hard objection can be about, in the order in which it is asked."""
NEVER_LEARNED = ("task", "examples", "language")
"""Of the hard ones, those that no other text and no other computer mends."""
OTHER_ARCHITECTURE = {
    ENCODER_ONLY: "Writes its label piece by piece; an encoder-only model reads once and marks it.",
    DECODER_ONLY: "Reads and writes in two stacks; a decoder-only model goes on better.",
}
"""What speaks against every encoder-decoder where another architecture suits best."""


@dataclass(frozen=True)
class Objection:
    """Something that speaks against a model.

    Attributes:
        kind: what it is about: one of KINDS, "architecture", "many tasks" or "size".
        sentence: in words, with the numbers.
        weight: how much it counts among soft ones.
        hard: whether the model cannot do what is asked.
    """

    kind: str
    sentence: str
    weight: float = 0.0
    hard: bool = False


def objections(card: ModelCard, way: Walk) -> tuple[str | None, tuple[Objection, ...]]:
    """The title of the task on the card that is asked for, and what speaks against the model.

    The hard objections stand first.
    """
    facts = catalog.facts(card)
    title, task = _task(card, way.leaf, way.needs)
    found = [
        *task,
        *_language(card, way.needs.language, way.leaf, title),
        *_length(facts, way.needs),
        *_memory(facts, way.needs),
        *_licence(card, way.needs),
    ]
    if way.leaf.architecture in OTHER_ARCHITECTURE:
        found.append(Objection("architecture", OTHER_ARCHITECTURE[way.leaf.architecture]))
    found.sort(key=lambda each: (not each.hard, -each.weight))
    return title, tuple(found)


def _task(card: ModelCard, leaf: Leaf, needs: Needs) -> tuple[str | None, list[Objection]]:
    """The title of the task on the card, and what speaks against the model's training."""
    kinds = {each.kind for each in card.tasks}
    own = [each for each in card.tasks if each.kind in leaf.kinds]
    if "translation" in leaf.kinds and own:
        exact = [each for each in own if each.title == needs.language.title]
        # A wrong direction is an objection to the language, not to the task.
        return (exact[0].title if exact else None), []
    if own:
        return own[0].title, []
    if leaf.told and "instruction" in kinds:
        sentence = f"{_not_known_for(leaf)}: it must be told in plain words, and is often wrong."
        return None, [Objection("task", sentence, 2.0)]
    starts = kinds == {"denoising"}
    several = len(kinds) > 2 and not card.bundled
    if not leaf.trained_for or not (starts or several):
        trained = ", ".join(sorted(kinds))
        sentence = f"Was never trained for {_lower(leaf.name)}, but for {trained}."
        return None, [Objection("task", sentence, hard=True)]
    before = f"Was never trained for {_lower(leaf.name)}"
    if starts:
        before = "Has learned no task yet"
    elif "instruction" in kinds:
        before = _not_known_for(leaf)
    if needs.examples.given:
        return None, [Objection("task", f"{before}: it must be trained on your examples.", 3.0)]
    sentence = f"{before}, and there are no examples to train it on."
    return None, [Objection("examples", sentence, hard=True)]


def _not_known_for(leaf: Leaf) -> str:
    """Of models that follow instructions: theirs were so many that a card names but a few."""
    return f"{leaf.name} is not one of the tasks it is known for ({TODAY})"


def _language(card: ModelCard, wanted: Language, leaf: Leaf, title: str | None) -> list[Objection]:
    if card.bundled:
        known = " and ".join(card.languages)
        sentence = f"Speaks only {known}, made by rules: for learning, not for work."
        return [Objection("language", sentence, hard=True)]
    many = languages_known(card)
    partly = any("in part" in each for each in card.languages)
    if wanted.least_languages == 0 and many:
        sentence = (
            f"{_vocabulary_share(card):.0%} of its parameters are the vocabulary of {many} "
            "languages."
        )
        return [Objection("many tasks", sentence, 0.5)]
    if wanted.least_languages == 0 or (wanted.title and title == wanted.title):
        return []
    if many:
        if many >= wanted.least_languages:
            return []
        sentence = f"Knows {many} languages, and a rare one is hardly among them."
        return [Objection("language", sentence, hard=True)]
    if partly and ("translation" not in leaf.kinds or wanted.language in card.languages):
        return [Objection("language", "Knows this language only in part.", 2.0)]
    if "translation" in leaf.kinds:
        directions = [each.title for each in card.tasks if each.kind == "translation"]
        sentence = f"Translates {', '.join(directions)}." if directions else "Knows English only."
    elif "denoising" in leaf.kinds or card.languages == ("English",):
        sentence = "Knows English only."
    else:
        sentence = "Knows another language only as something to translate into."
    return [Objection("language", sentence, hard=True)]


def languages_known(card: ModelCard) -> int:
    """The number of a card that says “50 languages”; 0 for one that names its languages."""
    found = [re.fullmatch(r"(\d+) languages", each) for each in card.languages]
    return max((int(each[1]) for each in found if each), default=0)


def _vocabulary_share(card: ModelCard) -> float:
    """How much of a model is its embeddings, and an output layer of its own."""
    facts = catalog.facts(card)
    tables = 1 if facts.tied_embeddings else 2
    return tables * facts.vocabulary_size * facts.d_model / facts.parameters


def _length(facts: ModelFacts, needs: Needs) -> list[Objection]:
    most, pieces = facts.max_source_tokens, needs.length.pieces
    if pieces <= most:
        return []
    reads = "Was trained on" if facts.position_kind == "relative buckets" else "Reads"
    sentence = f"{reads} {most:,} pieces at most, and this is about {pieces:,}: the rest is cut."
    return [Objection("length", sentence, hard=True)]


def _memory(facts: ModelFacts, needs: Needs) -> list[Objection]:
    if facts.weights_bytes <= needs.memory.most_bytes:
        return []
    sentence = (
        f"Its weights take {bytes_text(facts.weights_bytes)}, more than "
        f"{bytes_text(needs.memory.most_bytes)}."
    )
    return [Objection("memory", sentence, hard=True)]


def _licence(card: ModelCard, needs: Needs) -> list[Objection]:
    if "no commercial use" not in card.licence:
        return []
    if needs.licence.commercial:
        return [Objection("licence", f"Licence: {card.licence}.", hard=True)]
    return [Objection("licence", f"Never for a product: its licence is {card.licence}.", 0.5)]


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:]
