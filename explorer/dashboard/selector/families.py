"""T5, BART, mT5, PEGASUS, Marian, NLLB and mBART side by side."""

from typing import Any

import streamlit as st

from explorer import catalog
from explorer.charts import side_by_side
from explorer.charts.towers import on_paper, towers
from explorer.dashboard import exports, links
from explorer.dashboard.sandbox.checking import check_with_torch
from explorer.errors import ExplorerError
from explorer.family_comparison import REPRESENTATIVES, Comparison, compare

GROUPS = ("All", "Size", "Build", "Training")


def show(dark: bool = False) -> None:
    """The whole view."""
    names = links.bound(
        st.pills,
        "Models",
        [each.name for each in catalog.MODELS],
        selection_mode="multi",
        default=list(REPRESENTATIVES),
        key="families",
        wrap=True,
    )
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        group = links.bound(
            st.segmented_control,
            "Rows",
            list(GROUPS),
            default="All",
            required=True,
            key="traits",
            wrap=True,
        )
        different = links.bound(
            st.toggle,
            "Only what differs",
            False,
            key="differing",
            help="Leaves out the rows in which all models are alike.",
        )
    try:
        comparison = compare(names)
    except ExplorerError:
        st.info("Choose a model to see how it is built.", icon=":material/compare:")
        return
    facts = [catalog.facts(card) for card in catalog.MODELS if card.name in names]
    facts.sort(key=lambda each: names.index(each.name))
    labels = _labels(names)
    st.altair_chart(
        towers(facts, labels, dark),
        width="stretch",
        alt="; ".join(
            f"{each.name}: {each.encoder_layers} encoder and {each.decoder_layers} decoder layers, "
            f"{each.d_model} wide"
            for each in facts
        ),
    )
    st.caption(
        "**Blue**: the encoder, **orange**: the decoder. A tower is as high as it has layers, and "
        "as wide as its vectors (d_model)."
    )
    kept = tuple(
        each
        for each in comparison.traits
        if (group == "All" or each.group == group) and (not different or len(set(each.values)) > 1)
    )
    shown = Comparison(comparison.names, kept)
    if kept:
        heads = [
            name if label == name else f"{label}\n{name}"
            for name, label in zip(names, labels, strict=True)
        ]
        rows = [side_by_side.Row(each.title, each.values, each.differs) for each in kept]
        st.html(side_by_side.table_html(heads, rows, "Models side by side", dark))
        st.caption(
            f"{side_by_side.MARK} differs from what more than half of the models have; where none "
            "has that majority, nothing is marked. A wide table scrolls to the right."
        )
    else:
        st.info("All models are alike here.", icon=":material/equal:")
    _check(names)
    st.subheader("Take home", anchor=False)
    exports.take_home(
        "families",
        table=shown.rows,
        data=lambda: shown,
        chart=lambda: on_paper(towers(facts, labels)),
        script=lambda: _script(names),
        key="families",
    )


def _labels(names: list[str]) -> list[str]:
    """The family where it stands once, else the model's own name."""
    titles = {name: _family(name) for name in names}
    return [
        title if list(titles.values()).count(title) == 1 else name for name, title in titles.items()
    ]


def _family(name: str) -> str:
    card = catalog.find(name)
    return catalog.facts(card).family_title if card else name


def _check(names: list[str]) -> None:
    def check() -> Any:
        from explorer.size_check import check_sizes

        return check_sizes(names)

    check_with_torch(check)


def _script(names: list[str]) -> str:
    from explorer.size_check import script

    return script(names)
