"""Badges that say how far our numbers are from an independent computation."""

import streamlit as st

from explorer.checks import Check
from explorer.dashboard.messages import plain


def number_text(value: float) -> str:
    """A difference as people read it: 0, 3, 2.1 × 10⁻⁷."""
    if value == 0 or value != value:
        return "0" if value == 0 else "not a number"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.4g}"
    mantissa, exponent = f"{value:.1e}".split("e")
    raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{mantissa} × 10{raised}"


def sentence(text: str) -> str:
    """A text with a capital at its beginning and a full stop at its end."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def check_badge(check: Check) -> None:
    """A green badge for a check that passed, a red one for a check that did not, and what it says.

    The difference and the tolerance stand in the badge, so that colour is not the only sign.
    """
    difference, tolerance = number_text(check.difference), number_text(check.tolerance)
    badge = f":red-badge[:material/error: Differs by {difference}]"
    if check.passed:
        badge = f":green-badge[:material/verified: Checked: difference {difference}]"
    # One element: a page that changes while somebody drags a control sends it every time.
    st.markdown(f"{badge} :small[{plain(sentence(check.what))} Allowed: {tolerance}.]")
