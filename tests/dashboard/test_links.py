import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.visit import said


def _page():
    import streamlit as st

    from explorer.dashboard import links

    beams = links.slider("Beams", 1, 8, 4, key="beams")
    task = links.bound(st.selectbox, "Task", ["translation", "summary"], key="task")
    text = links.text_input("Text", "hello", key="text")
    st.write(f"{beams}|{task}|{text}")


def run(**parameters):
    at = AppTest.from_function(_page)
    for name, value in parameters.items():
        at.query_params[name] = value
    return at.run()


def test_without_parameters_the_defaults_stand_and_nothing_is_said():
    at = run()
    assert at.markdown[0].value == "4|translation|hello"
    assert not at.warning


def test_good_parameters_are_taken():
    at = run(beams="7", task="summary", text="a & b = <c>")
    assert at.markdown[0].value == "7|summary|a & b = <c>"
    assert not at.warning


def test_a_parameter_that_names_the_default_is_no_surprise():
    at = run(beams="4", task="translation", text="hello")
    assert at.markdown[0].value == "4|translation|hello"
    assert not at.warning


def test_bad_parameters_give_the_default_and_a_notice_each():
    at = run(beams="many", task="<script>alert(1)</script>")
    assert at.markdown[0].value == "4|translation|hello"
    assert len(at.warning) == 2
    assert "“many”" in at.warning[0].value
    assert "<script>" not in at.warning[1].value


def test_a_number_out_of_bounds_is_said():
    at = run(beams="99")
    assert at.markdown[0].value.split("|")[0] in ("4", "8")
    assert "99" in at.warning[0].value


def test_of_a_text_that_is_too_long_nothing_is_taken_and_the_limit_is_said():
    at = run(text="x" * 4_000)
    assert at.markdown[0].value == f"4|translation|{'x' * 4_000}"
    assert not at.warning
    at = run(text="x" * 4_001)
    assert at.markdown[0].value == "4|translation|hello"
    assert "has 4,001 characters and the limit is 4,000" in at.warning[0].value
    at.text_input[0].set_value("mine").run()
    assert at.markdown[0].value == "4|translation|mine"
    assert not at.warning


def test_the_notice_stays_until_the_control_is_used():
    at = run(beams="many").run()
    assert len(at.warning) == 1
    at.slider[0].set_value(6).run()
    assert not at.warning
    assert at.markdown[0].value.startswith("6|")


def _moving():
    import streamlit as st

    from explorer.dashboard import links

    example = "masked" if st.checkbox("BART") else "plain"
    links.follow_default("text", example)
    text = links.text_input("Text", example, key="text")
    last = links.slider("Step", 0, len(text), 5, key="step")
    st.write(f"{text}|{last}")


def test_an_example_follows_its_model_and_typed_text_stays():
    at = AppTest.from_function(_moving).run()
    assert at.markdown[0].value == "plain|5"
    at.checkbox[0].check().run()
    assert at.markdown[0].value == "masked|5"
    at.text_input[0].set_value("mine").run()
    at.checkbox[0].uncheck().run()
    assert at.markdown[0].value == "mine|4"


def _held():
    import streamlit as st

    from explorer.dashboard import links

    task = st.session_state.get("other_options", ["translation", "summary"])
    links.slider("Beams", 1, 8, 4, key="beams")
    links.bound(st.slider, "Temperature", 0.1, 2.0, 1.0, key="temperature")
    links.bound(st.segmented_control, "Task", task, default=task[0], required=True, key="task")
    links.bound(st.selectbox, "Model", ["t5", "bart"], key="model")
    links.bound(st.multiselect, "Layers", [0, 1, 2], key="layers")
    links.bound(st.toggle, "Words", True, key="words")
    links.text_input("Text", "hello", key="text")
    names = ("beams", "temperature", "task", "model", "layers", "words", "text")
    st.write({name: st.session_state[name] for name in names})


DEFAULTS = {
    "beams": 4,
    "temperature": 1.0,
    "task": "translation",
    "model": "t5",
    "layers": [],
    "words": True,
    "text": "hello",
}
FOREIGN = ["a word", 3, 99, 1.5, True, [1], [7], ["a"], ("t5",), {"a": 1}]


def values(at):
    return {name: at.session_state[name] for name in DEFAULTS}


@pytest.mark.parametrize("name", DEFAULTS)
@pytest.mark.parametrize("held", FOREIGN, ids=repr)
def test_what_a_widget_cannot_take_goes_back_to_its_default(name, held):
    at = AppTest.from_function(_held)
    at.session_state[name] = held
    at.run()
    assert not at.exception
    fits = {("beams", "3"), ("words", "True"), ("layers", "[1]"), ("text", "'a word'")}
    fits |= {("temperature", "1.5")}
    bounded = name == "beams" and held == 99
    expected = held if (name, repr(held)) in fits else 8 if bounded else DEFAULTS[name]
    assert values(at) == {**DEFAULTS, name: expected}
    assert not at.run().exception


def test_options_that_are_gone_go_back_to_the_default_and_a_link_wins():
    at = AppTest.from_function(_held)
    at.query_params["beams"] = "7"
    at.session_state["beams"] = 3
    at.run()
    assert at.session_state["beams"] == 7
    at.session_state["task"] = "summary"
    assert at.run().session_state["task"] == "summary"
    at.session_state["other_options"] = ["questions", "answers"]
    assert at.run().session_state["task"] == "questions"
    assert not at.exception


def test_a_notice_of_a_folded_control_stands_outside():
    def page():
        import streamlit as st

        from explorer.dashboard import links

        with links.notices_in(st.container()), st.expander("Settings"):
            links.bound(st.slider, "Beams", 1, 8, 4, key="beams")
        with st.expander("More"):
            links.bound(st.slider, "Heads", 1, 8, 4, key="heads")

    at = AppTest.from_function(page)
    at.query_params["beams"] = "abc"
    at.query_params["heads"] = "abc"
    at.run()
    assert len(at.warning) == 2
    assert [len(each.warning) for each in at.expander] == [0, 1]


def test_a_link_that_asks_for_a_choice_where_there_is_none_is_said():
    def page():
        import streamlit as st

        from explorer.dashboard import links

        most = st.session_state.get("most", 1)
        st.session_state["given"] = links.slider("Layer", 1, most, 1, key="layer")

    at = AppTest.from_function(page)
    at.query_params["layer"] = "3"
    for _ in range(2):
        at.run()
        assert at.session_state["given"] == 1
        assert said(at.warning) == (
            "The link says layer = “3”, which cannot be: “Layer” can only be 1."
        )
    fine = AppTest.from_function(page)
    fine.query_params["layer"] = "1"
    assert not fine.run().warning
    # What was chosen where there was a choice is no wrong link.
    moved = AppTest.from_function(page)
    moved.session_state["most"] = 4
    moved.query_params["layer"] = "3"
    assert moved.run().session_state["given"] == 3
    moved.session_state["most"] = 1
    assert not moved.run().warning
    assert moved.session_state["given"] == 1
