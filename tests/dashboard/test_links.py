from streamlit.testing.v1 import AppTest


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
