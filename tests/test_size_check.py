"""The sizes of the catalogue counted in the real classes, and the script that counts them."""

from dataclasses import replace

from explorer import catalog, size_check

NAMES = [card.name for card in catalog.MODELS]


def test_all_sizes_are_right_and_a_wrong_one_is_seen(monkeypatch):
    assert size_check.check_sizes(NAMES).passed
    wrong = replace(catalog.find("t5-small"), parameters=60_506_000)
    cards = tuple(wrong if card.name == wrong.name else card for card in catalog.MODELS)
    monkeypatch.setattr(catalog, "MODELS", cards)
    check = size_check.check_sizes(["bart-base", "t5-small"])
    assert check.difference == 624
    assert not check.passed


def test_the_script_prints_the_sizes_of_every_model(capsys):
    exec(size_check.script(NAMES), {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert {line[0]: int(line[1]) for line in printed} == {
        card.name: card.parameters for card in catalog.MODELS
    }
    assert [int(line[3]) for line in printed] == [4 * int(line[1]) for line in printed]
