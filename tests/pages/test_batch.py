"""The playground's batch: files, columns, results that stay, and what is taken home."""

import time

import pytest

from explorer.dashboard.playground import batching, files, scoring
from explorer.dashboard.settings import DEFAULT_MODEL
from explorer.errors import ExplorerError
from explorer.generation import Decoding
from explorer.loading import ModelStore
from explorer.metrics import corpus_score
from tests.pages.visit import LIMIT_SECONDS, fine, open_page, said

DOGS = b"nr,satz,andere\n1,The dog eats.,The cat sleeps.\n2,A dog runs.,A cat sees Anna.\n"


def load():
    from explorer.loading import store

    return store().load(DEFAULT_MODEL)


def answer_to(text, decoding):
    model = load()
    return model.generate(model.card.tasks[0].compose(text), decoding)


def present(at):
    """The batch of the present settings."""
    return at.session_state["_playground_batches"].items()[-1][1].job


def run_batch(at):
    """Click Start and wait as a person does, by looking again."""
    at.button(key="batch_start").click().run()
    deadline = time.monotonic() + LIMIT_SECONDS
    while present(at).state == "running":
        assert time.monotonic() < deadline
        present(at).look()
        time.sleep(0.1)
    return at.run()


def results(at):
    return next(each.value for each in at.dataframe if "Answer" in each.value)


def test_the_batch_example_runs_and_keeps_its_bad_row():
    at = fine(open_page("playground", mode="Batch", max="6"))
    fine(run_batch(at))
    table = results(at)
    texts = [*(text for text, _ in files.EXAMPLES["translation"]), ""]
    for text, output, error in zip(texts, table["Answer"], table["Note"], strict=True):
        if text:
            assert output == answer_to(text, Decoding(max_new_tokens=6)).text
        else:
            assert error == "The text is empty: write one in this row."
    assert any("4 rows with a right answer" in each.value for each in at.markdown)


def test_scores_are_computed_once_for_all_reruns(monkeypatch):
    scored = []

    def counted(texts, references):
        scored.append(references)
        return corpus_score(texts, references)

    monkeypatch.setattr(scoring, "corpus_score", counted)
    at = upload(b"text,reference\nA bird scores.,Ein Vogel.\n")
    run_batch(at)
    for _ in range(2):
        assert "ROUGE-L" in str([each.value for each in fine(at.run()).table])
    assert len(scored) == 1


def upload(data, name="texts.csv", **parameters):
    at = open_page("playground", mode="Batch", max="4", **parameters)
    at.file_uploader(key="csv_file").set_value((name, data, "text/csv")).run()
    return at


def test_an_uploaded_file_is_recognised_and_run():
    data = "nr;satz\n1;Größe zählt\n2;\n3;=1+1\n".encode("cp1252")
    at = upload(data)
    assert any("3 rows, 2 columns, Windows-1252, semicolon" in each.value for each in at.caption)
    assert "read as Windows-1252" in said(at.warning)
    fine(run_batch(at))
    table = results(at)
    assert table["Answer"][0] == answer_to("Größe zählt", Decoding(max_new_tokens=4)).text
    assert table["Note"][1] == "The text is empty: write one in this row."
    assert table["Answer"][2] == answer_to("=1+1", Decoding(max_new_tokens=4)).text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"text\n", "0 rows"),
        (b"PK\x03\x04", "Excel workbook"),
        (b"text\n\x81\x8d", "neither UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_gives_a_sentence(data, words):
    at = upload(data)
    assert not at.exception
    assert words in said(at.error)


def test_ten_thousand_rows_are_cut_visibly():
    at = fine(upload(b"text\n" + b"hello\n" * 10_000))
    assert "10,000 rows; the first 1,000" in said(at.warning)


def test_a_batch_row_is_made_of_the_columns_of_its_task():
    model = load()
    task = next(each for each in model.card.tasks if each.fields)
    table = files.read_table(b"question,context\nWho?,Anna sleeps.\nWho?,\n")
    composed = files.compose(table, {"question": "question", "context": "context"}, task)
    assert composed == ["question: Who? context: Anna sleeps.", ""]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "1 s"), (42.4, "42 s"), (89, "89 s"), (150, "2 min")]
)
def test_times_are_said_as_people_say_them(seconds, words):
    assert batching.duration(seconds) == words


def test_a_batch_whose_model_cannot_be_had_says_why_and_goes_on(monkeypatch):
    at = upload(DOGS)
    refused = "There is no room for it now: try again in a moment."

    def refuse(store, name):
        raise ExplorerError(refused)

    with monkeypatch.context() as moment:
        moment.setattr(ModelStore, "lease", refuse)
        run_batch(at)
    assert not at.exception
    assert said(at.error) == f"The batch stopped. {refused}"
    assert at.button(key="batch_start").label == "Go on"
    fine(run_batch(at))
    assert list(results(at)["Row"]) == [1, 2]


def column(at, part):
    return at.selectbox(key=f"column_{part}")


def test_results_stay_when_a_setting_changes_and_go_on_when_it_comes_back():
    at = upload(DOGS)
    fine(run_batch(at))
    first = results(at)
    at.number_input(key="max").set_value(5).run()
    assert any("Earlier results" in each.value for each in fine(at).markdown)
    assert any("most pieces 4" in each.value for each in at.caption)
    assert results(at).equals(first)
    assert present(at).state == "waiting"
    assert len([each for each in at.get("download_button") if each.proto.label == "CSV"]) == 1
    fine(run_batch(at))
    both = [each.value for each in at.dataframe if "Answer" in each.value]
    assert len(both) == 2
    assert both[1].equals(first)
    assert list(both[0]["Pieces"]) == [5, 5]
    at.number_input(key="max").set_value(4).run()
    assert present(at).state == "finished"
    assert results(at).equals(first)


def test_a_session_keeps_the_latest_batches_only():
    at = upload(b"text\nThe dog eats.\n")
    for most in range(2, 2 + batching.BATCHES_KEPT + 1):
        at.number_input(key="max").set_value(most).run()
        fine(run_batch(at))
    assert len(at.session_state["_playground_batches"]) == batching.BATCHES_KEPT
    tables = [each.value for each in at.dataframe if "Answer" in each.value]
    assert [int(each["Pieces"][0]) for each in tables] == [most, most - 1, most - 2]


def test_stopped_results_go_on_after_another_setting_was_tried():
    rows = "".join(f"The dog eats {number} times.\n" for number in range(40))
    at = upload(f"text\n{rows}".encode())
    at.button(key="batch_start").click().run()
    job = present(at)
    deadline = time.monotonic() + LIMIT_SECONDS
    while not job.results:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    at.number_input(key="max").set_value(6).run()
    job.wait()
    done = len(job.results)
    assert 0 < done < 40
    at.number_input(key="max").set_value(4).run()
    assert present(at) is job
    assert at.button(key="batch_start").label == "Go on"
    fine(run_batch(at))
    assert job.state == "finished"
    assert list(results(at)["Row"]) == list(range(1, 41))


def test_the_chosen_columns_stand_in_the_link_and_a_link_chooses_them():
    at = upload(DOGS)
    for part in ("text", "reference"):
        assert column(at, part).proto.query_param_key == f"column_{part}"
    cold = upload(DOGS, column_text="andere", column_reference="satz")
    assert column(fine(cold), "text").value == "andere"
    assert column(cold, "reference").value == "satz"
    preview = next(each.value for each in cold.dataframe)
    assert "The cat sleeps." in preview["The model will read"][0]
    assert not cold.warning


def test_a_linked_column_that_is_not_there_gives_the_default_and_a_notice():
    at = fine(open_page("playground", mode="Batch", column_text="<b>", header="perhaps"))
    assert column(at, "text").value == "text"
    assert "“<b>”" in said(at.warning)
    assert "perhaps" in said(at.warning)


def test_a_new_file_has_its_own_likely_columns():
    at = upload(DOGS)
    column(at, "text").set_value("andere").run()
    at.file_uploader(key="csv_file").set_value(("b.csv", b"text,label\nhello,x\n", "text/csv"))
    at.run()
    assert column(fine(at), "text").value == "text"
    assert column(at, "reference").value == "label"


def test_an_uploaded_file_stays_while_another_view_is_looked_at():
    at = upload(DOGS)
    counted = next(each.value for each in at.caption if each.value.startswith("2 rows"))
    at.segmented_control(key="mode").set_value("Answer").run()
    at.segmented_control(key="mode").set_value("Batch").run()
    assert counted in [each.value for each in fine(at).caption]
    assert any("Still your file texts.csv" in each.value for each in at.caption)
    next(each for each in at.button if each.label == "Put it away").click().run()
    assert any("No file yet" in each.value for each in fine(at).caption)


def test_a_link_that_speaks_of_a_file_says_that_it_holds_none():
    at = fine(upload(b"text\nA dog.\n", name="my *dogs*.csv"))
    assert at.query_params["file"] == "my *dogs*.csv"
    assert not at.warning
    assert [each for each in at.button if each.label == "Start"]
    # As after a restart of the server: a new session with the same link.
    again = fine(open_page("playground", mode="Batch", file="my *dogs*.csv"))
    assert "speaks of the file “my *dogs*.csv”" in said(again.warning)
    assert [each for each in again.button if each.label == "Start the example"]
    at.file_uploader(key="csv_file").set_value(None).run()
    assert "file" not in fine(at).query_params
