"""Sizes as people say them, most of all beside the borders between two units."""

import re

import pytest

from explorer.sizes import bytes_text, count_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 bytes"),
        (900, "900 bytes"),
        (999, "999 bytes"),
        (999.6, "1 kB"),
        (1_000, "1 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (5_400_000, "5.4 MB"),
        (242_043_056, "242 MB"),
        (999_400_000, "999 MB"),
        (999_600_000, "1 GB"),
        (1_234_000_000, "1.23 GB"),
        (2_460_457_927, "2.46 GB"),
        (999_600_000_000, "1 TB"),
        (1_234_567 * 10**9, "1,235 TB"),
    ],
)
def test_bytes_are_written_as_people_read_them(count: float, text: str) -> None:
    assert bytes_text(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1_400, "1,400"),
        (9_999, "9,999"),
        (10_000, "10 thousand"),
        (999_499, "999 thousand"),
        (999_600, "1 million"),
        (60_506_624, "60.5 million"),
        (999_600_000, "1 billion"),
        (54_000_000_000, "54 billion"),
    ],
)
def test_counts_read_like_speech(count: int, text: str) -> None:
    assert count_text(count) == text


def test_no_size_is_written_with_an_exponent_or_off_by_more_than_its_last_digit() -> None:
    sizes = {"bytes": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12}
    for power in range(16):
        for part in (1, 0.9994, 0.9996, 0.99999, 1.0004, 1.006, 5.5555):
            count = part * 10**power
            digits, unit = bytes_text(count).split(" ")
            assert re.fullmatch(r"[\d,]+(\.\d+)?", digits)
            said = float(digits.replace(",", "")) * sizes[unit]
            assert abs(said - count) <= max(0.0051 * count, 0.5)
