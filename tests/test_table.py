import pytest

from explorer.errors import ExplorerError
from explorer.table import MAX_FILE_BYTES, MAX_ROWS, read_table

TEXT = "id,text\n1,Größe und Öl\n2,the cat\n"


@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16-LE"),
        ("utf-16-be", "UTF-16-BE"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_usual_encodings_are_recognised(encoding: str, named: str) -> None:
    table = read_table(TEXT.encode(encoding))
    assert table.encoding == named
    assert table.columns == ("id", "text")
    assert table.texts("text") == ("Größe und Öl", "the cat")
    assert bool(table.notices) == (encoding == "cp1252")


@pytest.mark.parametrize(
    ("delimiter", "named"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_usual_delimiters_are_recognised(delimiter: str, named: str) -> None:
    table = read_table(f"id{delimiter}text\n1{delimiter}Hello you\n".encode())
    assert table.delimiter == named
    assert table.texts("text") == ("Hello you",)


def test_other_delimiters_inside_texts_do_no_harm() -> None:
    table = read_table(b"id;text\n1;Hi, you, there\n2;One, two, three\n3;None\n")
    assert table.texts("text") == ("Hi, you, there", "One, two, three", "None")


def test_one_column_may_hold_commas_without_quotes() -> None:
    table = read_table(b"text\nHello, world.\nOne, two, three.\nPlain.\n")
    assert table.columns == ("text",)
    assert table.texts("text") == ("Hello, world.", "One, two, three.", "Plain.")


def test_quotes_hold_delimiters_and_lines() -> None:
    table = read_table(b'text,reference\r\n"a, ""b""\r\nc",d\r\n')
    assert table.texts("text") == ('a, "b"\r\nc',)
    assert table.likely_reference_column == "reference"


def test_without_names_every_row_is_a_text() -> None:
    data = b"The dog sees the cat.\nThe cat sleeps in the garden today.\n"
    table = read_table(data)
    assert not table.header
    assert table.columns == ("column 1",)
    assert len(table.rows) == 2
    assert read_table(data, header=True).columns == ("The dog sees the cat.",)


def test_names_are_made_unique_and_complete() -> None:
    table = read_table(b"text,text,,text (2)\na,b,c,d\n")
    assert table.columns == ("text", "text (2)", "column 3", "text (2) (2)")
    assert table.texts("text (2) (2)") == ("d",)


def test_the_text_column_is_guessed() -> None:
    assert read_table(b"id,Sentence\n1,x\n").likely_text_column == "Sentence"
    assert read_table(b"nr,wort\n1,ein langes Wort\n", True).likely_text_column == "wort"


def test_a_short_row_is_missing_its_cell_and_a_long_one_is_an_error() -> None:
    table = read_table(b"id,text\n1\n2,a,b\n3,fine\n4,also\n5,good\n6,yes\n")
    assert table.texts("text") == ("", "a", "fine", "also", "good", "yes")
    assert [bool(row.error) for row in table.rows] == [False, True, False, False, False, False]
    assert "Line 3 has 3 cells where the file has 2 columns" in table.rows[1].error


def test_an_open_quote_does_not_swallow_the_rest() -> None:
    table = read_table(b'id,text\n1,fine\n2,"open\n3,also fine\n4,"closed"\n')
    assert table.texts("text") == ("fine", '"open', "also fine", "closed")
    assert "never closed" in table.notices[0]


def test_rows_beyond_the_limit_are_cut_visibly() -> None:
    data = "text\n" + "".join(f"row {i}\n" for i in range(10_000))
    table = read_table(data.encode())
    assert len(table.rows) == MAX_ROWS
    assert table.texts("text")[-1] == f"row {MAX_ROWS - 1}"
    assert "10,000 rows; the first 1,000" in table.notices[0]


def test_a_formula_and_a_nul_stay_as_they_are() -> None:
    table = read_table(b'text,id\n"=HYPERLINK(""http://x"")",1\nnul \x00 here and more,2\n')
    assert table.texts("text") == ('=HYPERLINK("http://x")', "nul \x00 here and more")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n\n", "empty"),
        (b",,,\n,,,\n", "empty"),
        (b'""\n""\n', "empty"),
        ("\u3000\n\u00a0\n".encode(), "empty"),
        (b"id,text\n", "0 rows"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"text\n\x81\x8d\xff\n", "neither UTF-8, UTF-16 nor Windows-1252"),
        (b"\xff\xfea", "begins like UTF-16"),
        (bytes(range(1, 32)) * 9 + b"text", "not text"),
        (b"a" * (MAX_FILE_BYTES + 1), "1.0 MB; the limit is 1 MB"),
        (b",".join(b"c%d" % i for i in range(101)) + b"\n" + b"," * 100, "101 columns"),
    ],
)
def test_files_that_cannot_be_read_are_refused_in_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(ExplorerError, match=words):
        read_table(data)
