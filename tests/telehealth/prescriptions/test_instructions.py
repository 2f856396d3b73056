"""What an instruction says of days: nothing that is not taken every day may be told as daily."""

import pytest

from telehealth.prescriptions.instructions import is_every_day


@pytest.mark.parametrize(
    "said",
    [
        "Dán 1 miếng mỗi 72 giờ",
        "48h/lần",
        "1 viên/72h",
        "Cứ 36 tiếng một lần",
        "QOD",
        "q.o.d",
        "q48h",
        "EOD",
        "every 48 hours",
        "Mỗi tuần một lần",
        "Uống sáng thứ hai",
        "Uống cách ngày",
        "khi đau",
    ],
)
def test_what_is_not_taken_each_day_alike_is_known(said: str) -> None:
    assert not is_every_day(said)


@pytest.mark.parametrize(
    "said",
    ["", "Uống sau ăn", "Mỗi 8 giờ", "Mỗi 24 giờ", "Trước khi đi ngủ"],
)
def test_what_is_taken_each_day_alike_is_known(said: str) -> None:
    assert is_every_day(said)
