"""What a model knows, as the pages tell it: measured scores, words and facts."""

import json
import shutil
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer import catalog
from explorer.miniatures import language
from explorer.miniatures.digests import sources_digest
from tests.pages.visit import LIMIT_SECONDS, fine, open_page, said


def opened(at, title):
    next(each for each in at.button if each.label == title).click().run()
    return fine(at)


@pytest.mark.parametrize("page", ["overview", "playground"])
@pytest.mark.parametrize("name", ["miniature-t5", "miniature-bart"])
def test_a_bundled_model_shows_its_scores_and_its_words(page, name):
    at = opened(open_page(page, model=name), "What this model knows")
    folder = Path(catalog.find(name).folder)
    record = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    scores = next(each.value for each in at.dataframe if "Exactly right" in each.value.columns)
    assert list(scores["Task"]) == [each["title"] for each in record["scores"]]
    expected = [f"{each['exact_match']:.1%}" for each in record["scores"]]
    assert list(scores["Exactly right"]) == expected
    said = " ".join(each.value for each in at.markdown)
    assert f"{record['training']['steps']:,} steps" in said
    german = name == "miniature-t5"
    for line in language.grammar_summary(german):
        assert line[1:] in said.replace("\\", "")
    english = language.vocabulary()[0] if german else language.clause_vocabulary()
    tables = {each.value.columns[0]: each.value for each in at.dataframe}
    words = tables[f"English, {len(english):,} words"]
    assert list(words.iloc[:, 0]) == list(english)
    assert any(each.startswith("German, ") for each in tables) == german


def _about_the_files_in(folder):
    from dataclasses import replace

    from explorer import catalog
    from explorer.dashboard import knowledge

    card = replace(catalog.find("miniature-bart"), folder=folder)
    knowledge._about(card, catalog.facts(card))


def about(folder):
    at = AppTest.from_function(_about_the_files_in, args=(str(folder),), default_timeout=60)
    return fine(at.run())


def test_a_record_of_other_weights_is_not_shown(tmp_path):
    folder = shutil.copytree(catalog.find("miniature-bart").folder, tmp_path / "miniature-bart")
    record = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    steps = f"{record['training']['steps']:,} steps"
    at = about(folder)
    assert not at.warning
    assert steps in said(at.markdown)
    with (folder / "model.safetensors").open("ab") as weights:
        weights.write(b"other")
    at = about(folder)
    assert "belongs to other weights" in said(at.warning)
    assert steps not in said(at.markdown)
    assert not any("Exactly right" in each.value.columns for each in at.dataframe)


@pytest.mark.parametrize("corrected", [True, False])
def test_rules_that_were_corrected_since_are_admitted(corrected, tmp_path):
    folder = shutil.copytree(catalog.find("miniature-bart").folder, tmp_path / "miniature-bart")
    record = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    record["training"]["sources"].append("older" if corrected else sources_digest())
    (folder / "scores.json").write_text(json.dumps(record), encoding="utf-8")
    assert ("have been corrected since" in said(about(folder).caption)) == corrected


def test_a_model_of_others_shows_its_facts_and_licence(monkeypatch, checkpoint):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    at = open_page("playground", model=str(checkpoint("marian")))
    deadline = time.monotonic() + LIMIT_SECONDS
    while not any(each.label == "About this model" for each in at.button):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        at.run()
    at = opened(at, "About this model")
    facts = next(each.value for each in at.dataframe if "Fact" in each.value.columns)
    shown = dict(zip(facts["Fact"], facts["Value"], strict=True))
    assert shown["Family"] == "Marian"
    assert shown["Licence"] == "see its model card"
    assert shown["Layers"] == "2 encoder, 3 decoder"
