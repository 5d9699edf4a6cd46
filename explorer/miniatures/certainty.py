"""What in a document follows from the rest of it: its order and, judged strictly, its words.

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
    sentences = document.sentences
    if len(sentences) < 2:
        return []
    if sentences[0].endswith("?") and sentences[1].startswith(YES_NO):
        said = len(sentences[0].split()) + len(sentences[1].split())
        groups, words = document.groups[:said], document.words
        return [
            p
            for p in places
            if p < said
            and words[p] not in YES_NO
            and (groups[p] < 0 or groups.count(groups[p]) > 1)
        ]
    chained = all(sentence.startswith("The ") for sentence in sentences[1:])
    if chained and sentences[0].startswith(("A ", "An ")):
        words = document.words
        return [
            p for p in places if document.groups[p] < 0 or (p and words[p - 1].lower() in ARTICLES)
        ]
    if sentences[0].startswith("First "):
        return [p for p in places if document.groups[p] < 0]
    return []


def order_is_certain(document: Document) -> bool:
    """Whether the sentences can stand in one order only.

    The order follows from *first*, *then*, *finally* and their pronoun, from *a dog* coming before
    *the dog*, or from a question coming before its answer. A further sentence after the answer
    could as well stand before the question. One sentence has one order.
    """
    sentences = document.sentences
    if any(sentence.endswith("?") for sentence in sentences):
        return (
            len(sentences) == 2 and sentences[0].endswith("?") and sentences[1].startswith(YES_NO)
        )
    return document.order_determined
