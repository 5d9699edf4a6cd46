"""A clause: who does what, when and where; put in order in English and in German.

German order, the whole of it: the finite verb comes second (first in a yes/no question, last in
a subordinate clause); prefix, infinitive or participle close the clause; in between stand, in
this order, a pronoun object, the receiver, time, frequency, the object, nicht, manner, company,
place and what is said of the subject. Manner comes before an indefinite object.
"""

from dataclasses import dataclass

from explorer.miniatures.language.lexicon import ACCUSATIVE, DATIVE, NOMINATIVE, Verb
from explorer.miniatures.language.lexicon_verbs import MODALS, MUST_NOT
from explorer.miniatures.language.noun_phrases import NounPhrase
from explorer.miniatures.language.parts import Phrase, Target, Word
from explorer.miniatures.language.phrases import Nominal
from explorer.miniatures.language.pronouns import Asked, Pronoun

STATEMENT, QUESTION, SUBORDINATE = "statement", "question", "subordinate"

HABEN_FORMS = ("habe", "hast", "hat", "haben", "haben")
SEIN_FORMS = ("bin", "bist", "ist", "sind", "sind")
BE_FORMS = ("am", "are", "is", "are", "are")
WAS_FORMS = ("was", "were", "was", "were", "were")
_SHORT = {"am": "'m", "is": "'s", "are": "'re", "will": "'ll"}
NOT_CONTRACTED = {"can": "can't", "will": "won't", "should": "shouldn't", "must": "mustn't"}


@dataclass(slots=True, eq=False)
class Clause:
    """One clause, before it is put in order.

    tense: present, progressive, past, or a modal of MODALS. negated: "", "not" or "n't".
    front: the phrase that opens the sentence; German then puts the verb before the subject.
    """

    subject: Nominal
    verb: Verb
    tense: str = "present"
    negated: str = ""
    object: Nominal | None = None
    receiver: Nominal | None = None
    receiver_after: bool = False  # gives a book to the child
    predicate: Phrase | NounPhrase | None = None
    front: Phrase | Asked | None = None
    frequency: Phrase | None = None
    frequency_last: bool = False
    manner: Phrase | None = None
    company: Phrase | None = None  # with the dog, for the child
    particle_early: bool = False  # picks up the friend, not picks the friend up
    place: Phrase | None = None
    time: Phrase | None = None
    gladly: bool = False  # likes to read -> liest gern
    contracted: bool = False  # I'm, it's, they'll
    with_comma: bool = False  # a comma after the front phrase, English only
    # Filled by english(), read by german().
    _finite: tuple[Word, ...] = ()
    _main: tuple[Word, ...] = ()
    _not: tuple[Word, ...] = ()
    _to: tuple[Word, ...] = ()
    _gladly: tuple[Word, ...] = ()

    def lemmas(self) -> list[str]:
        """The content of the clause, for its combination."""
        found = [self.verb.lemma, *self.subject.lemmas]
        for part in (
            self.object,
            self.receiver,
            self.predicate,
            self.front,
            self.frequency,
            self.manner,
            self.company,
            self.place,
            self.time,
        ):
            if part is not None:
                found.extend(part.lemmas)
        return found

    def english(self, order: str = STATEMENT) -> list[Word]:
        """The English words in order; verb words remember themselves for the alignment."""
        auxiliary, negation, main = self._english_verb(order == QUESTION)
        if self.contracted and order != QUESTION and isinstance(self.subject, Pronoun):
            auxiliary = self._contract(auxiliary)
        words: list[Word] = []
        if self.front is not None:
            words.extend(self.front.words)
            if self.with_comma:
                words[-1].text += ","
        if order == QUESTION:
            words.extend(auxiliary)
            words.extend(self.subject.words)
        else:
            words.extend(self.subject.words)
            words.extend(auxiliary)
        words.extend(negation)
        if self.frequency is not None and not self.frequency_last:
            words.extend(self.frequency.words)
        words.extend(main)
        particle = self.verb.particle and self.verb.particle != "for"
        if particle and self.particle_early:
            words.append(Word(self.verb.particle))
            self._main = (*self._main, words[-1])
        if self.receiver is not None and not self.receiver_after:
            words.extend(self.receiver.words)
        if self.object is not None:
            words.extend(self.object.words)
        if self.receiver is not None and self.receiver_after:
            self._to = (Word("to"),)
            words.extend(self._to)
            words.extend(self.receiver.words)
        if particle and not self.particle_early:
            words.append(Word(self.verb.particle))
            self._main = (*self._main, words[-1])
        moving = self.verb.frame in ("to", "city")
        places = (self.place, self.company) if moving else (self.company, self.place)
        for part in (self.predicate, self.manner, *places, self.time):
            if part is not None:
                words.extend(part.words)
        if self.frequency is not None and self.frequency_last:
            words.extend(self.frequency.words)
        return words

    def _contract(self, auxiliary: list[Word]) -> list[Word]:
        """I am -> I'm: the pronoun takes the verb in; German finite verb comes from it then."""
        short = _SHORT.get(auxiliary[0].text) if len(auxiliary) == 1 else None
        if short is None:
            return auxiliary
        subject = self.subject.words[0]
        subject.text += short
        self._finite = tuple(subject if word is auxiliary[0] else word for word in self._finite)
        return []

    def _english_verb(self, question: bool) -> tuple[list[Word], list[Word], list[Word]]:
        """The auxiliary, the negation and the main verb; and what each is aligned with."""
        verb, tense, agreement = self.verb, self.tense, self.subject.agreement
        auxiliary, main = "", ""
        be = verb.frame == "be"
        subject_asked = isinstance(self.subject, Asked)
        supported = (question or bool(self.negated)) and not (subject_asked and not self.negated)
        if be and tense in ("present", "past"):
            auxiliary = (WAS_FORMS if tense == "past" else BE_FORMS)[agreement]
        elif tense == "progressive":
            auxiliary, main = BE_FORMS[agreement], verb.gerund
        elif tense == "past":
            auxiliary, main = ("did", verb.base) if supported else ("", verb.english_past)
        elif tense == "present":
            base, third = verb.base, verb.third
            if self.gladly:
                base, third = "like", "likes"
            singular = agreement == 2
            if supported:
                auxiliary, main = ("does" if singular else "do"), base
            else:
                main = third if singular else base
        elif tense == "wants to":
            singular = agreement == 2
            if supported:
                auxiliary, main = ("does" if singular else "do"), f"want to {verb.base}"
            else:
                main = f"{'wants' if singular else 'want'} to {verb.base}"
        else:
            auxiliary, main = tense, verb.base
        first = [Word(auxiliary)] if auxiliary else []
        negation: list[Word] = []
        if self.negated and first:
            if self.negated == "not" or auxiliary == "am":
                negation = [Word("not")]
                if auxiliary == "can":
                    first[0].text, negation = "cannot", []
            else:
                first[0].text = NOT_CONTRACTED.get(auxiliary, auxiliary + "n't")
        rest = [Word(text) for text in main.split()]
        self._not = tuple(negation or first) if self.negated else ()
        linked = tuple(first) if auxiliary and (negation or not self.negated) else ()
        if self.gladly:
            self._gladly = (rest[0],)
            rest += [Word("to"), Word(verb.base)]
            self._main = tuple(rest[1:])
            self._finite = linked + self._main
        elif tense in MODALS:
            split = 2 if tense == "wants to" else 0
            self._finite = tuple(first) + tuple(rest[:split])
            self._main = tuple(rest[split:])
        elif be:
            self._finite, self._main = tuple(first), ()
        else:
            self._main = tuple(rest)
            self._finite = linked + self._main
        if verb.particle == "for":
            rest.append(Word("for"))
            self._main = (*self._main, rest[-1])
            self._finite = (*self._finite, rest[-1])
        return first, negation, rest

    def german(self, order: str = STATEMENT) -> list[Target]:
        """The German words in order; call english() first."""
        finite, closing = self._german_verb()
        subject = self.subject.german(NOMINATIVE)
        middle = self._middle()
        if order == SUBORDINATE:
            front = list(self.front.german) if isinstance(self.front, Phrase) else []
            if (
                closing
                and self.verb.prefix
                and len(closing) == 1
                and closing[0].text == (self.verb.prefix)
            ):
                joint = tuple(dict.fromkeys((*closing[0].sources, *finite.sources)))
                finite, closing = Target(closing[0].text + finite.text, joint), []
            return [*subject, *front, *middle, *closing, finite]
        if self.front is not None:
            if isinstance(self.front, Asked):
                case = DATIVE if self.verb.frame == "dative" else ACCUSATIVE
                front = self.front.german(case)
            else:
                front = list(self.front.german)
            return [*front, finite, *subject, *middle, *closing]
        if order == QUESTION:
            return [finite, *subject, *middle, *closing]
        return [*subject, finite, *middle, *closing]

    def _german_verb(self) -> tuple[Target, list[Target]]:
        verb, agreement, tense = self.verb, self.subject.agreement, self.tense
        if tense in MODALS:
            forms = MUST_NOT if tense == "must" and self.negated else MODALS[tense]
            return (
                Target(forms[min(agreement, 3)], self._finite),
                [Target(verb.infinitive, self._main)],
            )
        if tense == "past":
            if verb.past is not None:
                return Target(verb.past[agreement], self._finite), []
            helpers = SEIN_FORMS if verb.auxiliary == "s" else HABEN_FORMS
            return (Target(helpers[agreement], self._finite), [Target(verb.participle, self._main)])
        closing = [Target(verb.prefix, self._main)] if verb.prefix else []
        particle = self._main[-1:] if verb.particle and verb.particle != "for" else ()
        if particle and verb.prefix:
            closing = [Target(verb.prefix, self._main)]
        return Target(verb.present[agreement], self._finite), closing

    def _middle(self) -> list[Target]:
        case = DATIVE if self.verb.frame == "dative" else ACCUSATIVE
        negation = self._not
        result: list[Target] = []
        late: list[Target] = []
        if self.object is not None:
            if isinstance(self.object, Pronoun):
                result += self.object.german(case)
            elif negation and self.object.indefinite:
                late = self.object.german(case, negation)
                negation = ()
            else:
                late = self.object.german(case)
        if self.receiver is not None:
            received = self.receiver.german(DATIVE)
            if self._to:
                received[0] = Target(received[0].text, self._to + received[0].sources)
            result += received
        if self.time is not None:
            result += self.time.german
        if self.frequency is not None:
            result += self.frequency.german
        if self.gladly:
            result.append(Target("gern", self._gladly))
        manner = self.manner.german if self.manner is not None else []
        if late and not self._not and self.object is not None and self.object.indefinite:
            result += manner  # liest langsam ein Buch, but liest das Buch langsam
            manner = []
        if negation and isinstance(self.object, NounPhrase) and self.object.counted:
            result.append(Target("nicht", negation))
            negation = ()
        result += late
        predicate: list[Target] = []
        if isinstance(self.predicate, NounPhrase):
            if negation and self.predicate.indefinite:
                predicate = self.predicate.german(NOMINATIVE, negation)
                negation = ()
            else:
                predicate = self.predicate.german(NOMINATIVE)
        elif self.predicate is not None:
            predicate = list(self.predicate.german)
        if negation:
            result.append(Target("nicht", negation))
        result += manner
        if self.company is not None:
            result += self.company.german
        if self.place is not None:
            result += self.place.german
        return result + predicate
