"""Controls that live in the URL, and a notice when a URL asked for what cannot be."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.errors import StreamlitAPIException

from explorer.dashboard import settings
from explorer.dashboard.messages import quoted

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

# A URL of 64 kB is refused by the server; a character can take twelve bytes of it.
TEXT_CHARACTERS = 4_000
TEXT_WIDGETS = (st.text_input, st.text_area)
NUMBER_WIDGETS = (st.slider, st.number_input)
CHOICE_WIDGETS = (st.segmented_control, st.selectbox, st.multiselect, st.radio, st.pills)
SWITCHES = (st.toggle, st.checkbox)
_PLACE: ContextVar["DeltaGenerator | None"] = ContextVar("place of notices", default=None)
_REFUSED_KEY = "_refused_links"
_ANSWERED_KEY = "_answered_links"


def bound(widget: Callable[..., Any], label: str, *args: Any, key: str, **options: Any) -> Any:
    """A widget whose value stands in the URL under its key.

    Streamlit drops a value that the widget cannot take without a word; here a notice says so. The
    value stays while the person is on another page. So all pages share the keys: one key, one
    control. What a session still holds for another one, or for other options, is forgotten.

        beams = links.bound(st.slider, "Beams", 1, 8, 4, key="beams")
    """
    if not _can_hold(widget, st.session_state.get(key), args, options):
        del st.session_state[key]
    asked = st.query_params.get_all(key)
    # Streamlit breaks at these instead of passing over them, so the widget must not see them.
    unbound = widget not in TEXT_WIDGETS and not all(map(_holds_a_value, asked))
    # Of a broken number it would take the whole part.
    whole = widget in NUMBER_WIDGETS and all(isinstance(each, int) for each in args[:2])
    unbound = unbound or (whole and any(map(_is_broken, asked)))
    longest = options.get("max_chars")
    # Of a longer text it would take the beginning alone.
    too_long = bool(asked) and longest is not None and len(asked[-1]) > longest
    unbound = unbound or too_long
    if not unbound:
        options["bind"] = "query-params"
    # What stood in the URL when this session last drew the control is no new link: where the
    # control stands elsewhere now, a person or the page has moved it.
    answered = st.session_state.setdefault(_ANSWERED_KEY, {})
    new_link = bool(asked) and answered.get(key) != _mark(asked)
    value = widget(label, *args, key=key, **options)
    refused = st.session_state.setdefault(_REFUSED_KEY, {})
    if unbound:
        if any(asked) and key not in refused:
            refused[key] = (*_seen(asked), value)
    elif new_link and st.query_params.get_all(key) != asked and not _same(asked, value, options):
        refused[key] = (*_seen(asked), value)
    answered[key] = _mark(st.query_params.get_all(key))
    if refused.get(key):
        text, length, fallback = refused[key]
        if value == fallback:
            why = (
                f"has {length:,} characters and the limit is {longest:,}"
                if too_long
                else "cannot be"
            )
            notice(f"The link says {key} = {text}, which {why}: “{label}” stands at its default.")
        else:
            refused[key] = None
    return value


def _one_value(label: str, value: int, key: str) -> int:
    """What takes the place of a control that has nothing to choose from."""
    asked = st.query_params.get_all(key)
    # What this session has set itself, where there was a choice, is no wrong link.
    by_link = asked and st.session_state.get(_ANSWERED_KEY, {}).get(key) != _mark(asked)
    if by_link and not _same(asked, value, {}):
        text, _ = _seen(asked)
        notice(f"The link says {key} = {text}, which cannot be: “{label}” can only be {value}.")
    return value


def _mark(asked: list[str]) -> int:
    """What tells one parameter from another: a session does not keep what may be very long."""
    return hash(tuple(asked))


def _seen(asked: list[str]) -> tuple[str, int]:
    """What a notice says of a parameter: its beginning, and how long it is."""
    return quoted(asked[-1]), len(asked[-1])


def are_set(controls: Mapping[str, Any]) -> bool:
    """Whether some controls hold anything else than their defaults, or a notice speaks of them.

    For controls that need not be drawn while they stand at their defaults.

    Args:
        controls: the default of each by its key.
    """
    state, refused = st.session_state, st.session_state.get(_REFUSED_KEY, {})
    return any(
        key in st.query_params or state.get(key, default) != default or refused.get(key)
        for key, default in controls.items()
    )


def view(label: str, views: Mapping[str, str], key: str) -> str:
    """Which of a page's views is on screen: each by its name, the first one by default."""
    names = list(views)
    return str(
        bound(
            st.segmented_control,
            label,
            names,
            default=names[0],
            required=True,
            key=key,
            label_visibility="collapsed",
        )
    )


def put(key: str, value: str) -> None:
    """Move a choice from a callback, whether its control was ever drawn or not.

    Streamlit writes what a callback chooses into the URL for controls that stand on the page
    already, and not for one that comes with the next run.
    """
    # Streamlit refuses where the control stands on the page, and writes the link itself.
    with suppress(StreamlitAPIException):
        st.query_params[key] = value
    st.session_state[key] = value


def follow_default(key: str, default: Any) -> None:
    """Let a control that still stands at an earlier default go to the new one.

    For a default that depends on another control, such as the example of the chosen model:
    what the person typed stays, what was only an example goes. Call it before the widget.
    """
    earlier = st.session_state.get(f"_default_{key}")
    if key in st.session_state and earlier is not None and st.session_state[key] == earlier:
        st.session_state[key] = default
    st.session_state[f"_default_{key}"] = default


def notice(sentence: str) -> None:
    """Say plainly that something was not done as asked. The sentence is Markdown."""
    place = _PLACE.get() or st
    place.warning(sentence, icon=":material/link_off:")


@contextmanager
def notices_in(place: "DeltaGenerator") -> Iterator[None]:
    """Show the notices of what is drawn meanwhile somewhere else.

    For controls that are folded away, where nobody would see a notice. Of several such places,
    one in another, the outermost is taken: it alone is sure to be seen.
    """
    before = _PLACE.set(_PLACE.get() or place)
    try:
        yield
    finally:
        _PLACE.reset(before)


def _can_hold(
    widget: Callable[..., Any], held: Any, args: Sequence[Any], options: Mapping[str, Any]
) -> bool:
    """Whether a widget can take what the session holds for it; None is nothing held."""
    if held is None:
        return True
    if widget in TEXT_WIDGETS:
        return isinstance(held, str)
    if widget in SWITCHES:
        return isinstance(held, bool)
    if widget in NUMBER_WIDGETS:
        low, high = args[:2]
        is_range = len(args) > 2 and isinstance(args[2], tuple)
        if is_range != isinstance(held, tuple | list):
            return False
        # Streamlit wants whole numbers all through, or none.
        ends = held if is_range else (held,)
        return all(type(end) is type(low) and low <= end <= high for end in ends)
    if widget in CHOICE_WIDGETS:
        offered = list(args[0])
        chosen = held if widget is st.multiselect or isinstance(held, list) else [held]
        return isinstance(chosen, list) and all(each in offered for each in chosen)
    return True


def _holds_a_value(text: str) -> bool:
    """Whether a parameter says anything, and no number beyond all numbers."""
    try:
        return math.isfinite(float(text))
    except ValueError:
        return bool(text)


def _is_broken(text: str) -> bool:
    """Whether a parameter is a number, and no whole one."""
    try:
        return not float(text).is_integer()
    except ValueError:
        return False


def _same(asked: list[str], value: Any, options: dict[str, Any]) -> bool:
    """Whether the widget's value is what the URL asked for, written as URLs write it."""
    values = value if isinstance(value, list | tuple) else [value]
    show = options.get("format_func", str)
    given = {str(show(v)).lower() for v in values} | {str(v).lower() for v in values}
    if all(text.lower() in given for text in asked):
        return True
    try:
        return [float(text) for text in asked] == [float(v) for v in values]
    except (TypeError, ValueError):
        return False


def text_input(
    label: str, default: str, *, key: str, longest: int = TEXT_CHARACTERS, **options: Any
) -> str:
    """A line of text in the URL, at most as long as a URL can carry and a visitor may ask for."""
    most = min(longest, settings.limit("characters"))
    value = bound(st.text_input, label, default, key=key, max_chars=most, **options)
    return str(value or "")


def slider(label: str, low: int, high: int, default: int, *, key: str, **options: Any) -> int:
    """A whole number in the URL whose bounds may move: what no longer fits goes to the edge."""
    if high <= low:
        return _one_value(label, low, key)
    now = st.session_state.get(key)
    if isinstance(now, int) and not low <= now <= high:
        st.session_state[key] = min(max(now, low), high)
    value = bound(st.slider, label, low, high, min(max(default, low), high), key=key, **options)
    return min(max(int(value), low), high)
