"""The bytes of a text file as text, whichever usual encoding a program has saved it in."""

from explorer.errors import ExplorerError

_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip file"),
)


def decode(data: bytes) -> tuple[str, str, list[str]]:
    """The text of a file, the name of its encoding, and a sentence where that was guessed.

    Raises:
        ExplorerError: another kind of file, or bytes that fit no encoding.
    """
    for mark, what in _NOT_TEXT:
        if data.startswith(mark):
            raise ExplorerError(f"This is {what}, not a CSV file: save the table as CSV first.")
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    if not encoding and len(data) >= 4 and data.count(0) > len(data) // 5:
        # Plain letters in UTF-16 have a zero byte beside each: its place tells the byte order.
        encoding = "utf-16-le" if data[1::2].count(0) > data[0::2].count(0) else "utf-16-be"
    try:
        return (
            data.decode(encoding or "utf-8"),
            (encoding or "utf-8").removesuffix("-sig").upper(),
            [],
        )
    except UnicodeDecodeError as error:
        if encoding:
            raise ExplorerError(
                f"The file begins like {encoding.upper()} but byte {error.start:,} does not fit: "
                "save it again as CSV in UTF-8."
            ) from error
    try:
        content = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise ExplorerError(
            f"The file is neither UTF-8, UTF-16 nor Windows-1252 (byte {error.start:,} fits none): "
            "save it again as CSV in UTF-8."
        ) from error
    guess = (
        "The file is not UTF-8, so it was read as Windows-1252. "
        "If letters look wrong, save it again in UTF-8."
    )
    return content, "Windows-1252", [guess]
