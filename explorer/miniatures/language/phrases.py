"""Phrases: English words side by side with the German words that come from them.

`Word` is one English word; it learns its place when the English sentence is put in order.
`Target` is one German word and the English words it comes from. That is the whole gold alignment.
"""

from explorer.miniatures.language.lexicon import (
    ACCUSATIVE,
    DATIVE,
    FEMININE,
    MASCULINE,
    NEUTER,
    PLURAL,
    Adjective,
    Noun,
)
from explorer.miniatures.language.lexicon_others import CONTRACTIONS, IT, POSSESSIVES, PRONOUNS

CASES = ("nominative", "accusative", "dative")
THIRD_SINGULAR, THIRD_PLURAL = 2, 4

Table = tuple[tuple[str, ...], ...]

# Endings by case, then gender (masculine, feminine, neuter, plural).
_EIN: Table = (("", "e", "", "e"), ("en", "e", "", "e"), ("em", "er", "em", "en"))
_DER: Table = (("er", "e", "es", "e"), ("en", "e", "es", "e"), ("em", "er", "em", "en"))
_THE: Table = (
    ("der", "die", "das", "die"),
    ("den", "die", "das", "die"),
    ("dem", "der", "dem", "den"),
)
WEAK: Table = (("e", "e", "e", "en"), ("en", "e", "e", "en"), ("en", "en", "en", "en"))
MIXED: Table = (("er", "e", "es", "en"), ("en", "e", "es", "en"), ("en", "en", "en", "en"))
STRONG: Table = (("er", "e", "es", "e"), ("en", "e", "es", "e"), ("em", "er", "em", "en"))


def _table(stem: str, endings: Table) -> Table:
    return tuple(tuple(stem + ending for ending in row) for row in endings)


# English determiner -> German forms by case and gender, endings of the adjectives that follow.
DETERMINERS: dict[str, tuple[Table, Table]] = {
    "the": (_THE, WEAK),
    "this": (_table("dies", _DER), WEAK),
    "these": (_table("dies", _DER), WEAK),
    "every": (_table("jed", _DER), WEAK),
    "a": (_table("ein", _EIN), MIXED),
    "no": (_table("kein", _EIN), MIXED),
}
for _english, _german in POSSESSIVES:
    DETERMINERS[_english] = (_table(_german, _EIN), MIXED)


class Word:
    """One English word and its place in the sentence."""

    __slots__ = ("place", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = -1


class Target:
    """One German word and the English words it comes from."""

    __slots__ = ("sources", "text")

    def __init__(self, text: str, sources: tuple[Word, ...]) -> None:
        self.text = text
        self.sources = sources


class Phrase:
    """English words with fixed German: an adverb, a place, a time. Lemmas name its content."""

    __slots__ = ("german", "lemmas", "words")

    def __init__(self, words: list[Word], german: list[Target], lemmas: tuple[str, ...]) -> None:
        self.words = words
        self.german = german
        self.lemmas = lemmas


def article(following: str) -> str:
    """`a` or `an`, by the sound of the next word."""
    if following[0] in "aeiou" and not following.startswith(("uni", "use", "eu", "one")):
        return "an"
    return "an" if following.startswith(("hour", "honest")) else "a"


class NounPhrase:
    """A determiner, adjectives and a noun; or a name. `german(case)` agrees in all of them.

    Determiners: the keys of DETERMINERS, a number word with its German after a bar (`two|zwei`),
    or `""` for none (bread, dogs, Anna).
    """

    __slots__ = (
        "adjectives",
        "agreement",
        "determiner",
        "gender",
        "lemmas",
        "noun",
        "plural",
        "pronoun",
        "words",
    )

    def __init__(
        self,
        noun: Noun,
        determiner: str = "the",
        adjectives: tuple[Adjective, ...] = (),
        plural: bool = False,
    ) -> None:
        self.noun = noun
        self.determiner = determiner
        self.adjectives = adjectives
        self.plural = plural
        self.gender = PLURAL if plural else noun.gender
        self.agreement = THIRD_PLURAL if plural else THIRD_SINGULAR
        self.pronoun = "they" if plural else noun.pronoun
        self.lemmas = (noun.lemma, *[adjective.english for adjective in adjectives])
        texts = [adjective.english for adjective in adjectives]
        texts.append(noun.english_plural if plural else noun.english)
        if determiner == "a":
            texts.insert(0, article(texts[0]))
        elif determiner:
            texts.insert(0, determiner.partition("|")[0])
        self.words = [Word(text) for text in texts]

    @property
    def indefinite(self) -> bool:
        """Whether a negation makes it `kein`: a, or no determiner at all."""
        return self.determiner in ("a", "")

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The German words in a case; `negation` (English words) turns ein or nothing to kein."""
        words = self.words
        gender = self.gender
        determiner = "no" if negation else self.determiner
        result: list[Target] = []
        endings = STRONG
        position = 0
        if determiner:
            bar = determiner.find("|")
            sources = negation
            if self.determiner:
                sources = (*negation, words[0])
                position = 1
            if bar >= 0:
                result.append(Target(determiner[bar + 1 :], sources))
            else:
                forms, endings = DETERMINERS[determiner]
                result.append(Target(forms[case][gender], sources))
        ending = endings[case][gender]
        for adjective in self.adjectives:
            result.append(Target(adjective.endings[ending], (words[position],)))
            position += 1
        forms_of_noun = self.noun.plural if self.plural else self.noun.singular
        assert forms_of_noun is not None
        result.append(Target(forms_of_noun[case], (words[position],)))
        return result


class Name:
    """A name, copied as it is."""

    __slots__ = ("agreement", "gender", "indefinite", "lemmas", "plural", "pronoun", "words")

    def __init__(self, name: str, pronoun: str) -> None:
        self.words = [Word(name)]
        self.agreement = THIRD_SINGULAR
        self.pronoun = pronoun
        self.gender = FEMININE if pronoun == "she" else MASCULINE
        self.lemmas = (name,)
        self.plural = False
        self.indefinite = False

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The name itself, whatever the case."""
        return [Target(self.words[0].text, (self.words[0],))]


_PRONOUN_FORMS = {row[0]: row for row in PRONOUNS}


class Pronoun:
    """I, you, he, she, it, we, they; as an object me, him, ... `it` takes the German gender."""

    __slots__ = (
        "_forms",
        "agreement",
        "gender",
        "indefinite",
        "lemmas",
        "plural",
        "pronoun",
        "words",
    )

    def __init__(self, pronoun: str, as_object: bool = False, gender: int = NEUTER) -> None:
        self.pronoun = pronoun
        self.gender = gender
        self.indefinite = False
        self.lemmas: tuple[str, ...] = ()
        self._forms: tuple[str, ...]
        if pronoun == "it":
            self.agreement = THIRD_SINGULAR
            self._forms = IT[gender]
            self.words = [Word("it")]
        else:
            row = _PRONOUN_FORMS[pronoun]
            self.agreement = row[2]
            self._forms = row[3:]
            self.words = [Word(row[1] if as_object else row[0])]
        self.plural = self.agreement > THIRD_SINGULAR

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The German pronoun in a case."""
        return [Target(self._forms[case], (self.words[0],))]


class Pair:
    """Two noun phrases joined with and; plural for the verb."""

    __slots__ = (
        "agreement",
        "first",
        "gender",
        "indefinite",
        "lemmas",
        "link",
        "plural",
        "pronoun",
        "second",
        "words",
    )

    def __init__(self, first: "NounPhrase | Name", second: "NounPhrase | Name") -> None:
        self.first = first
        self.second = second
        self.link = Word("and")
        self.words = [*first.words, self.link, *second.words]
        self.agreement = THIRD_PLURAL
        self.gender = PLURAL
        self.pronoun = "they"
        self.plural = True
        self.indefinite = False
        self.lemmas = (*first.lemmas, *second.lemmas)

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """Both phrases in the same case."""
        return [*self.first.german(case), Target("und", (self.link,)), *self.second.german(case)]


class Asked:
    """Who or what as the subject or object of a question."""

    __slots__ = (
        "_forms",
        "agreement",
        "gender",
        "indefinite",
        "lemmas",
        "plural",
        "pronoun",
        "words",
    )

    def __init__(self, word: str) -> None:
        self.words = [Word(word)]
        self._forms = ("wer", "wen", "wem") if word == "who" else ("was", "was", "was")
        self.agreement = THIRD_SINGULAR
        self.gender = NEUTER
        self.pronoun = ""
        self.plural = False
        self.indefinite = False
        self.lemmas: tuple[str, ...] = (word,)

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The German question word in a case."""
        return [Target(self._forms[case], (self.words[0],))]


class Pointing:
    """This is ..., these are ...: das, whatever follows."""

    __slots__ = ("agreement", "gender", "indefinite", "lemmas", "plural", "pronoun", "words")

    def __init__(self, plural: bool) -> None:
        self.words = [Word("these" if plural else "this")]
        self.agreement = THIRD_PLURAL if plural else THIRD_SINGULAR
        self.gender = NEUTER
        self.pronoun = ""
        self.plural = plural
        self.indefinite = False
        self.lemmas: tuple[str, ...] = ("this",)

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """Das."""
        return [Target("das", (self.words[0],))]


class Relative:
    """Who or that, opening a relative clause; German agrees with the noun and the case."""

    __slots__ = ("agreement", "gender", "indefinite", "lemmas", "plural", "pronoun", "words")

    def __init__(self, phrase: NounPhrase) -> None:
        self.words = [Word("who" if phrase.noun.kinds[0] == "person" else "that")]
        self.agreement = phrase.agreement
        self.gender = phrase.gender
        self.pronoun = ""
        self.plural = phrase.plural
        self.indefinite = False
        self.lemmas: tuple[str, ...] = ()

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """der, die, das, den, dem, denen."""
        form = "denen" if case == DATIVE and self.plural else _THE[case][self.gender]
        return [Target(form, (self.words[0],))]


class Described(NounPhrase):
    """A noun phrase with a relative clause after it, between commas in German."""

    __slots__ = ("tail",)

    def describe(self, words: list[Word], tail: list[Target], lemmas: list[str]) -> None:
        """Put the relative clause behind the noun."""
        self.words = [*self.words, *words]
        self.tail = tail
        self.lemmas = (*self.lemmas, *lemmas)

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The noun phrase, then the relative clause as it is."""
        head = super().german(case, negation)
        head[-1].text += ","
        self.tail[-1].text += ","
        return [*head, *self.tail]


Nominal = NounPhrase | Name | Pronoun | Pair | Asked | Pointing | Relative


def fixed(english: str, german: str) -> Phrase:
    """A phrase from two texts: word by word when both are as long, else every word to every."""
    words = [Word(text) for text in english.split()]
    german_words = german.split()
    if len(words) == len(german_words):
        targets = [Target(text, (word,)) for text, word in zip(german_words, words, strict=True)]
    else:
        everything = tuple(words)
        targets = [Target(text, everything) for text in german_words]
    return Phrase(words, targets, (english,))


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


__all__ = [
    "ACCUSATIVE",
    "CASES",
    "DATIVE",
    "Asked",
    "Name",
    "Nominal",
    "NounPhrase",
    "Pair",
    "Phrase",
    "Pronoun",
    "Target",
    "Word",
    "fixed",
    "prepositional",
]
