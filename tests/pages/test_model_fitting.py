"""Will it run here, without a browser: the table, the figures, the speeds, and using a model."""

import math
import time

import pytest

import explorer
from explorer import catalog
from explorer.dashboard import models
from explorer.dashboard.memory import memory
from explorer.dashboard.selector import filtering, fitting, in_full, speeds
from explorer.device import Device
from explorer.fit import fit
from explorer.footprint import footprint
from explorer.speed import REPEATS
from tests import loaded
from tests.pages import visit
from tests.pages.visit import click_while_running, fine, passed, said

PAGE = "model_selector"
HERE = {"guide": "Will it run here?"}


def open_page(page, **parameters):
    return visit.open_page(page, **HERE, **parameters)


def link(page, **parameters):
    return visit.link(page, **HERE, **parameters)


def table(at):
    return next(each.value for each in at.dataframe if "Verdict" in each.value)


def speed_rows(at):
    return next(each.value for each in at.dataframe if "Written a second" in each.value)


def control(at, key):
    found = (*at.selectbox, *at.slider, *at.segmented_control)
    return next(each for each in found if each.key == key)


def words(at):
    return " ".join(each.value.replace("\\", "") for each in (*at.markdown, *at.caption))


def card(name):
    found = catalog.find(name)
    assert found is not None
    return found


def kinds_of(card):
    return [task.kind for task in card.tasks]


def test_every_model_stands_in_the_table_with_its_figures(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    store = models.model_store()
    device, budget = store.device(), store.budget_bytes()
    at = fine(open_page(PAGE))
    rows = table(at)
    assert list(rows["Model"]) == [each.name for each in catalog.MODELS]
    for each, row in zip(catalog.MODELS, rows.to_dict("records"), strict=True):
        found = footprint(each, 128, 64)
        assert dict(row) == {
            "Model": each.name,
            "Verdict": fitting.SIGNS[fit(found, device, budget)],
            "Peak": pytest.approx(found.peak_bytes / 1e6),
            "Weights": pytest.approx(found.weights_bytes / 1e6),
            "KV cache": pytest.approx(found.cache_bytes / 1e6),
            "Parameters": each.parameters,
            "Download": pytest.approx(
                math.nan if each.bundled else each.download_bytes / 1e6, nan_ok=True
            ),
            "Here": "bundled" if each.bundled else "to fetch",
            "Reads": min(128, catalog.facts(each).max_source_tokens),
            "Tasks": ", ".join(sorted({t.kind for t in each.tasks}, key=kinds_of(each).index)),
            "Languages": ", ".join(each.languages),
            "Licence": each.licence,
        }
    assert passed(at) == 2
    assert len(at.latex) == 6
    assert "2,395,008 of the real class" in words(at)
    # The estimates stand there without any click.
    assert at.get("vega_lite_chart")


def test_a_link_sets_every_control_and_a_cold_visitor_sees_the_same():
    asked = {
        "fit_read": "300",
        "fit_write": "200",
        "fit_beams": "4",
        "fit_precision": "int8",
        "fit_memory": "1 GB",
        "fit_task": "summarise",
        "fit_language": "English",
        "fit_licence": "MIT",
        "fit_size": "500 million",
        "fit_model": "bart-large-cnn",
        "fit_pace": "Reading",
    }
    at = fine(open_page(PAGE, **asked))
    assert not at.warning
    assert list(table(at)["Model"]) == ["bart-large-cnn"]
    found = footprint(card("bart-large-cnn"), 300, 200, 4, "int8")
    row = table(at).to_dict("records")[0]
    assert row["Weights"] == pytest.approx(found.weights_bytes / 1e6)
    assert row["Peak"] == pytest.approx(found.peak_bytes / 1e6)
    assert row["Verdict"] == fitting.SIGNS["does not fit"]
    for key, value in asked.items():
        assert str(control(at, key).value) == value
        assert control(at, key).proto.query_param_key == key
    assert passed(at) == 2


@pytest.mark.parametrize(
    ("key", "default"),
    [
        ("fit_read", 128),
        ("fit_write", 64),
        ("fit_beams", 1),
        ("fit_precision", "float32"),
        ("fit_memory", "this machine"),
        ("fit_task", "any"),
        ("fit_language", "any"),
        ("fit_licence", "any"),
        ("fit_size", "any"),
        ("fit_model", "miniature-t5"),
        ("fit_pace", "Writing"),
    ],
)
def test_what_cannot_be_gives_the_default_and_a_notice(key, default):
    for wrong in ("<img src=x onerror=alert(1)>", "9" * 400, "nan"):
        at = fine(open_page(PAGE, **{key: wrong}))
        assert control(at, key).value == default
        assert key in said(at.warning)


def test_filters_by_task_language_licence_and_size():
    names = {each.name for each in catalog.MODELS}

    def kept(check):
        return {each.name for each in catalog.MODELS if check(each)}

    german = kept(lambda each: filtering.speaks(each, "German"))
    assert {"t5-small", "opus-mt-en-de", "nllb-200-distilled-600M", "miniature-t5"} <= german
    assert "bart-base" not in german
    many = kept(lambda each: filtering.speaks(each, filtering.LANGUAGES[-1]))
    assert many == {"mt5-small", "nllb-200-distilled-600M", "mbart-large-50-many-to-many-mmt"}
    commerce = kept(lambda each: filtering.allows(each, filtering.COMMERCE))
    assert names - commerce == {"nllb-200-distilled-600M"}
    questions = kept(lambda each: filtering.does(each, "question"))
    assert "miniature-t5" in questions
    assert "pegasus-xsum" not in questions
    kinds = {task.kind for each in catalog.MODELS for task in each.tasks}
    assert set(filtering.TASKS.values()) - {filtering.ANY} <= kinds
    at = fine(open_page(PAGE, fit_task="translate", fit_size="100 million"))
    assert set(table(at)["Model"]) == {
        each.name
        for each in catalog.MODELS
        if filtering.does(each, "translation") and each.parameters <= 100_000_000
    }


def test_where_no_model_is_left_the_page_says_so():
    at = fine(open_page(PAGE, fit_task="follow instructions", fit_licence="MIT"))
    assert "allow more" in said(at.info)
    assert not at.dataframe
    control(at, "fit_licence").set_value("any").run()
    assert len(table(fine(at))) == 2


def test_a_click_in_the_table_chooses_its_model(monkeypatch):
    state = {"fit_table": {"selection": {"rows": [1]}}}
    monkeypatch.setattr(fitting.st, "session_state", state)
    fitting._picked(["first", "second"])
    assert state[in_full.CHOSEN_KEY] == "second"
    for rows in ([], [7]):  # nothing is picked, or a row that a filter has taken away since
        state["fit_table"] = {"selection": {"rows": rows}}
        fitting._picked(["first", "second"])
        assert state[in_full.CHOSEN_KEY] == "second"


def test_a_text_longer_than_a_model_reads_is_counted_at_its_limit_and_said():
    at = fine(open_page(PAGE, fit_read="1000", fit_model="miniature-bart"))
    row = table(at).set_index("Model").loc["miniature-bart"]
    assert row["Reads"] == 80
    assert "reads 80 pieces at most" in words(at)
    at = fine(open_page(PAGE, fit_read="20", fit_write="300", fit_model="miniature-bart"))
    assert "writes 80 pieces at most" in words(at)
    assert "reads 80 pieces at most" not in words(at)
    at = fine(open_page(PAGE, fit_read="90", fit_write="300", fit_model="miniature-bart"))
    assert "reads 80 pieces at most" in words(at)
    assert "writes 80 pieces at most" in words(at)


def test_what_is_bundled_has_no_download():
    rows = table(fine(open_page(PAGE))).set_index("Model")
    bundled = rows["Here"] == "bundled"
    assert bundled.any()
    assert rows.loc[bundled, "Download"].isna().all()
    assert (rows.loc[~bundled, "Download"] > 0).all()


def test_use_chooses_the_model_and_opens_the_page():
    at = fine(open_page(PAGE, fit_model="miniature-bart"))
    control(at, "fit_goal").set_value("Playground")
    at.button(key="fit_use").click().run()
    # The page's controls are gone; in a browser the other page opens by itself a moment later.
    assert "Opening the page" in words(fine(at))
    assert not at.slider
    assert models.model_store().peek("miniature-bart") is not None
    assert at.session_state[models.SELECTED_KEY] == "miniature-bart"
    assert fine(at.run()).title[0].value == "Playground"
    assert "miniature-bart" in at.query_params["model"]


def test_what_does_not_fit_is_refused_with_numbers_and_nothing_is_loaded(monkeypatch):
    store = models.model_store()
    small = Device("cpu", "a small machine", 1_000_000_000)
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    monkeypatch.setattr(type(store), "device", lambda self: small)
    at = fine(open_page(PAGE, fit_model="bart-large"))
    row = table(at).set_index("Model")
    assert row.loc["bart-large", "Verdict"] == fitting.SIGNS["does not fit"]
    assert row.loc["miniature-t5", "Verdict"] == fitting.SIGNS["fits"]
    at.button(key="fit_use").click().run()
    assert at.title[0].value == "From a task to a model"
    message = said(at.error)
    assert "bart-large was not loaded" in message
    assert "1.63 GB" in message
    assert "1 GB" in message
    assert store.state("bart-large") is None


def test_the_verdict_knows_the_limit_for_models_before_any_click(monkeypatch):
    store = models.model_store()
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "1")
    monkeypatch.setattr(type(store), "budget_bytes", lambda self: 1_000_000_000)
    monkeypatch.setattr(type(store), "device", lambda self: Device("cpu", "large", 2**36))
    at = fine(open_page(PAGE, fit_model="bart-large"))
    verdicts = table(at).set_index("Model")["Verdict"]
    for each in catalog.MODELS:
        weights = catalog.facts(each).memory_bytes
        wanted = "fits" if weights <= 1_000_000_000 else "does not fit"
        assert verdicts[each.name] == fitting.SIGNS[wanted]
    assert "limit for models is 1 GB" in words(at)
    at.button(key="fit_use").click().run()
    assert "bart-large was not loaded" in said(at.error)
    assert "limit for models is 1 GB" in said(at.error)
    assert store.state("bart-large") is None


def test_a_visitor_from_elsewhere_sees_the_table_and_uses_bundled_models_only(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_DOWNLOADS", "0")
    at = fine(open_page(PAGE, fit_model="t5-small"))
    assert len(table(at)) == len(catalog.MODELS)
    at.button(key="fit_use").click().run()
    assert "only the bundled models" in said(at.error)
    assert models.model_store().state("t5-small") is None


def test_with_the_hub_out_of_reach_all_figures_stand(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    at = fine(open_page(PAGE, fit_model="mbart-large-50-many-to-many-mmt", fit_beams="2"))
    assert len(table(at)) == len(catalog.MODELS)
    assert passed(at) == 2
    assert set(table(at)["Here"]) == {"bundled", "to fetch"}


def test_a_model_in_the_cache_of_the_hub_is_said_to_be_here(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    main = tmp_path / "models--google-t5--t5-small" / "refs" / "main"
    main.parent.mkdir(parents=True)
    main.write_text("0" * 40)
    rows = table(fine(open_page(PAGE))).set_index("Model")
    assert rows.loc["t5-small", "Here"] == "on disk"
    assert rows.loc["t5-base", "Here"] == "to fetch"


def test_a_model_from_elsewhere_stands_first_while_it_is_the_present_one(monkeypatch):
    monkeypatch.setenv("EXPLORER_ALLOW_FOLDERS", "1")
    folder = str(loaded.folder("marian"))
    explorer.load(folder)
    at = fine(open_page(PAGE, model=folder))
    first = table(at).to_dict("records")[0]
    assert first["Model"] == folder
    assert first["Here"] == "on disk"
    assert first["Parameters"] == explorer.parameter_count(folder)
    assert passed(at) == 2
    assert len(at.latex) == 6


def small(**more):
    """Lengths that nobody else has measured, of two bundled models."""
    return {"fit_size": "10 million", "fit_task": "summarise", "fit_write": "9", **more}


def test_measuring_fills_the_numbers_in(monkeypatch):
    measured, order = speeds.speed.speed, []

    def watched(model, *rest):
        order.append(model.name)
        return measured(model, *rest)

    monkeypatch.setattr(speeds.speed, "speed", watched)
    at = fine(open_page(PAGE, **small(fit_read="21")))
    at.button(key="fit_measure").click().run()
    names = [each for each in catalog.MODELS if each.bundled and filtering.does(each, "summary")]
    lengths = speeds.Lengths(21, 9, 1)
    found = [memory().get(speeds._key(each, lengths)) for each in names]
    assert all(each.repeats == REPEATS for each in found)
    # Each model has its own speed, and the smallest was measured first.
    assert [each.name for each in found] == [each.name for each in names]
    assert order == [each.name for each in sorted(names, key=lambda each: each.parameters)]
    assert len(order) > 1
    assert [each.source_tokens for each in found] == [21] * len(found)
    assert "are measured at these lengths" in words(fine(at))
    assert at.button(key="fit_measure").disabled
    assert "wrong by a factor of" in words(at)


def test_stop_keeps_what_was_measured_and_measuring_goes_on_later(monkeypatch):
    begun, measured = [], speeds.speed.speeds

    def slow(leases, *rest):
        for number, each in enumerate(measured(leases, *rest)):
            begun.append(number)
            yield each
            cancelled = rest[3]
            assert cancelled.wait(60), "nobody clicked"

    monkeypatch.setattr(speeds.speed, "speeds", slow)
    at = fine(open_page(PAGE, **small(fit_read="22")))
    at.button(key="fit_measure").click()
    fine(click_while_running(at, "Stop", monkeypatch))
    assert begun in ([0], [])
    deadline = time.monotonic() + 60
    while at.button(key="fit_measure").disabled and time.monotonic() < deadline:
        at.run()
    monkeypatch.setattr(speeds.speed, "speeds", measured)
    at.button(key="fit_measure").click().run()
    assert "are measured at these lengths" in words(fine(at))


def test_measuring_the_machine_can_be_stopped_and_taken_up(monkeypatch):
    device = Device("cpu", "another name", models.model_store().device().memory_bytes)
    monkeypatch.setattr(type(models.model_store()), "device", lambda self: device)
    at = link(PAGE)
    fine(click_while_running(at, "Stop", monkeypatch))
    assert "nothing can be estimated" in words(at)
    assert not at.get("vega_lite_chart")
    assert len(table(at)) == len(catalog.MODELS)
    next(each for each in at.button if each.label == "Measure this machine").click().run()
    assert fine(at).get("vega_lite_chart")


def test_the_engine_gives_a_notebook_the_same_figures():
    at = fine(open_page(PAGE, fit_model="t5-small"))
    assert explorer.parameter_count("t5-small") == 60_506_624
    assert "60,506,624 of the real class" in words(at)
