"""The search on the way to a doctor at once: every patient has the button that leads on."""

from dataclasses import replace

from tests.web.printing import html_of
from web import i18n
from web.patients.pages import SearchPage


def test_whoever_looks_for_a_patient_to_ring_for_finds_that_button() -> None:
    i18n.set_strict(True)
    with i18n.language("vi"):
        usual = SearchPage.example()
    name = usual.people[0].name
    ringing = html_of(replace(usual, is_ringing=True)).partition("<main")[2]
    assert f'aria-label="Gọi bác sĩ: {name}"' in ringing
    assert "Yêu cầu khám" not in ringing
    assert ringing.index(name) < ringing.index("Tìm hoặc đăng ký người bệnh"), "who is found stands above"
    assert ringing.index(name) < ringing.index('href="/patients/new"')
    assert "Gọi bác sĩ" not in html_of(replace(usual, is_ringing=False)).partition("<main")[2]
