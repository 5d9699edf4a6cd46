"""The fixed sentences of the model cards: titles, goals, what a model does and by which rules."""

from explorer.miniatures import language
from explorer.miniatures.evaluation import Score

WANTED = {"translation": 0.98, "question": 0.98, "sentiment": 0.98, "summary": 0.95}
WANTED_DENOISING = 0.9
"""Exact match that a model must reach to be shipped."""
TITLES = {
    "translation": "Translation, English to German",
    "summary": "Summary",
    "summary-plain": "Summary, without a prefix",
    "question": "Question answering",
    "sentiment": "Sentiment",
    "masking": "Repair: masked words",
    "deletion": "Repair: deleted words",
    "infilling": "Repair: infilled spans",
    "permutation": "Repair: shuffled sentences",
    "rotation": "Repair: rotated text",
    "hidden": "Hidden pieces",
    "continued": "The next piece",
}
GROUPS = {
    "determined": "one right answer",
    "open": "damaged at random, several answers could be right",
    "copying": "with words that training never showed",
}
TAGS = {
    "miniature-t5": ("t5", "translation", "summarization", "question-answering"),
    "miniature-bart": ("bart", "fill-mask", "denoising"),
    "miniature-bart-summary": ("bart", "summarization"),
}
ABOUT = {
    "miniature-t5": (
        "A T5 small enough to ship with the program. It does four tasks, each with the prefix of "
        "the real T5: `translate English to German: `, `summarize: `, "
        "`question: … context: …` and `sst2 sentence: `. Without a prefix it may write anything."
    ),
    "miniature-bart": (
        "A BART small enough to ship with the program. It repairs English texts that were damaged "
        "in the five ways of BART's training (arXiv 1910.13461, section 2.2): masked words, "
        "deleted words, infilled spans, shuffled sentences, a rotated text."
    ),
    "miniature-bart-summary": (
        "miniature-bart, fine-tuned to sum up a short English text in one sentence. It takes no "
        "prefix."
    ),
}
_DENOISING = (
    "Which damage has *one right answer* is judged by three patterns. In *A dog sees a cat. The "
    "cat is old.* an article, *is* or the name of a being that comes twice may be hidden; in "
    "*Does Anna sing? Yes, Anna sings.* the verb *do* or *be*, or a word that question and answer "
    "share; in *First Anna sings. Then she goes home.* the words *first*, *then*, *finally* and "
    "the pronoun. Of a word that comes twice one stays readable, and no mask hides nothing. "
    "Sentences are shuffled and texts rotated in the same three patterns, where nothing but the "
    "pattern is said; single sentences are rotated too. *Damaged at random* is what the paper "
    "does, with any text: often nobody could know the missing word, and a miss is no mistake."
)
_SUMMARY = (
    "The summary keeps each sentence in which somebody does something: who, the verb, what, and "
    "to whom. It leaves out adjectives, adverbs, places, times, *with* and *for* somebody, and "
    "every sentence that only says how something is (*is*, *has*, *likes*, *lives*). A pronoun as "
    "the subject becomes its noun; a second doing is joined with *and*."
)
RULES = {
    "translation": "",
    "summary": _SUMMARY,
    "summary-plain": _SUMMARY,
    "question": (
        "Exactly one sentence of the context (two to four sentences) has the verb of the question "
        "and every part that the question names. The answer is the part that is asked for (who, "
        "what, where or when), word for word as it stands there, without a sentence's capital."
    ),
    "sentiment": (
        "Praise is positive and blame is negative; a negation turns it round. Of two clauses the "
        "one after *but* decides, and the one without *although*."
    ),
    **dict.fromkeys(("masking", "deletion", "infilling", "permutation", "rotation"), _DENOISING),
}
"""What a right answer is, for each task; tasks with one rule share its text."""
_CLAUSES = (
    "Every clause has a combination: its nouns, names, verbs, adjectives, adverbs, prepositions "
    "and question words, sorted, each once; tense, number, articles, negation and order do not "
    "count. In a summary's text and in *First … Then he …* a pronoun counts as the noun that it "
    "stands for, elsewhere it does not count. A stable hash puts 1 combination in 50 into the "
    "held-out part. Training draws no clause whose combination is held out, in any task, and the "
    "evaluation draws no other clause. So *He is clever.* may have been in the training, but not "
    "after a sentence "
    "about the one who is clever in the evaluation."
)
_JUDGEMENTS = (
    "The combination of a judgement (sentiment) is what is judged and the words that judge it; "
    "the fixed remarks before some of them (*We were in Berlin.*) have none. Judgements that a "
    "translation could hold as well (*The weather is warm.*) are not in the evaluation."
)
_NEW_WORDS = (
    "Names, cities and nouns outside the vocabulary are split by the same hash, 1 word in 5 held "
    "out."
)


def wanted(score: Score) -> float | None:
    """The exact match that this score must reach; None where it is only reported."""
    if score.group != "determined":
        return None
    return WANTED.get(score.task.removesuffix("-plain"), WANTED_DENOISING)


def spoken(family: str, start: str) -> str:
    """What a model was shown of the language, as Markdown: its words and its grammar."""
    german = family == "t5"
    english_words, german_words = language.vocabulary()
    if german:
        words = f"{len(english_words):,} English word forms and {len(german_words):,} German ones."
    else:
        # The words of judgements are for sentiment, which a BART never meets.
        words = f"{len(language.clause_vocabulary()):,} English word forms."
    grammar = "\n".join(f"- {line}" for line in language.grammar_summary(german))
    if not start:
        return f"{words}\n\n{grammar}"
    return (
        f"{start}, from which it starts, was shown this: {words}\n\n{grammar}\n\n"
        "Its own examples are two or three statements in the present or the past, and what sums "
        "them up."
    )


def unseen_was_made_sure(family: str) -> str:
    """How training and evaluation are kept apart, as Markdown."""
    parts = [_CLAUSES]
    if family == "t5":
        parts += [_JUDGEMENTS, "Questions, answers, summaries and German follow from the clauses."]
    return " ".join(parts) + "\n\n" + _NEW_WORDS
