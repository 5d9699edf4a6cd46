"""Damage a text in BART's five ways, and watch the model repair it."""

import random
from typing import TYPE_CHECKING

import streamlit as st

from explorer.charts import pieces
from explorer.dashboard import answers, exports, knowledge, links, stories
from explorer.dashboard.folded import fold
from explorer.dashboard.playground import answering, asking, piece_list
from explorer.differences import differences
from explorer.generation import Decoding
from explorer.miniatures.corruption import CORRUPTIONS, Corrupted, corrupt

if TYPE_CHECKING:
    from explorer.model import Seq2SeqModel

MAX_SEED = 1_000_000
ORIGINAL = "First the old farmer feeds the horses. Then he reads the newspaper."
DETERMINED = {
    "masking": "Often several words fit a gap: a repair can differ and still be good English.",
    "deletion": "Nothing shows where a word was: a repair can differ and still be good English.",
    "infilling": "A gap can hide no word or many: a repair can differ and still be good English.",
    "permutation": "Without a clue in the sentences, any order can be right.",
    "rotation": "With one sentence its capital says where it began; with more, several "
    "beginnings can be right.",
}


def can_repair(model: "Seq2SeqModel") -> bool:
    """Whether damaged text is what this model was trained on."""
    return model.facts.family == "bart" and any(
        task.kind == "denoising" for task in model.card.tasks
    )


def ask_original() -> tuple[str, str, int]:
    """The controls: the text, the kind of damage, and its seed."""
    text = asking.long_text("Text to damage", ORIGINAL, key="original")
    titles = [corruption.title for corruption in CORRUPTIONS]
    title = links.bound(
        st.segmented_control,
        "Damage",
        titles,
        default=titles[0],
        required=True,
        key="damage",
        wrap=True,
        help="The five ways in which BART's training text was damaged.",
    )
    chosen = CORRUPTIONS[titles.index(title)]
    seed = links.bound(
        st.number_input,
        "Seed of the damage",
        0,
        MAX_SEED,
        0,
        1,
        key="dice",
        help="The same seed damages the same places. Take the next one for other places.",
    )
    st.caption(chosen.explanation)
    return text, chosen.kind, int(seed)


def damaged(text: str, kind: str, seed: int) -> Corrupted:
    """The damage that a kind and a seed do, the same every time.

    Raises:
        ExplorerError: a text that this kind cannot damage.
    """
    return corrupt(kind, text, random.Random(f"{kind} {seed}"))


def show_damage(model: "Seq2SeqModel", harm: Corrupted) -> None:
    """The original and what the model gets of it."""
    tokens = model.tokenize(harm.text)
    with st.container(border=True):
        st.markdown("**Original**, what will be hidden or moved is marked")
        st.html(pieces.marked_html(harm.original, harm.hidden))
    with st.container(border=True):
        st.markdown("**Damaged**, all that the model reads")
        st.html(pieces.marked_html(harm.text, harm.marks))
        if tokens.truncated:
            st.html(pieces.cut_html(tokens, model.facts.max_source_tokens))
        fold(
            f"As {len(tokens)} pieces",
            "toll",
            "repair_pieces_open",
            lambda: piece_list.show_source(model, harm.text),
        )
    knowledge.say_untaught(model.card, harm.text)


def show_repair(model: "Seq2SeqModel", harm: Corrupted, decoding: Decoding) -> None:
    """What the model makes of it, beside the original."""
    with st.container(border=True):
        st.markdown("**Repaired**, what differs from the original is underlined")
        slot = st.empty()
        repaired = answers.answer(model, harm.text, decoding, slot)
        found = differences(harm.original, repaired.text)
        slot.html(pieces.differences_html(found.right) or pieces.text_html("(empty)"))
        if found.equal:
            st.badge("Exact repair", icon=":material/check_circle:", color="green")
        else:
            st.caption("The original again, what the repair has not is underlined:")
            st.html(pieces.differences_html(found.left))
            st.badge("Not exact", icon=":material/difference:", color="orange")
            st.caption(
                f"Words of the original that are missing: {found.words_left}. New words: "
                f"{found.words_right}. {DETERMINED[harm.kind]}"
            )
    answering.show_figures(repaired)
    answering.show_check(model, harm.text, repaired)
    exports.take_home(
        f"{model.card.name}-repair",
        data={
            "damage": harm.kind,
            "original": harm.original,
            "damaged": harm.text,
            "repaired": repaired.text,
            "exact": found.equal,
            "generation": repaired,
        },
        script=lambda: model.script(harm.text, decoding),
    )


def offer_repairer() -> None:
    """What to do where the chosen model was never trained to repair."""
    st.info(
        "This model was not trained to repair damaged text. BART models were.",
        icon=":material/healing:",
    )
    st.page_link(
        stories.PAGES / "playground.py",
        label="Repair with miniature-bart",
        icon=":material/arrow_forward:",
        query_params={"model": "miniature-bart", "mode": "Repair"},
    )
