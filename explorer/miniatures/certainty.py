"""Which words of a document follow from the rest of it, judged strictly, for the evaluation.

Training hides words that merely stand twice in a text as well; a person could not know that the
same word was meant. Here a repetition counts only where the text is built on it.
"""

from explorer.miniatures.language import Document
from explorer.miniatures.language.documents import ARTICLES

YES_NO = ("Yes,", "No,")


def certain_places(document: Document) -> list[int]:
    """The places of the words that only one word fits.

    In *A dog sees a cat. The cat is old.* these are the articles and the beings that are handed
    on; in *Does Anna sing? Yes, Anna sings.* whatever the answer says again, but not *yes* or
    *no*, from which the verb follows; in *First … Then she …* the words of sequence and the
    pronoun. A document of another kind has none.
    """
    places = [place for place, fixed in enumerate(document.determined) if fixed]
    sentences, words = document.sentences, document.words
    if len(sentences) < 2:
        return []
    if _answers_by_repeating(document):
        said = len(sentences[0].split()) + len(sentences[1].split())
        groups = document.groups[:said]
        return [
            place
            for place in places
            if place < said
            and words[place] not in YES_NO
            and (groups[place] < 0 or groups.count(groups[place]) > 1)
        ]
    if not document.order_determined:
        return []
    if sentences[0].startswith("First "):
        return [place for place in places if document.groups[place] < 0]
    return [
        place
        for place in places
        if document.groups[place] < 0 or (place and words[place - 1].lower() in ARTICLES)
    ]


def _answers_by_repeating(document: Document) -> bool:
    """Whether the second sentence answers the first one with all of its words.

    The verb may have another form: it is in one group with its form in the question.
    """
    question, answer = document.sentences[:2]
    if not question.endswith("?") or not answer.startswith(YES_NO):
        return False
    asked = len(question.split())
    said = {word.rstrip(".") for word in answer.split()}
    groups = document.groups[asked : asked + len(answer.split())]
    return all(
        document.words[place].rstrip("?") in said
        or (document.groups[place] >= 0 and document.groups[place] in groups)
        for place in range(1, asked)
    )
