"""One sentence through three architectures, beside plain `transformers`."""

import contextlib
import io
import json

import pytest
import torch
import transformers

import explorer
from explorer.catalog_bundled import MINIATURES_FOLDER
from explorer.costs import Cost, longest
from explorer.dashboard import exports
from explorer.dashboard.selector import three_looks
from explorer.dashboard.selector.architectures import MOST_CHARACTERS, SENTENCE
from explorer.dashboard.selector.three_costs import rows as cost_rows
from explorer.siblings import ARCHITECTURES, NEAREST_IN_SIZE
from tests.pages.visit import charts, fine, html, open_page, passed, said, scripts, shows

PAGE = "model_selector"
HERE = {"guide": "Three architectures"}
OTHER = "The small dog sees the old cat in the garden."
DID = {**HERE, "seen": "What it looks at"}


@pytest.fixture(scope="module")
def bert():
    return _plain(transformers.AutoModelForMaskedLM, "miniature-bert")


@pytest.fixture(scope="module")
def gpt():
    return _plain(transformers.AutoModelForCausalLM, "miniature-gpt")


def _plain(kind, name):
    folder = str(MINIATURES_FOLDER / name)
    model = kind.from_pretrained(folder, attn_implementation="eager").eval()
    return model, transformers.AutoTokenizer.from_pretrained(folder)


def without_end(tokenizer, text):
    """The pieces that go on: an end token after them would end the text."""
    ids = tokenizer(text).input_ids
    return ids[:-1] if ids[-1] == tokenizer.eos_token_id else ids


def control(at, key):
    some = (*at.slider, *at.text_input, *at.button_group)
    return next(each for each in some if each.key == key)


def test_first_sight_shows_five_masks_and_what_each_makes_of_the_sentence():
    at = fine(open_page(PAGE, **HERE))
    # The attention of all, a gap, what is added, and an answer.
    assert passed(at) == 4
    maps = [cells for cells in charts(at) if cells and "text" in cells[0]]
    assert len(maps) == 5
    greys = [len({cell["fill"] for cell in cells}) for cells in maps]
    assert greys == [1, 2, 1, 2, 1]
    model = explorer.load("miniature-t5")
    answer = model.generate(model.card.tasks[0].compose(SENTENCE)).text
    assert any(answer.rstrip(".") in each.value.replace("\\", "") for each in at.markdown)
    costs = at.dataframe[-1].value
    assert list(costs["Architecture"]) == list(ARCHITECTURES)
    # Of nearly one size, or the costs would tell sizes apart and not architectures.
    assert costs["Model"][2] == NEAREST_IN_SIZE
    assert costs["Parameters"].max() < 1.12 * costs["Parameters"].min()


def test_masks_are_low_and_weights_have_room_for_their_numbers():
    sentence = "The small dog sees the old cat in the garden and the young man reads the book."
    for text in (SENTENCE, sentence):
        masks, weights = (
            [drawn.proto for drawn in at.get("vega_lite_chart")[:5]]
            for at in (fine(open_page(PAGE, **each, one_sentence=text)) for each in (HERE, DID))
        )
        for mask, weight in zip(masks, weights, strict=True):
            heights = [json.loads(each.spec)["height"]["step"] for each in (mask, weight)]
            assert heights == [17, 24]
    model = explorer.load("miniature-t5")
    for text, least in ((SENTENCE, 340), (sentence, 450)):
        question = model.card.tasks[0].compose(text)
        found = three_looks.seen(text, model, question, model.generate(question))
        most = max(len(looks.columns) for looks in found.looks.values())
        assert three_looks.width(found, three_looks.DID) >= max(least, 18 * most)
        assert three_looks.width(found, three_looks.MAY) == 250


def test_weights_are_those_of_transformers(bert, gpt):
    at = fine(open_page(PAGE, **DID, seen_heads="One head", seen_layer="1", seen_head="2"))
    for (model, tokenizer), ids in (
        (bert, bert[1](SENTENCE).input_ids),
        (gpt, without_end(gpt[1], SENTENCE)),
    ):
        with torch.inference_mode():
            seen = model(input_ids=torch.tensor([ids]), output_attentions=True).attentions
        weights = seen[1][0, 2].double().numpy()
        assert shows(at, weights), tokenizer
    at = fine(open_page(PAGE, **DID))
    with torch.inference_mode():
        ids = bert[1](SENTENCE, return_tensors="pt").input_ids
        seen = bert[0](input_ids=ids, output_attentions=True).attentions
    assert shows(at, torch.stack(seen)[:, 0].double().mean((0, 1)).numpy())


def test_a_gap_and_a_beginning(bert, gpt):
    at = fine(open_page(PAGE, **HERE, one_sentence=OTHER, gap="5", begun="2"))
    model, tokenizer = bert
    tokens = tokenizer(OTHER)
    places = [place for place, word in enumerate(tokens.word_ids()) if word == 5]
    ids = torch.tensor([tokens.input_ids])
    ids[0, places] = tokenizer.mask_token_id
    with torch.inference_mode():
        chances = model(input_ids=ids).logits[0, places[0]].double().softmax(-1)
    best = chances.topk(5)
    gaps, added = at.dataframe[0].value, at.dataframe[1].value
    assert list(gaps["Probability"]) == pytest.approx(best.values.tolist(), abs=1e-6)
    assert gaps["Piece"][0] in tokenizer.decode(best.indices[0])
    model, tokenizer = gpt
    ids = torch.tensor([without_end(tokenizer, "The small")])
    with torch.inference_mode():
        chances = model(input_ids=ids).logits[0, -1].double().softmax(-1)
    assert list(added["Probability"]) == pytest.approx(chances.topk(5).values.tolist(), abs=1e-6)
    whole = model.generate(ids, max_new_tokens=16, do_sample=False)[0, ids.shape[1] :]
    written = tokenizer.decode(whole, skip_special_tokens=True).strip()
    assert any(written in each.value.replace("\\", "") for each in at.markdown)


def words(at):
    """What stands on the page as text of Markdown."""
    return [each.value.replace("\\", "") for each in (*at.markdown, *at.caption)]


def test_the_first_gap_shows_what_reading_both_sides_is_good_for():
    at = fine(open_page(PAGE, **HERE))
    assert "**no other word fits**" in " ".join(words(at))
    gap = at.dataframe[0].value
    assert gap["Piece"][0] == "in"
    assert gap["Probability"][0] > 0.9
    # Who reads from the left alone expects something else there.
    begun = fine(open_page(PAGE, **HERE, begun="6")).dataframe[1].value
    chances = dict(zip(begun["Piece"], begun["Probability"], strict=True))
    assert chances["in"] < 0.4
    assert begun["Piece"][0] != "in"
    at = fine(open_page(PAGE, **HERE, gap="2"))
    assert "**other words fit** here too" in " ".join(words(at))
    at = fine(open_page(PAGE, **HERE, one_sentence="Colourless green ideas sleep furiously."))
    assert "By the rules" not in " ".join(words(at))


def test_an_invented_name_is_several_gaps_without_the_marks_of_the_vocabulary():
    text = "Does Behczyzz love a letter? No, Behczyzz doesn't love a letter."
    at = fine(open_page(PAGE, **HERE, one_sentence=text, gap="1"))
    gaps = at.dataframe[0].value
    assert len(set(gaps["Gap"])) > 2
    assert list(gaps["Gap"]) == sorted(list(range(1, len(set(gaps["Gap"])) + 1)) * 5)
    assert not any("#" in piece for piece in gaps["Piece"])
    told = words(at)
    assert any("is filled by itself" in line for line in told)
    assert any(
        line.startswith("Does :violet[**") and "] love a letter? No" in line for line in told
    )
    assert not any("#" in line.split("]")[0] for line in told if "violet[**" in line)


def test_what_stands_around_a_gap_keeps_its_own_spaces():
    at = fine(open_page(PAGE, **HERE))
    assert any(line.endswith(":violet[**in**] the garden.") for line in words(at))


def test_scores_are_those_of_the_files():
    at = fine(open_page(PAGE, **HERE))
    scores = {
        name: json.loads((MINIATURES_FOLDER / name / "scores.json").read_text())["scores"]
        for name in ("miniature-bert", "miniature-gpt", "miniature-t5")
    }
    told = " ".join(words(at))
    first = {name: found[0] for name, found in scores.items()}
    assert f"**{first['miniature-bert']['exact_match']:.1%}** of 500 gaps" in told
    decoder = first["miniature-gpt"]
    assert f"perplexity is **{decoder['perplexity']:.2f}**" in told
    assert f"own is **{decoder['bound']:.2f}**" in told
    assert f"**{first['miniature-t5']['exact_match']:.1%}** of 500 examples exactly" in told
    bert = fine(at.button(key="_known_miniature-bert").click().run())
    table = next(each.value for each in bert.dataframe if "A word that fits" in each.value)
    assert list(table["Gaps"]) == [each["condition"] for each in scores["miniature-bert"]]
    assert any("It wrote" in each.value for each in bert.dataframe)
    gpt = fine(open_page(PAGE, **HERE).button(key="_known_miniature-gpt").click().run())
    table = next(each.value for each in gpt.dataframe if "Perplexity" in each.value)
    assert list(table["Perplexity"]) == [
        round(each["perplexity"], 2) for each in scores["miniature-gpt"]
    ]
    assert list(table["Lower bound of the grammar"]) == [
        round(each["bound"], 2) for each in scores["miniature-gpt"]
    ]


def test_what_has_no_place_is_struck_out_and_leaves_the_other_columns_alone():
    at = fine(open_page(PAGE, **HERE, one_sentence="word " * 39))
    assert "miniature-bert does not read the whole sentence" in said(at.warning)
    assert "The model reads 80 pieces at most. Cut off" in html(at)
    assert "<s>" in html(at)
    assert passed(at) == 4
    at = open_page(PAGE, **HERE, one_sentence="z" * 150)
    assert not at.exception
    assert ["fills all 80 places" in each.value for each in at.error] == [True]
    assert said(at.warning).count("does not read the whole sentence") >= 1
    # The gap, the answer and the attention are there, and so are the costs.
    assert passed(at) == 3
    assert "Architecture" in at.dataframe[-1].value


def test_the_python_prints_the_same(bert):
    at = fine(open_page(PAGE, **DID))
    looks, outputs = scripts(at)[:2]
    printed = run(looks)
    with torch.inference_mode():
        ids = bert[1](SENTENCE, return_tensors="pt").input_ids
        seen = bert[0](input_ids=ids, output_attentions=True).attentions
    first = torch.stack(seen)[:, 0].mean((0, 1))[0, :4].tolist()
    numbers = printed.split("encoder-only")[1].split("[[")[1].split(",")[:4]
    assert [float(each) for each in numbers] == pytest.approx(first, abs=1e-4)
    for kind in ("decoder-only", "encoder", "decoder", "cross"):
        assert kind in printed
    printed = run(outputs)
    gaps = at.dataframe[0].value
    lines = [line.split() for line in printed.splitlines()]
    assert [float(line[2]) for line in lines[:5]] == pytest.approx(
        list(gaps["Probability"]), abs=1e-5
    )
    assert float(lines[5][1]) == pytest.approx(at.dataframe[1].value["Probability"][0], abs=1e-5)


def run(script):
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(script, "script", "exec"), {})
    torch.set_printoptions(profile="default")
    return shown.getvalue()


def test_bertviz_of_each():
    for name in ("miniature-bert", "miniature-gpt", "miniature-t5 cross"):
        at = fine(open_page(PAGE, **HERE, seen="bertviz", seen_lines=name))
        assert passed(at) == 4
        assert len(at.get("iframe")) == 1


def test_bad_sentences():
    at = fine(open_page(PAGE, **HERE, one_sentence="  "))
    assert "Type a sentence" in said(at.info)
    at = fine(open_page(PAGE, **HERE, one_sentence="\u200b"))
    assert "Type a sentence" in said(at.info)
    for length in (MOST_CHARACTERS + 1, 5_000):
        at = fine(open_page(PAGE, **HERE, one_sentence="d" * length))
        assert f"has {length:,} characters and the limit is {MOST_CHARACTERS}" in said(at.warning)
        field = control(at, "one_sentence")
        assert (field.value, field.proto.max_chars) == (SENTENCE, MOST_CHARACTERS)
        assert passed(at) == 4
    hostile = "</script><script>alert(1)</script> **<mask>** [MASK] </s>"
    at = fine(open_page(PAGE, **HERE, one_sentence=hostile))
    assert passed(at) == 4
    at = fine(open_page(PAGE, **HERE, one_sentence="Dog"))
    assert passed(at) == 4
    at = fine(open_page(PAGE, **HERE, gap="99", begun="x", seen="nothing"))
    assert said(at.warning).count("cannot be") >= 2


def test_the_table_of_costs_is_of_the_longest():
    some = tuple(
        Cost(name, f"a {name} one", 1_754_112, length, 1, length, 0.5, 2_000, 1_000)
        for length in (4, 8)
        for name in ARCHITECTURES
    )
    rows = cost_rows(longest(some))
    assert [row["Read and written"] for row in rows] == [8, 8, 8]
    assert rows[0]["Time (ms)"] == 500
    assert rows[0]["Memory (kB)"] == 2
    assert (rows[2]["Model"], rows[2]["Parameters"]) == ("a encoder-decoder one", 1_754_112)


def test_every_file_that_goes_home_can_be_made(monkeypatch):
    given = []
    monkeypatch.setattr(exports, "take_home", lambda name, **files: given.append((name, files)))
    fine(open_page(PAGE, **DID))
    assert [name for name, _ in given] == [
        "three-architectures", "three-outputs", "three-costs",
    ]  # fmt: skip
    for _, files in given:
        lines = exports.csv_bytes(files["table"]()).decode("utf-8-sig").splitlines()
        assert len(lines) > 5
        assert len(exports.json_bytes(files["data"]())) > 1_000
        if "chart" in files:
            assert exports.chart_svg(files["chart"]()).startswith(b"<svg")


def test_moving_one_control_computes_its_own_part_alone(monkeypatch):
    from explorer.model import Seq2SeqModel

    at = fine(open_page(PAGE, **HERE))
    passes = []
    for name in ("generate", "stream", "attention"):
        monkeypatch.setattr(Seq2SeqModel, name, lambda *_, name=name, **__: passes.append(name))
    control(at, "gap").set_value(4).run()
    assert passed(fine(at)) == 4
    assert passes == []
