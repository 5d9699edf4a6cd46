"""What a person calls a model: a name of the catalogue, a folder, or an id on the Hub.

Which of the three a name is follows from its spelling alone and never from what is on the disk:
a name means the same for everybody, and nobody learns from it which folders there are.
"""

import os
from pathlib import Path
from typing import Literal

from explorer import hub
from explorer.catalog import find, read_configuration

Kind = Literal["catalogue", "folder", "Hub id"]
Key = tuple[Kind, str]
"""What a name is, and the one spelling for all ways of writing it."""


def kind_of(name: str) -> Kind:
    """What a name is; a folder that could be taken for a Hub id is written with ./ before it."""
    if find(name) is not None:
        return "catalogue"
    return "Hub id" if hub.is_id(name) else "folder"


def spelled(name: str) -> str:
    """The name as somebody means it who may open folders: a folder goes before a Hub id."""
    return f"./{name}" if kind_of(name) == "Hub id" and Path(name).is_dir() else name


def local_folder(name: str) -> Path | None:
    """The folder of a bundled model, or the folder that the name is; None where there is none."""
    card = find(name)
    if card is not None:
        return Path(card.folder) if card.folder else None
    path = _path(name)
    # Unlike Path.is_dir, this takes a name that is too long for one that is not there.
    return path if path is not None and os.path.isdir(path) else None


def _path(name: str) -> Path | None:
    """Where a name points to that is no card's and no id on the Hub, whether it is there or not."""
    if not name.strip() or kind_of(name) != "folder":
        return None
    try:
        return Path(name).expanduser().resolve()
    except (OSError, ValueError, RuntimeError):  # too long, a NUL inside, ~ of nobody
        return None


def with_folder_hint(reason: str, name: str) -> str:
    """Why the Hub did not give a model, for those who may open folders and may have meant one."""
    if kind_of(name) != "Hub id" or "Hub" not in reason:
        return reason
    return f"{reason} There is no folder “{name}” here either."


def configuration_of(name: str) -> dict[str, object]:
    """The configuration behind a name; fetches that one small file for a Hub id."""
    folder = local_folder(name)
    return read_configuration(folder) if folder else hub.fetch_configuration(hub_id_of(name))


def hub_id_of(name: str) -> str:
    """Where the Hub keeps a model; a name that no card has is taken for an id."""
    card = find(name)
    return card.hub_id if card is not None and card.hub_id else name


def key_of(name: str) -> Key:
    """One key for every way of writing a name, also while the folder is not there."""
    card = find(name)
    return kind_of(name), card.name if card else str(_path(name) or name)


def label_of(name: str) -> str:
    """The name as a message shows it: a folder without the way to it."""
    folder = local_folder(name)
    return folder.name if folder and find(name) is None else name
