"""Words that stand for a noun: pronouns, question words, this, relative pronouns."""

from explorer.miniatures.language.agreement import THE, THIRD_PLURAL, THIRD_SINGULAR
from explorer.miniatures.language.lexicon import DATIVE, NEUTER
from explorer.miniatures.language.lexicon_others import IT, PRONOUNS
from explorer.miniatures.language.noun_phrases import NounPhrase
from explorer.miniatures.language.parts import Target, Word

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
        form = "denen" if case == DATIVE and self.plural else THE[case][self.gender]
        return [Target(form, (self.words[0],))]
