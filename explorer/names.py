"""What a person calls a model: a name of the catalogue, a folder, or an id on the Hub."""

from pathlib import Path

from explorer import hub
from explorer.catalog import find, read_configuration


def local_folder(name: str) -> Path | None:
    """The folder of a bundled model, or the folder that the name is; None for a Hub id."""
    card = find(name)
    if card is not None:
        return Path(card.folder) if card.folder else None
    if not name.strip():
        return None
    try:
        path = Path(name).expanduser()
        return path.resolve() if path.is_dir() else None
    except (OSError, ValueError, RuntimeError):  # too long, a NUL inside, ~ of nobody
        return None


def configuration_of(name: str) -> dict[str, object]:
    """The configuration behind a name; fetches that one small file for a Hub id."""
    folder = local_folder(name)
    return read_configuration(folder) if folder else hub.fetch_configuration(hub_id_of(name))


def hub_id_of(name: str) -> str:
    """Where the Hub keeps a model; a name that no card has is taken for an id."""
    card = find(name)
    return card.hub_id if card is not None and card.hub_id else name


def key_of(name: str) -> str:
    """One key for every way of writing a name."""
    card = find(name)
    if card is not None:
        return card.name
    folder = local_folder(name)
    return str(folder) if folder else name


def label_of(name: str) -> str:
    """The name as a message shows it: a folder without the way to it."""
    folder = local_folder(name)
    return folder.name if folder and find(name) is None else name
