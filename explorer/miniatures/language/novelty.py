"""What makes an evaluation example unseen, and words that nobody has seen.

Every clause has a combination: the sorted set of its content lemmas (nouns, names, verbs,
adjectives, adverbs, places). A stable hash puts 1 combination in 50 into the held-out part.
Training never builds a clause whose combination is held out, in any task, tense, order or
punctuation; evaluation builds only clauses whose combination is held out. So the sentence of an
evaluation example, and its combination of words, can't have been in the training set, however
many endless fresh examples were drawn.

Invented words (zorvan, plimo) are split by the same hash: 1 in 5 is for evaluation only, so the
copying of a word can be measured on words that training never showed.
"""

import random
from collections.abc import Iterable
from functools import lru_cache
from string import ascii_lowercase
from zlib import crc32

HELD_OUT_EVERY = 50  # one combination in so many is held out
RANDOM_LETTERS_SHARE = 0.3  # of the invented words
HELD_OUT_WORDS_EVERY = 5  # one invented word in so many is held out

ONSETS = (
    "b",
    "d",
    "f",
    "g",
    "h",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "t",
    "v",
    "w",
    "z",
    "bl",
    "br",
    "dr",
    "fl",
    "gr",
    "kl",
    "kr",
    "pl",
    "pr",
    "st",
    "tr",
)
VOWELS = ("a", "e", "i", "o", "u", "a", "e", "o", "i", "ai", "oo")
CODAS = ("", "", "", "n", "l", "r", "m", "t", "k", "x", "nd", "rk")
LAST_CODAS = ("", "", "n", "l", "r", "m", "t", "k", "b", "d", "p")


def combination(lemmas: Iterable[str]) -> str:
    """The key of a clause: its content lemmas, sorted, each once."""
    return " ".join(sorted(set(lemmas)))


def is_held_out(key: str) -> bool:
    """Whether a combination belongs to evaluation only."""
    return crc32(key.encode()) % HELD_OUT_EVERY == 0


@lru_cache(maxsize=65536)
def word_is_held_out(word: str) -> bool:
    """Whether an invented or rare word, in any capitals, belongs to evaluation only."""
    return crc32(("word " + word.lower()).encode()) % HELD_OUT_WORDS_EVERY == 0


def invented_word(rng: random.Random, heldout: bool) -> str:
    """A word in lower case that belongs to the wanted part: pronounceable, or letters at random.

    Random letters come up too, since people type names from all over the world.
    """
    random_number = rng.random
    while True:
        if random_number() < RANDOM_LETTERS_SHARE:
            word = "".join(rng.choices(ascii_lowercase, k=4 + int(random_number() * 6)))
            if word_is_held_out(word) == heldout:
                return word
        syllables = 2 if random_number() < 0.75 else 3
        word = ""
        for place in range(syllables):
            codas = LAST_CODAS if place == syllables - 1 else CODAS
            word += ONSETS[int(random_number() * len(ONSETS))]
            word += VOWELS[int(random_number() * len(VOWELS))]
            word += codas[int(random_number() * len(codas))]
        if word_is_held_out(word) == heldout:
            return word
