"""What this deployment allows, from environment variables.

By default only a visitor on the server's own computer may download models, open folders, name any
Hub model and ask for as much as the engine can do; everybody else gets the bundled models and
smaller limits. EXPLORER_LOCAL=1 makes everybody such a visitor. Each permission can be given to
everybody or taken from everybody: EXPLORER_ALLOW_DOWNLOADS, EXPLORER_ALLOW_FOLDERS and
EXPLORER_ALLOW_HUB, each "1" or "0"; and each limit can be set for everybody, see LIMITS.
"""

import ipaddress
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

import streamlit as st

from explorer.dashboard.work_queue import WorkQueue
from explorer.errors import TooLateError
from explorer.generation import MAX_BEAMS, MAX_NEW_TOKENS
from explorer.table import MAX_ROWS
from explorer.tokens import MAX_CHARACTERS

DEFAULT_MODEL = "miniature-t5"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# A reverse proxy on the same computer announces itself with one of these.
FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


LOCAL_VARIABLE = "EXPLORER_LOCAL"


@dataclass(frozen=True)
class Limit:
    """How much a visitor may ask for.

    Attributes:
        variable: the environment variable that sets it for everybody.
        public: for a visitor from elsewhere.
        local: for one on the server's own computer.
        least, most: what the variable may say.
    """

    variable: str
    public: int
    local: int
    least: int
    most: int


LIMITS = {
    "characters": Limit("EXPLORER_MAX_CHARACTERS", 10_000, MAX_CHARACTERS, 100, MAX_CHARACTERS),
    "new_tokens": Limit("EXPLORER_MAX_NEW_TOKENS", 256, MAX_NEW_TOKENS, 1, MAX_NEW_TOKENS),
    "beams": Limit("EXPLORER_MAX_BEAMS", 8, MAX_BEAMS, 2, MAX_BEAMS),
    "batch_rows": Limit("EXPLORER_MAX_BATCH_ROWS", 200, MAX_ROWS, 1, MAX_ROWS),
    "seconds": Limit("EXPLORER_MAX_SECONDS", 60, 600, 1, 86_400),
}
"""Limits of one visitor: characters of a text, pieces of an answer, beams, rows of a batch, and
seconds that one request may be computed."""

AT_ONCE = Limit("EXPLORER_AT_ONCE", 2, 2, 1, 64)
"""Requests computed at the same time; the last place is for when the others take long."""
LONG_SECONDS = 1.0
"""What takes longer is not waited for by all others."""
LONGEST_LINE = Limit("EXPLORER_LONGEST_LINE", 100, 100, 1, 10_000)
"""Requests that may wait."""
WAITING = Limit("EXPLORER_WAITING_EACH", 1, 1, 1, 100)
"""Requests of one visitor that may wait; the oldest makes room for the newest."""

_work_queue: WorkQueue | None = None
_work_queue_lock = threading.Lock()


@dataclass(frozen=True)
class Settings:
    """What the visitor may do.

    Attributes:
        downloads: fetch the catalogue's models from the Hub.
        folders: open a folder on the server's disk.
        hub: fetch any model of the Hub by its id.
    """

    downloads: bool
    folders: bool
    hub: bool


def limit(name: str) -> int:
    """A limit of the present visitor, by its name in LIMITS."""
    found = LIMITS[name]
    return _number(found, found.local if _visitor_is_local() else found.public)


def work_queue() -> WorkQueue:
    """The one line of this server in which model work waits.

    Not in a cache of Streamlit: any visitor's message could empty that, and all limits with it.
    """
    global _work_queue
    with _work_queue_lock:
        if _work_queue is None:
            at_once, longest, each = (
                _number(one, one.public) for one in (AT_ONCE, LONGEST_LINE, WAITING)
            )
            _work_queue = WorkQueue(at_once, longest, each, LONG_SECONDS)
        return _work_queue


def too_late() -> TooLateError:
    """What is said of a request whose time was over, and that leaves no part to show."""
    return TooLateError(
        f"This took longer than {limit('seconds')} s, the limit of this server for one request: "
        "try again, or ask for less at once."
    )


def time_is_over() -> str:
    """What is said where a part of the result stands."""
    return (
        f"This took longer than {limit('seconds')} s, the limit of this server for one request: "
        "what there was until then stands here."
    )


def _number(found: Limit, default: int) -> int:
    """What the variable says; a default where it says nothing, and the least where no number."""
    text = os.environ.get(found.variable, "").strip().replace("_", "")
    if not text:
        return default
    # A spelling mistake must not open a server: it leaves the least there is.
    value = int(text) if text.isascii() and text.isdecimal() else found.least
    return min(max(value, found.least), found.most)


def _visitor_is_local() -> bool:
    return _permission(LOCAL_VARIABLE, is_local(st.context.headers, st.context.ip_address))


def read_settings() -> Settings:
    """The permissions of the present visitor."""
    local = _visitor_is_local()
    return Settings(
        downloads=_permission("EXPLORER_ALLOW_DOWNLOADS", local),
        folders=_permission("EXPLORER_ALLOW_FOLDERS", local),
        hub=_permission("EXPLORER_ALLOW_HUB", local),
    )


def is_local(headers: Mapping[str, str], address: str | None) -> bool:
    """Whether the visitor's browser runs on the server's own computer.

    A page elsewhere that reaches the server through the visitor's browser shows itself by its
    Host or Origin, a proxy by its forwarding headers; without any headers nothing is granted.
    """
    if not _is_loopback(address) or any(headers.get(name) for name in FORWARDING_HEADERS):
        return False
    host, origin = "//" + (headers.get("Host") or ""), headers.get("Origin") or ""
    return _host_of(host) in LOCAL_HOSTS and _host_of(origin) in LOCAL_HOSTS


# Asked for every limit of every run; texts of a few hundred bytes.
@lru_cache(maxsize=64)
def _host_of(address: str) -> str | None:
    return urlsplit(address).hostname


@lru_cache(maxsize=64)
def _is_loopback(address: str | None) -> bool:
    """Streamlit gives None for 127.0.0.1 and ::1, but ::ffff:127.0.0.1 as it stands."""
    if address is None:
        return True
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _permission(variable: str, default: bool) -> bool:
    value = os.environ.get(variable, "").strip().lower()
    if value in ("1", "true", "yes", "on"):
        return True
    # Anything else that is set, a spelling mistake included, takes the permission away.
    return default if not value else False
