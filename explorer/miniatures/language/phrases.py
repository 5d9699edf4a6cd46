"""Phrases of every sort, and prepositions in front of them."""

from explorer.miniatures.language.lexicon_others import CONTRACTIONS
from explorer.miniatures.language.noun_phrases import Name, NounPhrase, Pair
from explorer.miniatures.language.parts import Phrase, Target, Word
from explorer.miniatures.language.pronouns import Asked, Pointing, Pronoun, Relative

Nominal = NounPhrase | Name | Pronoun | Pair | Asked | Pointing | Relative


def prepositional(english: str, german: str, nominal: Nominal, case: int) -> Phrase:
    """A preposition with its noun phrase; in + dem becomes im, linked to both English words."""
    words = [Word(text) for text in english.split()]
    targets = nominal.german(case)
    link = tuple(words)
    contracted = CONTRACTIONS.get((german, targets[0].text))
    if contracted and isinstance(nominal, NounPhrase) and nominal.determiner == "the":
        targets[0] = Target(contracted, link + targets[0].sources)
    else:
        targets.insert(0, Target(german, link))
    return Phrase(words + nominal.words, targets, (english, *nominal.lemmas))
