"""Sentiment: is the writer pleased?

The rule: praise is positive, blame is negative, a negation turns it round; of two clauses the one
after *but* decides, and after *although* the other one.
"""

import random

from explorer.miniatures.language.example import PREFIXES, SENTIMENT, Example
from explorer.miniatures.language.lexicon_others import RARE_ANIMALS, RARE_THINGS
from explorer.miniatures.language.lexicon_sentiment import (
    ADVERBS,
    FEELINGS,
    NEGATIVE,
    NEUTRAL,
    NOUNS_OF_JUDGEMENT,
    PLURAL_TOPICS,
    POSITIVE,
    SAID,
    TOO,
    TOPICS,
    VERBS,
    WISHES,
)
from explorer.miniatures.language.noun_phrases import article
from explorer.miniatures.language.novelty import (
    combination,
    invented_word,
    is_held_out,
    word_is_held_out,
)

_RARE = {
    part: tuple(word for word in (*RARE_THINGS, *RARE_ANIMALS) if word_is_held_out(word) == part)
    for part in (False, True)
}
LABELS = ("negative", "positive")
Judged = tuple[str, bool, tuple[str, ...]]
"""The text, whether it is positive, and what it judges with which words: its combination."""


def _pick(rng: random.Random, items: tuple[str, ...]) -> str:
    return items[int(rng.random() * len(items))]


def _topic(rng: random.Random, heldout: bool) -> tuple[str, str, bool]:
    """A topic with its article, its lemma, and whether it is plural."""
    chance = rng.random()
    if chance < 0.15:
        topic = _pick(rng, PLURAL_TOPICS)
        return f"{_pick(rng, ('the', 'the', 'these', 'my'))} {topic}", topic, True
    topic = _pick(rng, TOPICS)
    if chance < 0.19:
        topic = invented_word(rng, heldout)
    elif chance < 0.25:
        topic = _pick(rng, _RARE[heldout])
    return f"{_pick(rng, ('the', 'the', 'this', 'my', 'our'))} {topic}", topic, False


def _adjective(rng: random.Random) -> tuple[str, bool]:
    positive = rng.random() < 0.5
    return _pick(rng, POSITIVE if positive else NEGATIVE), positive


def _being(rng: random.Random, heldout: bool) -> Judged:
    """The film was (not) (very) good."""
    topic, lemma, plural = _topic(rng, heldout)
    if rng.random() < 0.2:
        topic, lemma, plural = "it", "it", False
    past = rng.random() < 0.5
    verb = ("were" if plural else "was") if past else ("are" if plural else "is")
    adjective, positive = _adjective(rng)
    chance = rng.random()
    if chance < 0.2:
        verb = verb + "n't" if rng.random() < 0.5 else verb + " not"
        if rng.random() < 0.3:
            verb += " " + _pick(rng, ("very", "really", "so"))
        if rng.random() < 0.15:
            adjective += " at all"
        positive = not positive
    elif chance < 0.27:
        verb += " never"
        positive = not positive
    elif chance < 0.55:
        verb += " " + _pick(rng, ADVERBS)
    elif chance < 0.62:
        adjective, positive = "too " + _pick(rng, TOO), False
    elif chance < 0.68:
        verb, adjective2 = verb, _pick(rng, POSITIVE if positive else NEGATIVE)
        if adjective2 != adjective:
            return (
                f"{topic} {verb} {adjective} and {adjective2}",
                positive,
                (lemma, adjective, adjective2),
            )
    judged = adjective.removeprefix("too ").removesuffix(" at all")
    return f"{topic} {verb} {adjective}", positive, (lemma, judged)


def _attributive(rng: random.Random, heldout: bool) -> Judged:
    """This is (not) a good book; what a good book!; a good book."""
    _, lemma, plural = _topic(rng, heldout)
    while plural:
        _, lemma, plural = _topic(rng, heldout)
    adjective, positive = _adjective(rng)
    chance = rng.random()
    phrase = f"{article(adjective)} {adjective} {lemma}"
    if chance < 0.12:
        return f"what {phrase}", positive, (lemma, adjective)
    if chance < 0.3:
        return phrase, positive, (lemma, adjective)
    if chance < 0.4:
        best = rng.random() < 0.5
        word = "best" if best else "worst"
        start = _pick(rng, ("this is", "it was", "it is", "this was"))
        return f"{start} the {word} {lemma}", best, (lemma, word)
    if chance < 0.5:
        noun_positive = rng.random() < 0.5
        noun = _pick(rng, NOUNS_OF_JUDGEMENT[noun_positive])
        return (f"the {lemma} {_pick(rng, ('is', 'was'))} {noun}", noun_positive, (lemma, noun))
    start = _pick(rng, ("this is", "it is", "it was", "this was", "we had", "I had", "we saw"))
    verb = start.split()[1]
    if verb in ("is", "was") and rng.random() < 0.35:
        start += " not" if rng.random() < 0.5 else "n't"
        if start.endswith("not") or start.endswith("n't"):
            positive = not positive
        return f"{start} {phrase}", positive, (lemma, adjective)
    return f"{start} {phrase}", positive, (lemma, adjective)


def _verb(rng: random.Random, heldout: bool) -> Judged:
    """I (really) love this film; I don't like it."""
    positive = rng.random() < 0.5
    base, third, past = VERBS[positive][int(rng.random() * len(VERBS[positive]))]
    topic, lemma, _ = _topic(rng, heldout)
    if rng.random() < 0.15:
        topic, lemma = "it", "it"
    subject, singular = (
        _pick(rng, ("I", "I", "I", "we", "my friends", "my sister", "everyone")),
        False,
    )
    singular = subject in ("my sister", "everyone")
    chance = rng.random()
    in_past = rng.random() < 0.4
    if chance < 0.25:
        helper = "did" if in_past else "does" if singular else "do"
        negation = helper + ("n't" if rng.random() < 0.7 else " not")
        if rng.random() < 0.2:
            negation += " really"
        return f"{subject} {negation} {base} {topic}", not positive, (lemma, base)
    form = past if in_past else third if singular else base
    adverb = ""
    if chance < 0.5:
        adverb = _pick(rng, ("really", "absolutely", "always", "truly", "also")) + " "
    return f"{subject} {adverb}{form} {topic}", positive, (lemma, base)


def _whole(rng: random.Random, heldout: bool) -> Judged:
    """The film is worth every minute; I would not recommend this hotel."""
    positive = rng.random() < 0.5
    topic, lemma, plural = _topic(rng, heldout)
    if rng.random() < 0.5:
        wish = _pick(rng, WISHES[positive])
        return wish.format(topic), positive, (lemma, wish)
    said = _pick(rng, SAID[positive])
    verb = ("are", "were") if plural else ("is", "was")
    return f"{topic} {_pick(rng, verb)} {said}", positive, (lemma, said)


def _feeling(rng: random.Random, heldout: bool) -> Judged:
    """The film made me happy; I was bored."""
    positive = rng.random() < 0.5
    feeling = _pick(rng, FEELINGS[positive])
    topic, lemma, _ = _topic(rng, heldout)
    if rng.random() < 0.5:
        person = _pick(rng, ("me", "us"))
        return f"{topic} made {person} {feeling}", positive, (lemma, feeling)
    subject = _pick(rng, ("I was", "we were", "I am", "we are"))
    if rng.random() < 0.2:
        return f"{subject} not {feeling}", not positive, (feeling, subject.split()[0])
    adverb = _pick(rng, ("very ", "really ", "so ", "", ""))
    return f"{subject} {adverb}{feeling}", positive, (feeling, subject.split()[0], adverb.strip())


SHAPES = (_being, _being, _being, _attributive, _attributive, _verb, _verb, _feeling, _whole)


def _judged(rng: random.Random, heldout: bool) -> tuple[str, bool, str]:
    while True:
        shape = SHAPES[int(rng.random() * len(SHAPES))]
        text, positive, lemmas = shape(rng, heldout)
        key = combination([lemma for lemma in lemmas if lemma])
        if is_held_out(key) == heldout:
            return text, positive, key


def example(rng: random.Random, heldout: bool = False) -> Example:
    """A fresh example: one clause or two, and whether the writer is pleased."""
    text, positive, key = _judged(rng, heldout)
    keys = [key]
    chance = rng.random()
    if chance < 0.4:
        other, other_positive, other_key = _judged(rng, heldout)
        if other.startswith(("what", "a ", "an ")) or text.startswith(("what", "a ", "an ")):
            pass
        elif chance < 0.2:
            text, positive = f"{text}{_pick(rng, (',', ''))} but {other}", other_positive
            keys.append(other_key)
        elif chance < 0.27:
            text = f"although {other}, {text}"
            keys.append(other_key)
        elif other_positive == positive:
            joint = ". " if chance < 0.35 else " and "
            text = text + joint + (other[0].upper() + other[1:] if joint == ". " else other)
            keys.append(other_key)
    elif chance < 0.45:
        text = f"{_pick(rng, NEUTRAL)}. {text[0].upper()}{text[1:]}"
    if rng.random() < 0.85:
        text = text[0].upper() + text[1:]
    if rng.random() < 0.12:
        text = text.replace("I am ", "I'm ").replace("It is ", "It's ").replace("it is ", "it's ")
        text = text.replace("We are ", "We're ")
    if rng.random() < 0.08:
        text = text.lower()
    chance = rng.random()
    text += "." if chance < 0.65 else "!" if chance < 0.8 else ""
    return Example(SENTIMENT, PREFIXES[SENTIMENT] + text, LABELS[positive], tuple(keys))
