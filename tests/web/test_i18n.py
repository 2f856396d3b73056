"""Words by key and the language of a request."""

from pathlib import Path

import pytest

from web import i18n


@pytest.fixture(autouse=True)
def fresh_catalogues() -> None:
    i18n.catalogue.cache_clear()
    i18n.set_strict(True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(i18n, "FOLDER", tmp_path)
    (tmp_path / "vi").mkdir()
    (tmp_path / "en").mkdir()
    return tmp_path


def test_tables_of_several_files_are_one(folder: Path) -> None:
    (folder / "vi/a.toml").write_text('[errors]\none-thing = "một"')
    (folder / "vi/b.toml").write_text('[errors]\nother-thing = "hai"')
    assert i18n.t("errors.one-thing") + i18n.t("errors.other-thing") == "mộthai"
    i18n.catalogue.cache_clear()


def test_two_files_with_one_key_are_refused(folder: Path) -> None:
    (folder / "vi/a.toml").write_text('[day]\ntitle = "một"')
    (folder / "vi/b.toml").write_text('[day]\ntitle = "hai"')
    with pytest.raises(ValueError, match=r"b\.toml repeats the text day\.title"):
        i18n.catalogue("vi")
    i18n.catalogue.cache_clear()


def test_a_missing_text_raises_in_tests() -> None:
    with pytest.raises(i18n.MissingTextError, match="no\\.such\\.text"):
        i18n.t("no.such.text")


def test_a_missing_text_is_printed_in_vietnamese_in_production(folder: Path) -> None:
    (folder / "vi/a.toml").write_text('[day]\ntitle = "Hôm nay"')
    i18n.set_strict(False)
    try:
        with i18n.language("en"):
            assert i18n.t("day.title") == "Hôm nay"
            assert i18n.t("day.other") == "day.other"
    finally:
        i18n.set_strict(True)
        i18n.catalogue.cache_clear()


@pytest.mark.parametrize(
    ("code", "count", "words"),
    [("vi", 1, "1 phút"), ("vi", 2, "2 phút"), ("en", 1, "1 minute"), ("en", 2, "2 minutes")],
)
def test_english_has_plurals(code: str, count: int, words: str) -> None:
    with i18n.language(code):
        assert i18n.t("common.minutes", count=count) == words


@pytest.mark.parametrize(
    ("cookie", "header", "chosen"),
    [
        (None, None, "vi"),
        ("en", "vi", "en"),
        ("xx", "en", "en"),
        (None, "en-GB,en;q=0.9,vi;q=0.8", "en"),
        (None, "fr,vi;q=0.5,en;q=0.7", "en"),
        (None, "en;q=0", "vi"),
        (None, "en;q=nonsense, vi;q=0.1", "vi"),
        (None, "de", "vi"),
    ],
)
def test_the_readers_own_choice_comes_first(cookie: str | None, header: str | None, chosen: str) -> None:
    assert i18n.choose_language(cookie, header) == chosen
