"""What sessions keep does not add up without end, and what stands in links is not kept at all."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.bounded import size_of
from explorer.dashboard import earlier_answers, passing, session_parts, stopped_answers
from explorer.dashboard.requests import request_of
from explorer.dashboard.timeline import held
from explorer.generation import Decoding
from explorer.loading import store

TEXT = "translate English to German: The dog sees the cat."


def test_five_hundred_sessions_keep_no_more_than_all_may(monkeypatch: pytest.MonkeyPatch) -> None:
    model = store().load("miniature-t5")
    request = request_of(model, TEXT, Decoding())
    answer, tree = model.generate(TEXT), model.branches(TEXT)
    monkeypatch.setattr(session_parts.ALL, "most_bytes", 3_000_000)
    sessions: list[dict[str, object]] = [{} for _ in range(500)]
    for session in sessions:
        monkeypatch.setattr(st, "session_state", session)
        earlier_answers.note(request, answer)
        stopped_answers.keep(request, answer)
        passing._parts().keep(request, passing._Part(answer, late=True))
        assert held.hold(request, tree.tree.branches[0].timeline, tree.kept).bytes > 10_000
        assert held.first_answer(request) is not None
        assert session_parts.ALL.bytes <= 3_000_000
    assert earlier_answers.of(model), "the latest session keeps what it has"
    monkeypatch.setattr(st, "session_state", sessions[0])
    assert not earlier_answers.of(model)
    assert held.first_answer(request) is None


def _page() -> None:
    import streamlit as st

    from explorer.dashboard import links

    links.bound(st.slider, "Beams", 1, 8, 4, key="beams")
    links.text_input("Text", "", key="text", longest=100)


def test_a_long_parameter_is_told_and_not_kept() -> None:
    at = AppTest.from_function(_page)
    at.query_params["beams"] = "9" * 50_000
    at.query_params["text"] = "x" * 50_000
    at.run()
    assert not at.exception
    told = " ".join(each.value for each in at.warning)
    assert "beams = “999" in told
    assert "50,000 characters" in told
    kept = [at.session_state[name] for name in ("_refused_links", "_answered_links")]
    assert size_of(kept) < 5_000
