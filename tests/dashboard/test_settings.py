import pytest

from explorer.dashboard import settings
from explorer.dashboard.settings import _permission, is_local

BROWSER_HERE = {"Host": "localhost:8501", "Origin": "http://localhost:8501"}


def test_a_browser_on_the_same_computer_is_local():
    assert is_local(BROWSER_HERE, None)
    assert is_local({"Host": "127.0.0.1:80", "Origin": "http://127.0.0.1:80"}, None)
    assert is_local(BROWSER_HERE, "::ffff:127.0.0.1")
    assert is_local({"Host": "[::1]:8501", "Origin": "http://[::1]:8501"}, None)


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        (BROWSER_HERE, "192.168.1.7"),
        (BROWSER_HERE, "::ffff:192.168.1.7"),
        (BROWSER_HERE, "no address"),
        (BROWSER_HERE | {"X-Forwarded-For": "203.0.113.9"}, None),
        (BROWSER_HERE | {"Forwarded": "for=203.0.113.9"}, None),
        ({"Host": "explorer.example", "Origin": "https://explorer.example"}, None),
        ({"Host": "localhost:8501", "Origin": "https://explorer.example"}, None),
        ({"Host": "rebound.example:8501", "Origin": "http://rebound.example:8501"}, None),
        ({"Host": "localhost.example", "Origin": "http://localhost.example"}, None),
        ({"Host": "localhost:8501"}, None),
        ({}, None),
    ],
)
def test_everybody_else_is_not(headers, address):
    assert not is_local(headers, address)


@pytest.mark.parametrize("default", [True, False])
def test_a_variable_gives_takes_or_leaves(monkeypatch, default):
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "1")
    assert _permission("EXPLORER_ALLOW_HUB", default)
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "0")
    assert not _permission("EXPLORER_ALLOW_HUB", default)
    monkeypatch.setenv("EXPLORER_ALLOW_HUB", "ture")
    assert not _permission("EXPLORER_ALLOW_HUB", default)
    monkeypatch.delenv("EXPLORER_ALLOW_HUB")
    assert _permission("EXPLORER_ALLOW_HUB", default) is default


@pytest.mark.parametrize("name", settings.LIMITS)
def test_a_visitor_from_elsewhere_may_ask_for_less(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings.LIMITS[name]
    assert found.least <= found.public < found.local <= found.most
    monkeypatch.delenv(found.variable, raising=False)
    monkeypatch.delenv(settings.LOCAL_VARIABLE, raising=False)
    assert settings.limit(name) == found.public
    monkeypatch.setenv(settings.LOCAL_VARIABLE, "1")
    assert settings.limit(name) == found.local


@pytest.mark.parametrize(
    ("text", "value"), [("12", 12), (" 1_2 ", 12), ("99999999", 16), ("0", 2), ("-5", 2), ("x", 2)]
)
def test_a_limit_is_what_the_variable_says_within_its_bounds(
    text: str, value: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLORER_MAX_BEAMS", text)
    assert settings.limit("beams") == value
