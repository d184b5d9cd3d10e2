"""Catalogs of our words: what they must hold, brought up to date (``make messages``), and compiled.

Two for each language, as Django has them: ``django`` for pages, ``djangojs`` for scripts. What a socket says
in English, a script translates: so sentences of the server that are marked as such are in both.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "captions/locale"
DOMAINS = ("django", "djangojs")
LANGUAGES = ("ar", "de")

IN_PAGES = {"gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "_": None}
IN_TEMPLATES = {"gettext": None, "ngettext": (1, 2)}
IN_SCRIPTS = {"gettext": None, "gettextNoop": None, "ngettext": (1, 2)}
MARKED = "from captions.words import gettext_noop"


def path_of(domain: str, language: str, kind: str = "po") -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.{kind}"


def wanted(domain: str) -> Catalog:
    """All that the sources of a domain say, with the files that say it."""
    catalog = Catalog(charset="utf-8")
    for file, id_ in _said_in_scripts() if domain == "djangojs" else _said_in_pages():
        catalog.add(id_, locations=[(file.relative_to(ROOT).as_posix(), None)])  # type: ignore[list-item]
    return catalog


def _said_in_pages() -> Iterator[tuple[Path, str | tuple[str, str]]]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        # What is left of a template reads as Python, but for how it is indented.
        code = "\n".join(line.strip() for line in templatize(path.read_text(encoding="utf-8")).split("\n"))
        yield from ((path, id_) for id_ in _extracted("python", code, IN_TEMPLATES))
    for path in _modules():
        yield from ((path, id_) for id_ in _extracted("python", path.read_text(encoding="utf-8"), IN_PAGES))


def _said_in_scripts() -> Iterator[tuple[Path, str | tuple[str, str]]]:
    for path in sorted((ROOT / "static/js").rglob("*.js")):
        yield from (
            (path, id_) for id_ in _extracted("javascript", path.read_text(encoding="utf-8"), IN_SCRIPTS)
        )
    for path in _modules():
        text = path.read_text(encoding="utf-8")
        if MARKED in text:
            marks = {"_": None} if f"{MARKED} as _" in text else {"gettext_noop": None}
            yield from ((path, id_) for id_ in _extracted("python", text, marks))


def _modules() -> list[Path]:
    return sorted((ROOT / "captions").rglob("*.py"))


def _extracted(method: str, code: str, keywords: dict[str, object]) -> Iterator[str | tuple[str, str]]:
    for _line, id_, _comments, _context in extract(method, io.BytesIO(code.encode()), keywords):  # type: ignore[arg-type]
        if id_:
            yield id_ if isinstance(id_, str) else (id_[0], id_[1])


def kept(domain: str, language: str) -> Catalog:
    """A language's catalog as it is in the repository."""
    with path_of(domain, language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """What Django reads. The same from the same words, on any day and any machine."""
    sink = io.BytesIO()
    plain = _Timeless(locale=catalog.locale, charset="utf-8")
    for message in catalog:
        if message.id:
            plain.add(message.id, message.string)
    write_mo(sink, plain)
    return sink.getvalue()


class _Timeless(Catalog):
    """A catalog whose head says nothing of when and by what it was made."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:  # type: ignore[override]
        return [("Content-Type", "text/plain; charset=utf-8"), ("Plural-Forms", self.plural_forms)]


def update(domain: str, language: str, said: dict[object, Message]) -> Catalog:
    """The catalog with what the sources say now, and without what they say no more. ``said``: by what is in
    English, words that another catalog of the language has."""
    catalog = kept(domain, language) if path_of(domain, language).exists() else Catalog(locale=language)
    head = "# Brought up to date by: make messages"
    new = _Timeless(locale=language, charset="utf-8", header_comment=head, fuzzy=False)
    for message in wanted(domain):
        if not message.id:
            continue
        known = catalog.get(_key(message)) or said.get(_key(message))
        new.add(message.id, known.string if known else "", locations=message.locations)
    return new


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def main() -> None:
    """Bring all catalogs up to date, and say what is still to be translated."""
    for language in LANGUAGES:
        said: dict[object, Message] = {}
        for domain in DOMAINS:
            catalog = update(domain, language, said)
            said |= {_key(message): message for message in catalog if message.id}
            path_of(domain, language).parent.mkdir(parents=True, exist_ok=True)
            sink = io.BytesIO()
            write_po(sink, catalog, include_lineno=False, sort_output=True, width=100)
            path_of(domain, language).write_bytes(sink.getvalue())
            path_of(domain, language, "mo").write_bytes(compiled(catalog))
            missing = [_key(each) for each in catalog if each.id and not is_whole(each, catalog.num_plurals)]
            print(f"{language} {domain}: {len(catalog)} texts, {len(missing)} to be translated")


def is_whole(message: Message, forms: int) -> bool:
    """Whether every form of a text is translated."""
    strings = [message.string] if isinstance(message.id, str) else list(message.string)
    return all(strings) and len(strings) == (1 if isinstance(message.id, str) else forms)


if __name__ == "__main__":
    main()
