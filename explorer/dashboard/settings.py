"""What this deployment allows, from environment variables.

By default only a visitor on the server's own computer may download models, open folders and
name any Hub model; everybody else gets the bundled models. Each permission can be given to
everybody or taken from everybody: EXPLORER_ALLOW_DOWNLOADS, EXPLORER_ALLOW_FOLDERS and
EXPLORER_ALLOW_HUB, each "1" or "0".
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

DEFAULT_MODEL = "miniature-t5"
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
# A reverse proxy on the same computer announces itself with one of these.
FORWARDING_HEADERS = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


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


def read_settings() -> Settings:
    """The permissions of the present visitor."""
    local = is_local(st.context.headers, st.context.ip_address)
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
    host = urlsplit("//" + (headers.get("Host") or "")).hostname
    origin = urlsplit(headers.get("Origin") or "").hostname
    return host in LOCAL_HOSTS and origin in LOCAL_HOSTS


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
