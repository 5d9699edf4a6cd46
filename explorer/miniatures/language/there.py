"""There is ... : es gibt, with the accusative."""

import random

from explorer.miniatures.language.example import write_english, write_german
from explorer.miniatures.language.lexicon import ACCUSATIVE, nouns_of
from explorer.miniatures.language.nominals import adjectives_for, copied_phrase, pick, quantity
from explorer.miniatures.language.noun_phrases import NounPhrase
from explorer.miniatures.language.novelty import combination, is_held_out
from explorer.miniatures.language.parts import Target, Word
from explorer.miniatures.language.places import place_for

THINGS = nouns_of(("person", "animal", "thing", "furniture", "vehicle", "plant", "place"))


def there_clause(rng: random.Random, heldout: bool) -> tuple[list[Word], list[Target], list[str]]:
    """There is a dog in the garden. Es gibt einen Hund im Garten."""
    while True:
        noun = pick(rng, THINGS)
        if rng.random() < 0.1:
            noun = copied_phrase(rng, heldout, "animal").noun
        plural = noun.singular is None or (noun.plural is not None and rng.random() < 0.4)
        determiner = quantity(rng) if plural else "a"
        thing = NounPhrase(noun, determiner, adjectives_for(rng, noun), plural)
        place = place_for(rng, heldout)
        key = combination((*thing.lemmas, *place.lemmas))
        if is_held_out(key) == heldout and noun.lemma not in place.lemmas:
            break
    past = rng.random() < 0.2
    there, verb = (
        Word("there"),
        Word(("were" if plural else "was") if past else "are" if plural else "is"),
    )
    words = [there, verb, *thing.words, *place.words]
    targets = [
        Target("es", (there,)),
        Target("gab" if past else "gibt", (verb,)),
        *thing.german(ACCUSATIVE),
        *place.german,
    ]
    write_english(words, ".")
    write_german(targets, ".")
    return words, targets, [key]
