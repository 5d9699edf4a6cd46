"""What a stranger learns of the server's disk: nothing, by no link, no field and no message."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from explorer import catalog
from explorer.dashboard import frame, models
from explorer.dashboard.messages import quoted
from explorer.dashboard.settings import DEFAULT_MODEL
from tests.pages.visit import fine, html, model_selector, open_page, said

MARK = "a-folder-that-nobody-may-see"
PERMISSIONS = ("EXPLORER_ALLOW_DOWNLOADS", "EXPLORER_ALLOW_FOLDERS", "EXPLORER_ALLOW_HUB")

_looked: list[str] = []
_on = False


def _note(path: Any) -> None:
    if _on and MARK in os.fsdecode(path if isinstance(path, str | bytes | os.PathLike) else ""):
        _looked.append(os.fsdecode(path))


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _on and event in ("open", "os.listdir", "os.scandir", "os.readlink") and arguments:
        _note(arguments[0])


sys.addaudithook(_hear)


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every path with the mark in it that anybody opens, lists or asks for."""
    global _on
    for name in ("stat", "lstat", "access", "readlink"):
        original = getattr(os, name)

        def asked(path: Any, *rest: Any, original: Any = original, **options: Any) -> Any:
            _note(path)
            return original(path, *rest, **options)

        monkeypatch.setattr(os, name, asked)
    _looked.clear()
    _on = True
    yield _looked
    _on = False


@pytest.fixture
def private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model on the server's disk, and a link to it; the server allows nothing."""
    for name in PERMISSIONS:
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / MARK
    shutil.copytree(catalog.find(DEFAULT_MODEL).folder, folder)  # type: ignore[union-attr]
    (tmp_path / f"{MARK}-link").symlink_to(folder)
    return folder


def test_the_ear_hears(private: Path, looked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    open_page(model=str(private))
    assert looked


def spellings(folder: Path) -> list[tuple[str, str]]:
    """Ways to write a path: one that is there, and one that is not."""
    here = str(folder)
    up = "../" * 12
    return [
        (here, here + "x"),
        (f"{here}/", f"{here}x/"),
        (f"{here}/../{folder.name}", f"{here}/../x{folder.name}"),
        (f"{here}-link", f"{here}-lost"),
        (f"{here}/config.json", f"{here}/config.jsom"),
        (f"{up}etc/passwd", f"{up}etc/passwe"),
        (f"file://{here}", f"file://{here}x"),
        (f"FILE:{here}", f"FILE:{here}x"),
        (f"{here}\0", f"{here}x\0"),
        (f"{here}\0.json", f"{here}x\0.json"),
        (f" {here} ", f" {here}x "),
        ("/etc/passwd", "/etc/passwe"),
        ("/proc/self/environ", "/proc/self/environs"),
        ("/proc/self/cwd", "/proc/self/cwe"),
        ("/proc/self/fd/0", "/proc/self/fd/9999"),
        ("/dev/zero", "/dev/zerp"),
        ("/", "/x-not-there"),
        ("~", "~nobody-of-this-name"),
        ("~/", "~/x-not-there"),
        ("~root", "~root/x-not-there"),
        (".", "./x-not-there"),
        ("..", "../x-not-there"),
        ("./explorer", "./explores"),
        ("explorer/miniatures", "explorer/miniaturez"),
        ("explorer/miniatures/miniature-t5", "explorer/miniatures/miniature-t6"),
        ("\\\\localhost\\c$", "\\\\localhost\\x$"),
        ("//localhost/share", "//localhost/shard"),
        ("C:\\Windows", "C:\\Windowz"),
        ("%2Fetc%2Fpasswd", "%2Fetc%2Fpasswe"),
        ("/etc/passwd" + "/." * 2_000, "/etc/passwe" + "/." * 2_000),
    ]


def told(at: Any, name: str) -> list[str]:
    """All that the page says, without the name itself."""
    assert not at.exception
    texts = [each.value for kind in (at.markdown, at.caption, at.info, at.error) for each in kind]
    texts += [said(at.warning), html(at), *(each.label for each in at.button), str(at.query_params)]
    shown = quoted(name)
    return [each.replace(shown, "…").replace(said_of(shown), "…") for each in texts]


def said_of(shown: str) -> str:
    return shown.replace("\\", "").replace("\u2060", "")


def test_a_link_to_a_path_says_the_same_whether_it_is_there_or_not(
    private: Path, looked: list[str]
) -> None:
    sentences = set()
    for there, missing in spellings(private):
        found, not_found = (open_page(model=name) for name in (there, missing))
        assert told(found, there) == told(not_found, missing), there
        sentences |= {
            each
            for each in told(found, there) + told(not_found, missing)
            if "The link asks" in each
        }
        assert found.query_params == not_found.query_params == {}
    assert sentences == {
        "The link asks for the model …, but there is no such model here; showing miniature-t5."
    }
    assert looked == []
    assert all(str(private) not in name for name in models.model_store().names())


def forged(at: Any, key: str, value: str) -> Any:
    """A message in which a choice stands at what it never offered, as a program could send it."""
    box = next(each for each in at.selectbox if each.key == key)
    states = at._tree.get_widget_states()
    state = next((each for each in states.widgets if each.id == box.proto.id), None)
    if state is None:
        state = states.widgets.add(id=box.proto.id)
    state.string_value = value
    return at._run(states)


def test_no_forged_message_opens_a_folder_or_fetches_a_model(
    private: Path, looked: list[str]
) -> None:
    for value in (str(private), f"{private}x", "someone/some-model", "t5-small", "/etc/passwd"):
        at = forged(fine(open_page()), frame._CHOICE_KEY, value)
        assert model_selector(fine(at)).value == DEFAULT_MODEL
        assert not at.query_params
        at = fine(open_page("playground", mode="Compare"))
        at = forged(at, "b_model", value)
        assert not at.exception
        assert looked == []
        # The store itself may look: it is asked here, and not by the page.
        assert models.progress(value) is None
        looked.clear()


def test_a_line_of_the_selector_is_taken_as_before() -> None:
    at = fine(open_page())
    box = model_selector(at)
    at = forged(at, frame._CHOICE_KEY, next(each for each in box.options if "bart" in each))
    assert model_selector(fine(at)).value == "miniature-bart"


VIEWS: list[tuple[str, dict[str, str]]] = [
    ("overview", {}),
    ("attention_sandbox", {"numbers": "Words"}),
    ("attention_sandbox", {"numbers": "A model's head"}),
    ("playground", {}),
    ("playground", {"mode": "Compare"}),
    ("cross_attention", {"says": "A text of mine", "say": "Hund"}),
    ("timeline", {}),
    ("timeline", {"watch": "Branches"}),
    ("model_selector", {"guide": "Tasks and architectures"}),
    ("model_selector", {"guide": "Three architectures"}),
]


def test_a_path_in_a_text_field_is_text(private: Path, looked: list[str]) -> None:
    filled = 0
    for page, parameters in VIEWS:
        at = fine(open_page(page, **parameters))
        for field in (each for each in (*at.text_input, *at.text_area) if not each.disabled):
            field.set_value(str(private))
            filled += 1
        at.run()
        assert not at.exception, page
        assert messages_of_files(at) == [], page
    assert filled >= 10
    assert looked == []


def messages_of_files(at: Any) -> list[str]:
    """Failures that speak of files."""
    return [each.value for each in at.error if "file" in each.value or "folder" in each.value]
