"""Sentences for the person at the screen: notices, failures, and text that stays plain text."""

import logging
import re

import streamlit as st

from explorer.errors import ExplorerError
from explorer.memory_shortage import is_shortage

# Every sentence of the dashboard says sizes and counts as the engine's own sentences do.
from explorer.sizes import bytes_text as bytes_text
from explorer.sizes import count_text as count_text

LOGGER = logging.getLogger("explorer.dashboard")
QUOTE_CHARACTERS = 60
WORD_JOINER = "\N{WORD JOINER}"
# What bare addresses begin with or turn around: www.example.org, https://example.org, a@b.org.
ADDRESS = re.compile(r"www(?=\.)|:(?=//)|@", re.IGNORECASE)
UNEXPECTED = (
    "Something went wrong while this was computed. It is written in the server's log; please "
    "change an input or reload the page."
)
SHORT_OF_MEMORY = (
    "The server has too little memory left for this page: try again in a moment, with a shorter "
    "text, fewer beams or a smaller model."
)


def plain(text: str) -> str:
    """Text in which Markdown, formulas, icons, HTML and addresses show as the characters they are.

    Markdown makes links of bare addresses too, and no backslash keeps it from that: a word joiner,
    which has no width, stands inside each.
    """
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~$:&])", r"\\\1", text)
    # At the beginning of a line these would open a list.
    escaped = re.sub(r"^(\s*)([-+])", r"\1\\\2", escaped)
    escaped = re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", escaped)
    shown = "".join(c if c.isprintable() else " " for c in escaped)
    return ADDRESS.sub(lambda found: found[0] + WORD_JOINER, shown)


def quoted(text: str, limit: int = QUOTE_CHARACTERS) -> str:
    """The beginning of a text in quotation marks, safe inside a Markdown sentence."""
    shown = text if len(text) <= limit else text[:limit] + "…"
    return f"“{plain(shown)}”"


def code(text: str) -> str:
    """Text for a Markdown code span, where only a backtick has a meaning."""
    return "".join("ˋ" if c == "`" else c if c.isprintable() else "�" for c in text)


def show_sentence(text: str) -> None:
    """Show a sentence about something that failed, exactly as it is written."""
    st.error(plain(text), icon=":material/error:")


def show_failure(error: Exception) -> bool:
    """Show a failure as one sentence, and log it when nobody expected it.

    Streamlit calls this for errors in scripts, fragments and callbacks; True says that the
    error has been shown.
    """
    if isinstance(error, ExplorerError):
        show_sentence(str(error))
    else:
        LOGGER.error("A page failed.", exc_info=error)
        show_sentence(SHORT_OF_MEMORY if is_shortage(error) else UNEXPECTED)
    return True
