"""The models that suit, what speaks against each, and a button that takes one."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer import catalog
from explorer.cards import ModelCard
from explorer.dashboard import drawing_turns, frame, messages, models, settings
from explorer.dashboard.folded import fold
from explorer.dashboard.stories import PAGES
from explorer.guide_architectures import ENCODER_DECODER
from explorer.guide_ranking import RULE, Suggestion, nearest

if TYPE_CHECKING:
    from explorer.guide import Walk

CARDS = 3
GO_ON = (
    ("playground.py", "Playground", ":material/play_circle:"),
    ("cross_attention.py", "Cross-attention", ":material/hub:"),
    ("timeline.py", "Timeline", ":material/timeline:"),
)
"""Where a model can be used."""


def best_of(found: tuple[Suggestion, ...]) -> tuple[Suggestion, ...]:
    """The models shown as cards: those that fit; where none does, the nearest."""
    fitting = tuple(each for each in found if each.fits)
    return (fitting or nearest(found))[:CARDS]


def headline(walked: "Walk", found: tuple[Suggestion, ...]) -> None:
    """The answer in one sentence, and the button that takes it."""
    first, kind = found[0], walked.leaf.architecture
    title = messages.plain(_card(first).title)
    count = sum(each.fits for each in found)
    begin = "" if kind == ENCODER_DECODER else f"{kind} models do this best. "
    if not first.fits:
        sentence = f"**No model of the catalogue meets all of it.** The nearest: {title}."
    elif not first.trained:
        sentence = f"None was trained for this. **{title}** comes nearest."
    else:
        take = "Of those here, take" if begin else "Take"
        sentence = f"{take} **{title}**" + (f"; {count - 1} more fit." if count > 1 else ".")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(begin + sentence)
        if first.fits:
            _use(first, "top")


def show(walked: "Walk", found: tuple[Suggestion, ...]) -> None:
    """The best models as cards, a bundled one to try it with, and all of them as a table."""
    fits = found[0].fits
    st.subheader("The models" if fits else "The nearest models", anchor=False)
    outside = ", ".join(each.title for each in walked.leaf.examples if each.outside)
    st.caption(RULE)
    suits = walked.leaf.architecture == ENCODER_DECODER
    if outside and not (suits and any(each.fits and each.trained for each in found)):
        st.info(f"Outside the catalogue: {outside}.", icon=":material/travel_explore:")
    with st.grid(min_column_width=250, border=True):
        for place, each in enumerate(best_of(found), 1):
            with st.container(gap="xsmall"):
                _show_card(place, each)
    _stand_in(found)
    fold(
        f"All {len(found)} models, and what speaks against each",
        "table",
        "all_models_open",
        lambda: st.table(
            [{**row, "Parameters": f"{row['Parameters']:,}"} for row in rows(found)],
            hide_index=True,
        ),
    )


def rows(found: tuple[Suggestion, ...]) -> list[dict[str, object]]:
    """Every model as a row of a table."""
    return [
        {
            "Place": place,
            "Model": each.name,
            "Fits": "yes" if each.fits else "no",
            "Against": " ".join(o.sentence for o in each.objections) or "nothing",
            "For": " ".join(each.reasons),
            "Parameters": _card(each).parameters,
            "Licence": _card(each).licence,
        }
        for place, each in enumerate(found, 1)
    ]


def _card(suggestion: Suggestion) -> ModelCard:
    card = catalog.find(suggestion.name)
    assert card is not None
    return card


def _show_card(place: int, each: Suggestion) -> None:
    card = _card(each)
    st.markdown(f"**{place}. {messages.plain(card.title)}**")
    count = messages.count_text(card.parameters)
    size = messages.bytes_text(card.download_bytes)
    cost = " to download" if _fetched(card) else ""
    st.caption(f"{count} parameters, {size}{cost} · {messages.plain(card.licence)}")
    st.markdown(messages.plain(card.purpose))
    if each.objections:
        lines = "".join(
            f"\n- {':red[:material/block:] ' if o.hard else ''}{messages.plain(o.sentence)}"
            for o in each.objections
        )
        st.markdown(f"Against it:\n{lines}")
    else:
        st.markdown("Nothing speaks against it.")
    _use(each)


def _fetched(card: ModelCard) -> bool:
    """Whether a model would have to be downloaded first."""
    return not card.bundled and frame.must_be_fetched(card.name)


def _stand_in(found: tuple[Suggestion, ...]) -> None:
    """A bundled model of the same task: there at once, on any server."""
    shown = {each.name for each in best_of(found)}
    small = next((e for e in found if _card(e).bundled and e.task and e.name not in shown), None)
    if small is None:
        return
    card = _card(small)
    with st.container(border=True):
        st.markdown(
            f"**Try it at once**: {messages.plain(card.title)} does the same in "
            f"{messages.plain(' and '.join(card.languages))}, and needs no download."
        )
        _use(small)


def _use(each: Suggestion, place: str = "card") -> None:
    """The button that takes a model, how far it is, and where to go on with it."""
    name, card = each.name, _card(each)
    reason = frame.refusal(name, settings.read_settings())
    if reason:
        st.caption(f":material/lock: Not here: {messages.plain(reason)}.")
        return
    if models.selected_name() != name:
        st.button(
            "Use this model",
            icon=":material/download:" if _fetched(card) else ":material/check:",
            key=f"_use_{place}_{name}",
            on_click=frame.choose,
            args=(name,),
        )
        return
    if not models.is_ready(name):
        if models.has_failed(name):
            # The head of the page says why.
            what = "fetched" if _fetched(card) else "loaded"
            st.caption(f":material/error: It could not be {what}.")
            st.button("Try again", icon=":material/refresh:", key=f"_again_{place}_{name}",
                      on_click=models.retry, args=(name,))  # fmt: skip
        else:
            drawing_turns.fragment(models.show_progress, models.POLL_SECONDS)(name)
        return
    parameters = {"model": name, **({"task": each.task} if each.task else {})}
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge("in use", icon=":material/check_circle:", color="green")
        for page, label, icon in GO_ON:
            st.page_link(PAGES / page, label=label, icon=icon, query_params=parameters)
