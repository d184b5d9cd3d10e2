"""A speech as a program to take home: it works when pasted, with a key of one's own. Pure.

Every program reads the key from the environment and writes ``speech.wav``, or a file of the format that was
asked for. No key of ours is in one. What is not a file by itself is asked for as bare PCM, and gets its
header at the end.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pprint import pformat

from captions.tts import recipe_texts as texts
from captions.tts.pieces import pieces_of
from captions.tts.provider import SSE, WEBSOCKET
from captions.tts.providers import PROVIDERS
from captions.tts.service import Service
from captions.tts.speech import Speech
from captions.tts.wires import HTTP, SOCKETS
from captions.upstream.secret import Secret

PLACEHOLDER = "{KEY}"
EXTENSIONS = {"pcm": "wav", "ulaw": "ulaw", "alaw": "alaw"}
"""Of files, where it is not the format's own name."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What a program sends, whichever language it is in."""

    url: str
    headers: Mapping[str, str]
    """The key among them, as :data:`PLACEHOLDER`."""
    variable: str
    bodies: list[object]
    """One a piece of the text."""
    file: str
    rate_hz: int


def recipes(speech: Speech, *, ws_url: str, http_url: str) -> dict[str, str]:
    """Programs for a checked speech by the language they are in: for a socket Python, JavaScript and
    websocat, for plain HTTP curl, Python and JavaScript. The addresses are bases without a path.
    """
    provider = PROVIDERS[speech.provider]
    service = Service(
        provider_name=provider.name, ws_url=ws_url, http_url=http_url, key=Secret(PLACEHOLDER), auth="header"
    )
    if speech.transport == WEBSOCKET:
        return _over_socket(speech, service)
    is_stream = speech.transport == SSE
    speech = _with_format(speech, "pcm" if is_stream else "wav")
    wire = HTTP[speech.provider, speech.transport]
    request = _Request(
        url=http_url.rstrip("/") + wire.path,
        headers=wire.headers(service),
        variable=provider.key_variable,
        bodies=[wire.body(speech, piece) for piece in pieces_of(speech)],
        file=_file(speech),
        rate_hz=int(speech.options["sample_rate_hz"]),
    )
    python, javascript = (
        (texts.PYTHON_EVENTS, texts.JAVASCRIPT_EVENTS)
        if is_stream
        else (
            texts.PYTHON_HTTP,
            texts.JAVASCRIPT_HTTP,
        )
    )
    return {
        "curl": _curl(request, is_stream=is_stream),
        "python": _filled(python, request, _Python),
        "javascript": _filled(javascript, request, _JavaScript),
    }


def _over_socket(speech: Speech, service: Service) -> dict[str, str]:
    speech = _with_format(speech, "wav" if speech.provider == "voicemaker" else "pcm")
    wire = SOCKETS[speech.provider]
    address = wire.address(service)
    turns = [turn.messages for turn in wire.turns(speech, pieces_of(speech))]
    greeting = wire.greeting(speech)
    request = _Request(
        url=address.url,
        headers=address.headers,
        variable=service.provider.key_variable,
        # A program has the messages as objects, so that whoever reads it can change them.
        bodies=[
            *([json.loads(greeting)] if greeting else []),
            *(json.loads(message) for messages in turns for message in messages),
        ],
        file=_file(speech),
        rate_hz=int(speech.options["sample_rate_hz"]),
    )
    return {
        "python": _filled(texts.PYTHON_SOCKETS[speech.provider], request, _Python),
        "javascript": _filled(texts.JAVASCRIPT_SOCKETS[speech.provider], request, _JavaScript),
        "websocat": _websocat(request, speech.provider),
    }


class _Python:
    """How values are written in Python."""

    @staticmethod
    def value(value: object) -> str:
        return pformat(value, sort_dicts=False, width=100)

    @staticmethod
    def secret(before: str, variable: str) -> str:
        key = f'os.environ["{variable}"]'
        return f'"{before}" + {key}' if before else key


class _JavaScript:
    """How values are written in JavaScript: JSON is some of it."""

    @staticmethod
    def value(value: object) -> str:
        return json.dumps(value, ensure_ascii=False, indent=2)

    @staticmethod
    def secret(before: str, variable: str) -> str:
        key = f"process.env.{variable}"
        return f'"{before}" + {key}' if before else key


def _filled(template: str, request: _Request, language: type[_Python] | type[_JavaScript]) -> str:
    headers = [
        f'"{name}": ' + (language.secret(*_key_in(value, request)) if PLACEHOLDER in value else f'"{value}"')
        for name, value in request.headers.items()
    ]
    values = {
        "URL": request.url,
        "HEADERS": "{" + ", ".join(headers) + "}",
        "BODIES": language.value(request.bodies),
        "FILE": request.file,
        "RATE_HZ": str(request.rate_hz),
    }
    # In one pass, so that what a text says is never taken for a place to fill.
    parts = template.split("§")
    return "".join(values[part] if number % 2 else part for number, part in enumerate(parts))


def _key_in(value: str, request: _Request) -> tuple[str, str]:
    return value.removesuffix(PLACEHOLDER), request.variable


def _curl(request: _Request, *, is_stream: bool) -> str:
    """One request after the other; of events the audio is taken out, in either vocabulary."""
    head = f"curl --fail-with-body --silent --show-error --no-buffer {shlex.quote(request.url)}"
    lines = [head, *_shell_headers(request)]
    programs = []
    for number, body in enumerate(request.bodies, 1):
        data = shlex.quote(json.dumps(body, ensure_ascii=False))
        name = request.file if len(request.bodies) == 1 else request.file.replace(".", f"-{number}.")
        if is_stream:
            raw = name.removesuffix(".wav") + ".pcm" if name.endswith(".wav") else name
            note = f"# PCM: ffplay -f s16le -ar {request.rate_hz} {raw}\n" if raw != name else ""
            tail = [f"--json {data}", f"| {texts.SHELL_EVENTS} > {raw}"]
            programs.append(note + " \\\n  ".join([*lines, *tail]) + "\n")
        else:
            programs.append(" \\\n  ".join([*lines, f"--json {data}", f"--output {name}"]) + "\n")
    return "".join(programs)


def _websocat(request: _Request, provider: str) -> str:
    """Needs jq as well, which takes the audio out of the messages. What is sent waits for what comes."""
    said = "; ".join(
        f"printf '%s\\n' {shlex.quote(json.dumps(body, ensure_ascii=False))}; sleep {seconds}"
        for body, seconds in zip(request.bodies, _waits(request, provider), strict=True)
    )
    headers = " ".join(_shell_headers(request))
    binary = provider == "vachana"
    head = (
        f"({said}) \\\n  | websocat {'--binary' if binary else '--text'} {headers} {shlex.quote(request.url)}"
    )
    file = request.file.removesuffix(".wav") + ".pcm" if request.file.endswith(".wav") else request.file
    note = f"# PCM: ffplay -f s16le -ar {request.rate_hz} {file}\n" if file != request.file else ""
    if binary:
        return f"{note}{head} > {file}\n"
    return f"{note}{head} \\\n  | {texts.SHELL_MESSAGES[provider]} > {file}\n"


def _waits(request: _Request, provider: str) -> list[int]:
    """A greeting is answered soon, a text in half a minute."""
    if provider == "voxnexus":
        return [2, *([0] * (len(request.bodies) - 2)), 30]
    return [30] * len(request.bodies)


def _shell_headers(request: _Request) -> list[str]:
    return [
        f'--header "{name}: {value.replace(PLACEHOLDER, "$" + request.variable)}"'
        for name, value in request.headers.items()
    ]


def _file(speech: Speech) -> str:
    format_ = str(speech.options["format"])
    return f"speech.{EXTENSIONS.get(format_, format_)}"


def _with_format(speech: Speech, bare: str) -> Speech:
    """Sound that is no file by itself is asked for in one way; a file stays what it is."""
    if speech.options["format"] not in ("pcm", "wav"):
        return speech
    return replace(speech, options={**speech.options, "format": bare})
