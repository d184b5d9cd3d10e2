import pytest

from captions.speechserver.languages import resolve


@pytest.mark.parametrize(
    ("asked", "known", "locale"),
    [
        ("en", ("en-US",), "en-US"),
        ("en-US", ("en-US",), "en-US"),
        ("EN-us", ("en-US",), "en-US"),
        ("en-GB", ("en-US",), "en-US"),
        ("de", ("en-US",), None),
        ("de-DE", ("en-US", "de-DE"), "de-DE"),
        ("pt", ("pt-PT", "pt-BR"), "pt-BR"),
        ("zh", ("*",), "zh-CN"),
        ("tlh", ("*",), "tlh"),
        ("", ("*",), None),
        ("../etc", ("*",), None),
        ("en us", ("*",), None),
    ],
)
def test_a_language_is_resolved_to_what_the_engine_has(asked, known, locale):
    assert resolve(asked, known) == locale
