"""Text with tags of SSML: checked, cut into pieces, and read without its tags. Pure.

A text is a whole document, ``<speak>…</speak>``, or what could stand in one. Known are the elements of the
W3C's SSML 1.1 that a service can obey without fetching anything from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from xml.parsers import expat
from xml.parsers.expat import errors

from captions.errors import BadField
from captions.tts.text import cut, sentences
from captions.words import gettext_noop as _

DEEPEST = 32
LONGEST_BREAK_S = 10.0
WHOLE = frozenset({"sub", "say-as", "phoneme", "break", "mark"})
"""Elements that mean something only as a whole."""

_WORDS_OF_STRENGTH = "none|x-weak|weak|medium|strong|x-strong"
_RELATIVE = r"[-+]?\d+(\.\d+)?"
_RULES: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    element: {name: re.compile(pattern) for name, pattern in attributes.items()}
    for element, attributes in {
        "speak": {},
        "p": {},
        "s": {},
        "lang": {"xml:lang": ".+"},
        "voice": {},
        "mark": {"name": ".+"},
        "break": {"time": r"\d*\.?\d+(ms|s)", "strength": _WORDS_OF_STRENGTH},
        "emphasis": {"level": "strong|moderate|none|reduced"},
        "prosody": {
            "rate": rf"x-slow|slow|medium|fast|x-fast|default|{_RELATIVE}%?",
            "pitch": rf"x-low|low|medium|high|x-high|default|{_RELATIVE}(%|Hz|st)",
            "volume": rf"silent|x-soft|soft|medium|loud|x-loud|default|{_RELATIVE}(%|dB)?",
            "range": rf"x-low|low|medium|high|x-high|default|{_RELATIVE}(%|Hz|st)",
            "duration": r"\d*\.?\d+(ms|s)",
            "contour": ".+",
        },
        "say-as": {"interpret-as": ".+", "format": ".*", "detail": ".*"},
        "sub": {"alias": ".+"},
        "phoneme": {"ph": ".+", "alphabet": "ipa|x-sampa|x-.+"},
    }.items()
}
_FREE = frozenset({"speak", "voice", "p", "s"})
"""Elements whose attributes only say which language, voice or version is meant."""
_REQUIRED = {"say-as": "interpret-as", "sub": "alias", "phoneme": "ph", "lang": "xml:lang", "mark": "name"}

STRAY = _(
    "Line %(line)s, column %(column)s: this is neither a tag nor text. Write &lt; for < and &amp; for &."
)
UNCLOSED = _("Line %(line)s, column %(column)s: a tag is not closed, or others are closed before it.")
ENTITY = _("Line %(line)s, column %(column)s: an & stands for nothing known. Write &amp; for &.")
TWICE = _("Line %(line)s, column %(column)s: a tag says the same thing twice.")
UNKNOWN = _("Line %(line)s, column %(column)s: there is no tag <%(tag)s> in SSML that can be used here.")
NO_ATTRIBUTE = _("Line %(line)s, column %(column)s: <%(tag)s> has no %(name)s.")
BAD_VALUE = _("Line %(line)s, column %(column)s: %(name)s of <%(tag)s> cannot be this: %(value)s.")
MISSING = _("Line %(line)s, column %(column)s: <%(tag)s> needs %(name)s.")
TOO_DEEP = _("Line %(line)s, column %(column)s: tags stand in one another more than %(most)s deep.")
NOT_HERE = _("Line %(line)s, column %(column)s: only tags and text can be used here.")
NOTHING = _("There is nothing to speak between the tags. Type a text there.")
NO_ROOM = _("One of these tags is so long that it cannot be sent with its text. Shorten it.")

_SENTENCE_OF = {
    errors.codes[errors.XML_ERROR_INVALID_TOKEN]: STRAY,
    errors.codes[errors.XML_ERROR_TAG_MISMATCH]: UNCLOSED,
    errors.codes[errors.XML_ERROR_NO_ELEMENTS]: UNCLOSED,
    errors.codes[errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]: UNCLOSED,
    errors.codes[errors.XML_ERROR_UNCLOSED_TOKEN]: UNCLOSED,
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: ENTITY,
    errors.codes[errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: TWICE,
}
_BEFORE, _AFTER = "<speak>\n", "\n</speak>"
"""Around what is no whole document. The line feeds keep columns what they are."""


class _Kind(Enum):
    OPEN = auto()
    CLOSE = auto()
    TEXT = auto()


@dataclass(slots=True)
class _Token:
    """A tag or a stretch of text as it was written; a text's meaning is in ``said``."""

    kind: _Kind
    raw: str
    name: str = ""
    said: str = ""


@dataclass(slots=True)
class _Atom:
    """What is never cut, unless it is a text longer than there is room."""

    raw: str
    said: str = ""
    opens: str = ""
    """The name of an element that begins here."""
    closes: bool = False
    is_good_end: bool = False
    is_text: bool = False


def check(text: str) -> None:
    """Raise ``BadField`` of "text", with line and column, for what is no SSML or says nothing."""
    if not "".join(token.said for token in _Parser(text).tokens).strip():
        raise BadField("text", NOTHING)


def spoken(text: str) -> str:
    """A checked text without its tags."""
    return "".join(token.said for token in _Parser(text).tokens)


def split(text: str, longest: int) -> tuple[str, ...]:
    """Pieces of a checked text of at most ``longest`` characters, tags counted, each a text by itself.

    They are cut at ends of sentences where that can be done. What is open at a cut is closed, and opened
    again in the next piece. Raises ``BadField`` where the tags leave no room for text.
    """
    pieces = _Pieces(longest)
    for atom in _atoms(_Parser(text).tokens):
        pieces.add(atom)
    return pieces.end()


class _Parser:
    """A text as tokens. Raises ``BadField``."""

    def __init__(self, text: str) -> None:
        self.tokens: list[_Token] = []
        self._starts: list[int] = []
        self._depth = 0
        is_whole = re.match(r"\s*<speak[\s>]", text) is not None
        self._lines_before = 0 if is_whole else 1
        self._last_line = text.count("\n") + 1
        self._data = (text if is_whole else _BEFORE + text + _AFTER).encode("utf-8", "replace")
        self._parser = expat.ParserCreate("utf-8")
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close
        self._parser.CharacterDataHandler = self._text
        for name in ("StartDoctypeDecl", "ProcessingInstruction", "Comment", "StartCdataSection", "XmlDecl"):
            setattr(self._parser, f"{name}Handler", self._refuse_other)
        try:
            self._parser.Parse(self._data, True)
        except expat.ExpatError as exc:
            raise self._error(_SENTENCE_OF.get(exc.code, STRAY), exc.lineno, exc.offset) from None
        self._cut()
        if not is_whole:
            self.tokens = self.tokens[1:-1]
            self._unwrap()

    def _cut(self) -> None:
        """What each token is written as: from where it begins to where the next does."""
        for token, start, end in zip(
            self.tokens, self._starts, [*self._starts[1:], len(self._data)], strict=True
        ):
            token.raw = self._data[start:end].decode("utf-8", "replace")

    def _unwrap(self) -> None:
        """Without the line feeds that were put around it."""
        first, last = (self.tokens[0], self.tokens[-1]) if self.tokens else (None, None)
        if first is not None and first.kind is _Kind.TEXT:
            first.raw, first.said = first.raw.removeprefix("\n"), first.said.removeprefix("\n")
        if last is not None and last.kind is _Kind.TEXT:
            last.raw, last.said = last.raw.removesuffix("\n"), last.said.removesuffix("\n")

    def _open(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST + 1:
            raise self._error(TOO_DEEP, most=DEEPEST)
        self._check(name, attributes)
        self._add(_Token(_Kind.OPEN, "", name))

    def _close(self, name: str) -> None:
        self._depth -= 1
        self._add(_Token(_Kind.CLOSE, "", name))

    def _text(self, said: str) -> None:
        self._add(_Token(_Kind.TEXT, "", said=said))

    def _add(self, token: _Token) -> None:
        self.tokens.append(token)
        self._starts.append(self._parser.CurrentByteIndex)

    def _refuse_other(self, *what: object) -> None:
        raise self._error(NOT_HERE)

    def _check(self, name: str, attributes: Mapping[str, str]) -> None:
        rules = _RULES.get(name)
        if rules is None or (name == "speak" and self._depth > 1):
            raise self._error(UNKNOWN, tag=name[:30])
        for attribute, value in attributes.items():
            rule = rules.get(attribute)
            if rule is None and name not in _FREE and not attribute.startswith("xml"):
                raise self._error(NO_ATTRIBUTE, tag=name, name=attribute[:30])
            if rule is not None and (rule.fullmatch(value) is None or _is_too_long(attribute, value)):
                raise self._error(BAD_VALUE, tag=name, name=attribute, value=value[:30])
        needed = _REQUIRED.get(name)
        if needed is not None and needed not in attributes:
            raise self._error(MISSING, tag=name, name=needed)

    def _error(
        self, template: str, line: int | None = None, column: int | None = None, **values: object
    ) -> BadField:
        line = self._parser.CurrentLineNumber if line is None else line
        column = self._parser.CurrentColumnNumber if column is None else column
        # What was put around a text has lines of its own.
        line = min(max(line - self._lines_before, 1), self._last_line)
        return BadField("text", template, line=line, column=column + 1, **values)


def _is_too_long(attribute: str, value: str) -> bool:
    if attribute != "time":
        return False
    seconds = (
        float(value.removesuffix("ms")) / 1000 if value.endswith("ms") else float(value.removesuffix("s"))
    )
    return seconds > LONGEST_BREAK_S


def _atoms(tokens: list[_Token]) -> list[_Atom]:
    """Texts by their sentences, elements that mean something only as a whole as one."""
    atoms: list[_Atom] = []
    whole: _Atom | None = None
    within = 0
    for token in tokens:
        if whole is not None:
            whole.raw += token.raw
            whole.said += token.said
            within += (token.kind is _Kind.OPEN) - (token.kind is _Kind.CLOSE)
            if not within:
                atoms.append(whole)
                whole = None
        elif token.kind is _Kind.OPEN and token.name in WHOLE:
            whole, within = _Atom(token.raw), 1
        elif token.kind is _Kind.OPEN:
            atoms.append(_Atom(token.raw, opens=token.name))
        elif token.kind is _Kind.CLOSE:
            atoms.append(_Atom(token.raw, closes=True, is_good_end=token.name in ("p", "s")))
        else:
            atoms += _text_atoms(token)
    return atoms


def _text_atoms(token: _Token) -> list[_Atom]:
    if token.raw.startswith("&"):
        return [_Atom(token.raw, said=token.said)]
    # Line ends may be written in more ways than they are said; each way is as long as what it is said as, or
    # is said as a line feed of its own.
    parts = sentences(token.raw)
    return [
        _Atom(part, said=part, is_text=True, is_good_end=number < len(parts) or _ends(part))
        for number, part in enumerate(parts, 1)
    ]


def _ends(part: str) -> bool:
    return part.rstrip()[-1:] in tuple(".!?…。！？؟।॥") and part[-1:].isspace()


class _Pieces:
    """Atoms gathered into pieces."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._done: list[str] = []
        self._now: list[_Atom] = []
        self._open: list[_Atom] = []
        self._characters = 0
        self._good_end = 0
        """How many of the atoms can be sent by themselves, up to the end of a sentence."""

    def add(self, atom: _Atom) -> None:
        """One more."""
        while not self._fits(atom):
            if self._good_end:
                self._send(self._good_end)
            elif any(each.said.strip() for each in self._now):
                self._send(len(self._now))
            elif atom.is_text:
                atom = self._cut(atom)
            else:
                raise BadField("text", NO_ROOM)
        self._take(atom)

    def end(self) -> tuple[str, ...]:
        """All pieces; what is left and says nothing is left out."""
        if any(atom.said.strip() for atom in self._now):
            self._send(len(self._now))
        return tuple(self._done)

    def _fits(self, atom: _Atom) -> bool:
        closing = sum(len(each.opens) + 3 for each in self._open)
        closing += len(atom.opens) + 3 if atom.opens else 0
        # What is closed now no longer has to be closed later.
        closing -= len(atom.raw) if atom.closes else 0
        return self._characters + len(atom.raw) + closing <= self._longest

    def _take(self, atom: _Atom) -> None:
        self._now.append(atom)
        self._characters += len(atom.raw)
        if atom.opens:
            self._open.append(atom)
        elif atom.closes and self._open:
            self._open.pop()
        if atom.is_good_end and any(each.said.strip() for each in self._now):
            self._good_end = len(self._now)

    def _cut(self, atom: _Atom) -> _Atom:
        """Send the beginning of a text that has no room at all; gives its rest."""
        room = self._longest - self._characters - sum(len(each.opens) + 3 for each in self._open)
        if room < 16:
            raise BadField("text", NO_ROOM)
        at = cut(atom.raw, room)
        first, rest = atom.raw[:at], atom.raw[at:]
        self._take(_Atom(first, said=first, is_text=True))
        if first.strip():
            self._send(len(self._now))
        return _Atom(rest, said=rest, is_text=True, is_good_end=atom.is_good_end)

    def _send(self, count: int) -> None:
        """The first so many atoms as a piece; the others begin the next."""
        sent, left = self._now[:count], self._now[count:]
        still_open: list[_Atom] = []
        for atom in sent:
            if atom.opens:
                still_open.append(atom)
            elif atom.closes and still_open:
                still_open.pop()
        closing = "".join(f"</{atom.opens}>" for atom in reversed(still_open))
        self._done.append("".join(atom.raw for atom in sent) + closing)
        self._now, self._open, self._characters, self._good_end = [], [], 0, 0
        for atom in (*still_open, *left):
            self._take(atom)
