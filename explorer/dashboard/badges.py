"""Badges that say how far our numbers are from an independent computation."""

import math

import streamlit as st

from explorer.checks import Check
from explorer.dashboard.messages import plain

MINUS = "\N{MINUS SIGN}"


def number_text(value: float) -> str:
    """A number as people read it: 0, 3, −0.0154, 2.1 × 10⁻⁷, ∞."""
    if value == 0 or value != value:
        return "0" if value == 0 else "not a number"
    if math.isinf(value):
        text = "∞" if value > 0 else "-∞"
    elif 1e-3 <= abs(value) < 1e6:
        text = f"{value:,.4g}"
    else:
        mantissa, exponent = f"{value:.1e}".split("e")
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = f"{mantissa} × 10{raised}"
    return text.replace("-", MINUS)


def sentence(text: str) -> str:
    """A text with a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def check_badge(check: Check, of: str = "") -> None:
    """A green badge for a check that passed, a red one for a check that did not, and what it says.

    The difference and the tolerance stand in the badge, so that colour is not the only sign. Where
    several checks say the same of different answers, `of` names the answer.
    """
    difference = number_text(check.difference)
    tolerance = number_text(float(f"{check.tolerance:.1g}"))
    badge = f":red-badge[:material/error: Differs by {difference}]"
    if check.passed:
        badge = f":green-badge[:material/verified: Checked: difference {difference}]"
    whose = f"**{plain(of)}** · " if of else ""
    words = f"{whose}{plain(sentence(check.what))} Rounding explains up to {tolerance}."
    # One element: a page that changes while somebody drags a control sends it every time.
    st.markdown(f"{badge} :small[{words}]")
