"""Languages of speech: a list to choose from, and a check of what is typed by hand.

Tags are BCP 47 locales in their usual spelling (``pt-BR``). Whether an engine knows a language
is for the engine to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import langcodes

from captions.errors import BadField
from captions.words import gettext_noop as _

Direction = Literal["ltr", "rtl"]

MAX_LENGTH: Final = 35


@dataclass(frozen=True, slots=True)
class Language:
    """A locale to offer; ``own_name`` is what those who speak it call it."""

    tag: str
    name: str
    own_name: str

    @property
    def label(self) -> str:
        """Both names, or one where they are the same."""
        return self.name if self.name == self.own_name else f"{self.name} · {self.own_name}"

    @property
    def direction(self) -> Direction:
        return direction(self.tag)


_RTL_SCRIPTS: Final = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})
_RTL_LANGUAGES: Final = frozenset(
    {
        "ar", "arc", "ary", "arz", "apc", "ajp", "acm", "afb", "azb", "bal", "bqi", "ckb", "dv", "fa",
        "glk", "he", "ks", "lrc", "mzn", "nqo", "pbt", "pnb", "prs", "ps", "sd", "sdh", "skr", "syr",
        "ug", "ur", "ydd", "yi",
    }
)  # fmt: skip

_TABLE: Final = """
en-US English (United States)|English (United States)
en-GB English (United Kingdom)|English (United Kingdom)
en-AU English (Australia)|English (Australia)
en-CA English (Canada)|English (Canada)
en-IE English (Ireland)|English (Ireland)
en-IN English (India)|English (India)
en-NZ English (New Zealand)|English (New Zealand)
en-ZA English (South Africa)|English (South Africa)
af-ZA Afrikaans|Afrikaans
sq-AL Albanian|shqip
am-ET Amharic|አማርኛ
ar-EG Arabic (Egypt)|العربية (مصر)
ar-SA Arabic (Saudi Arabia)|العربية (السعودية)
ar-AE Arabic (United Arab Emirates)|العربية (الإمارات)
hy-AM Armenian|հայերեն
az-AZ Azerbaijani|azərbaycan
eu-ES Basque|euskara
be-BY Belarusian|беларуская
bn-BD Bangla (Bangladesh)|বাংলা (বাংলাদেশ)
bn-IN Bangla (India)|বাংলা (ভারত)
bs-BA Bosnian|bosanski
bg-BG Bulgarian|български
my-MM Burmese|မြန်မာ
ca-ES Catalan|català
yue-Hant-HK Cantonese (Hong Kong)|粵語 (香港)
zh-CN Chinese (China)|中文（中国）
zh-TW Chinese (Taiwan)|中文（台灣）
hr-HR Croatian|hrvatski
cs-CZ Czech|čeština
da-DK Danish|dansk
nl-NL Dutch (Netherlands)|Nederlands (Nederland)
nl-BE Dutch (Belgium)|Nederlands (België)
et-EE Estonian|eesti
fil-PH Filipino|Filipino
fi-FI Finnish|suomi
fr-FR French (France)|français (France)
fr-BE French (Belgium)|français (Belgique)
fr-CA French (Canada)|français (Canada)
fr-CH French (Switzerland)|français (Suisse)
gl-ES Galician|galego
ka-GE Georgian|ქართული
de-DE German (Germany)|Deutsch (Deutschland)
de-AT German (Austria)|Deutsch (Österreich)
de-CH German (Switzerland)|Deutsch (Schweiz)
el-GR Greek|Ελληνικά
gu-IN Gujarati|ગુજરાતી
he-IL Hebrew|עברית
hi-IN Hindi|हिन्दी
hu-HU Hungarian|magyar
is-IS Icelandic|íslenska
id-ID Indonesian|Indonesia
ga-IE Irish|Gaeilge
it-IT Italian (Italy)|italiano (Italia)
it-CH Italian (Switzerland)|italiano (Svizzera)
ja-JP Japanese|日本語
jv-ID Javanese|Jawa
kn-IN Kannada|ಕನ್ನಡ
kk-KZ Kazakh|қазақ тілі
km-KH Khmer|ខ្មែរ
ko-KR Korean|한국어
lo-LA Lao|ລາວ
lv-LV Latvian|latviešu
lt-LT Lithuanian|lietuvių
mk-MK Macedonian|македонски
ms-MY Malay|Melayu
ml-IN Malayalam|മലയാളം
mt-MT Maltese|Malti
mr-IN Marathi|मराठी
mn-MN Mongolian|монгол
ne-NP Nepali|नेपाली
nb-NO Norwegian Bokmål|norsk bokmål
ps-AF Pashto|پښتو
fa-IR Persian|فارسی
pl-PL Polish|polski
pt-BR Portuguese (Brazil)|português (Brasil)
pt-PT Portuguese (Portugal)|português (Portugal)
pa-IN Punjabi|ਪੰਜਾਬੀ
ro-RO Romanian|română
ru-RU Russian|русский
sr-RS Serbian|српски
si-LK Sinhala|සිංහල
sk-SK Slovak|slovenčina
sl-SI Slovenian|slovenščina
so-SO Somali|Soomaali
es-ES Spanish (Spain)|español (España)
es-AR Spanish (Argentina)|español (Argentina)
es-MX Spanish (Mexico)|español (México)
es-US Spanish (United States)|español (Estados Unidos)
sw-KE Swahili (Kenya)|Kiswahili (Kenya)
sw-TZ Swahili (Tanzania)|Kiswahili (Tanzania)
sv-SE Swedish|svenska
ta-IN Tamil|தமிழ்
te-IN Telugu|తెలుగు
th-TH Thai|ไทย
tr-TR Turkish|Türkçe
uk-UA Ukrainian|українська
ur-PK Urdu|اردو
uz-UZ Uzbek|o‘zbek
vi-VN Vietnamese|Tiếng Việt
cy-GB Welsh|Cymraeg
zu-ZA Zulu|isiZulu
"""


def _listed() -> tuple[Language, ...]:
    rows = (line.partition(" ") for line in _TABLE.split("\n") if line)
    return tuple(Language(tag, *names.split("|")) for tag, _, names in rows)


LANGUAGES: Final = _listed()
"""English first, then by English name; in the order in which a form shows them."""
_BY_TAG: Final = {language.tag: language for language in LANGUAGES}


def choices(*, in_english: bool = True) -> list[tuple[str, str]]:
    """(tag, label) for a form's select; to readers of another language, each by its own name alone."""
    return [(each.tag, each.label if in_english else each.own_name) for each in LANGUAGES]


def normalise(tag: str) -> str:
    """The usual spelling of a BCP 47 tag (``EN-us`` → ``en-US``); any well-formed, known one will do.

    Raises :class:`BadField` for everything else.
    """
    tag = tag.strip()
    if not tag or len(tag) > MAX_LENGTH or not tag.isascii():
        raise BadField("language", _("Give a language as a tag such as en-US or de-DE."))
    try:
        standard = langcodes.standardize_tag(tag)
        known = langcodes.tag_is_valid(standard)
    except ValueError as exc:  # LanguageTagError
        raise BadField(
            "language", _("“%(tag)s” is no language tag. Use one such as en-US or de-DE."), tag=tag
        ) from exc
    if not known or len(standard) > MAX_LENGTH:
        raise BadField(
            "language", _("“%(tag)s” names no known language. Use a tag such as en-US or de-DE."), tag=tag
        )
    return standard


def name(tag: str) -> str:
    """English name of a listed language; for others the tag itself."""
    language = _BY_TAG.get(tag)
    return language.name if language else tag


def own_name(tag: str) -> str:
    """What its speakers call a listed language; for others the tag itself."""
    language = _BY_TAG.get(tag)
    return language.own_name if language else tag


def direction(tag: str) -> Direction:
    """How text in this language runs: by its script where the tag names one, else by the language."""
    subtags = tag.replace("_", "-").split("-")
    for subtag in subtags[1:]:
        if len(subtag) == 1:  # extensions and private use say nothing about the script
            break
        if len(subtag) == 4 and subtag.isalpha():
            return "rtl" if subtag.title() in _RTL_SCRIPTS else "ltr"
    return "rtl" if subtags[0].lower() in _RTL_LANGUAGES else "ltr"
