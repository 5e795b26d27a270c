import codecs

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sources.decoding import NotTextError, clean, decode

WORDS = "“No dates,” the union said. Así es – café."


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (WORDS.encode(), "UTF-8"),
        (codecs.BOM_UTF8 + WORDS.encode(), "UTF-8 with a mark"),
        (WORDS.encode("utf-16"), "UTF-16 with a mark"),
        (codecs.BOM_UTF32_LE + WORDS.encode("utf-32-le"), "UTF-32, whose mark begins like UTF-16's"),
        (WORDS.encode("utf-16-le"), "UTF-16 without a mark"),
        (WORDS.encode("utf-16-be"), "the other order, without a mark"),
        (WORDS.encode("cp1252"), "Windows-1252, which is what undeclared western text is"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text_is_read_whatever_encoding_it_comes_in(body: bytes, reason: str) -> None:
    assert decode(body) == WORDS, reason


def test_a_declared_encoding_comes_before_guessing() -> None:
    assert decode("забастовка".encode("koi8-r"), "koi8-r") == "забастовка"


def test_a_page_declares_its_own_encoding() -> None:
    assert "grève" in decode('<meta charset="iso-8859-1"><p>grève'.encode("latin-1"), markup=True)


def test_a_wrong_or_unknown_declaration_does_not_lose_the_text() -> None:
    assert decode(WORDS.encode(), "utf-7-of-my-own") == WORDS
    assert decode(WORDS.encode("cp1252"), "utf-8") == WORDS


@pytest.mark.parametrize(
    "body",
    [
        b"%PDF-1.7\n%\xe2\xe3",
        b"PK\x03\x04rest",
        b"\x89PNG\r\n",
        b"\x7fELF\x02\x01",
        b"\x1f\x8b\x08\x00",
        bytes(range(32)) * 40,
    ],
)
def test_bytes_that_are_no_text_are_refused_with_what_they_are(body: bytes) -> None:
    with pytest.raises(NotTextError, match=r"this is (an? \w+|not text)"):
        decode(body)


def test_line_ends_and_nul_do_not_reach_the_text() -> None:
    assert clean("\ufeffa\r\nb\rc\x00d\ud800") == "a\nb\ncd\ufffd"


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_whatever_is_decoded_can_be_stored(body: bytes) -> None:
    try:
        text = decode(body, markup=True)
    except NotTextError:
        return
    assert "\x00" not in text
    assert text.encode("utf-8").decode("utf-8") == text
