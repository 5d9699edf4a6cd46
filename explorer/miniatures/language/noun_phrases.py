"""Noun phrases, names and pairs: English words, and German that agrees."""

from explorer.miniatures.language.agreement import DETERMINERS, STRONG, THIRD_PLURAL, THIRD_SINGULAR
from explorer.miniatures.language.lexicon import FEMININE, MASCULINE, PLURAL, Adjective, Noun
from explorer.miniatures.language.parts import Target, Word


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

    @property
    def counted(self) -> bool:
        """Whether `nicht` stands before it: nicht viele Hunde, nicht jeden Hund."""
        return self.determiner in ("many", "every") or "|" in self.determiner

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


class Profession(NounPhrase):
    """A job as it is said of somebody: Er ist Lehrer, but: Er ist ein guter Lehrer, kein Lehrer."""

    __slots__ = ()

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The German words; without adjective and negation the noun takes the article in."""
        result = super().german(case, negation)
        if negation or self.adjectives:
            return result
        article_form, noun = result
        return [Target(noun.text, (*article_form.sources, *noun.sources))]


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


class Described(NounPhrase):
    """A noun phrase with a relative clause after it, between commas in German."""

    __slots__ = ("head_lemmas", "tail", "tail_lemmas")

    def describe(self, words: list[Word], tail: list[Target], lemmas: list[str]) -> None:
        """Put the relative clause behind the noun."""
        self.words = [*self.words, *words]
        self.tail = tail
        self.head_lemmas = self.lemmas
        self.tail_lemmas = tuple(lemmas)
        self.lemmas = (*self.lemmas, *lemmas)

    def german(self, case: int, negation: tuple[Word, ...] = ()) -> list[Target]:
        """The noun phrase, then the relative clause as it is."""
        head = super().german(case, negation)
        head[-1].text += ","
        self.tail[-1].text += ","
        return [*head, *self.tail]
