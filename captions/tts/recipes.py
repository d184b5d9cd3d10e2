"""A speech as a program to take home: it works when pasted, with a key of one's own. Pure.

Every program reads the key from the environment and writes ``speech.wav``. No key of ours is in one.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pprint import pformat

from captions.tts.provider import REST
from captions.tts.speech import Speech
from captions.tts.vendors import voxnexus_wire
from captions.tts.vendors.voxnexus_wire import VoxnexusHttp, VoxnexusSocket

KEY = "VOXNEXUS_API_KEY"

_PYTHON_REST = """\
# pip install httpx
import os

import httpx

body = {body}
headers = {{"X-Api-Key": os.environ["{key}"]}}
with httpx.stream("POST", "{url}", json=body, headers=headers, timeout=60) as answer:
    if answer.status_code != 200:
        raise SystemExit(answer.read().decode())
    with open("speech.wav", "wb") as file:
        for chunk in answer.iter_bytes():
            file.write(chunk)
"""

_PYTHON_SOCKET = """\
# pip install websockets
import base64
import json
import os
import wave

from websockets.sync.client import connect

settings = {settings}
text = {text}
headers = {{"X-Api-Key": os.environ["{key}"]}}
with (
    connect("{url}", additional_headers=headers, max_size=16 * 1024 * 1024) as socket,
    wave.open("speech.wav", "wb") as file,
):
    file.setparams((1, 2, settings["sample_rate"], 0, "NONE", ""))
    socket.send(json.dumps({{"type": "init", **settings}}))
    while True:
        message = json.loads(socket.recv())
        if message["type"] == "ready":
            socket.send(json.dumps({{"type": "text", "text": text, "is_final": True}}))
        elif message["type"] == "audio":
            file.writeframes(base64.b64decode(message["data"]))
            if message["is_final"]:
                break
        elif message["type"] == "error":
            raise SystemExit(message["error"])
"""

_JAVASCRIPT_REST = """\
// Node 20 or later: node speech.mjs
import {{ writeFile }} from "node:fs/promises";

const answer = await fetch("{url}", {{
  method: "POST",
  headers: {{ "Content-Type": "application/json", "X-Api-Key": process.env.{key} }},
  body: JSON.stringify({body}),
}});
if (!answer.ok) throw new Error(await answer.text());
await writeFile("speech.wav", Buffer.from(await answer.arrayBuffer()));
"""

_JAVASCRIPT_SOCKET = """\
// npm install ws, then with Node 20 or later: node speech.mjs
import {{ writeFile }} from "node:fs/promises";
import WebSocket from "ws";

const settings = {settings};
const text = {text};
const socket = new WebSocket("{url}", {{ headers: {{ "X-Api-Key": process.env.{key} }} }});
const chunks = [];
socket.on("open", () => socket.send(JSON.stringify({{ type: "init", ...settings }})));
socket.on("message", async (data) => {{
  const message = JSON.parse(data);
  if (message.type === "ready") socket.send(JSON.stringify({{ type: "text", text, is_final: true }}));
  if (message.type === "error") throw new Error(message.error);
  if (message.type !== "audio") return;
  chunks.push(Buffer.from(message.data, "base64"));
  if (!message.is_final) return;
  socket.close();
  await writeFile("speech.wav", Buffer.concat(chunks));
}});
"""


def recipes(speech: Speech, *, ws_url: str, http_url: str) -> dict[str, str]:
    """Programs for a checked speech by the language they are in: for a socket Python, JavaScript and
    websocat, for plain HTTP curl, Python and JavaScript. The addresses are bases without a path.
    """
    if speech.transport == REST:
        return _over_http(speech, http_url.rstrip("/") + VoxnexusHttp.path)
    return _over_socket(speech, ws_url.rstrip("/") + VoxnexusSocket.path)


def _over_http(speech: Speech, url: str) -> dict[str, str]:
    body = VoxnexusHttp().body(_as_wav(speech), speech.text)
    values = {"url": url, "key": KEY}
    return {
        "curl": _curl(body, url),
        "python": _PYTHON_REST.format(body=_python(body), **values),
        "javascript": _JAVASCRIPT_REST.format(body=_javascript(body), **values),
    }


def _over_socket(speech: Speech, url: str) -> dict[str, str]:
    values = {"url": url, "key": KEY}
    raw = voxnexus_wire.settings(_with_format(speech, "pcm"))
    wrapped = voxnexus_wire.settings(_as_wav(speech))
    return {
        "python": _PYTHON_SOCKET.format(settings=_python(raw), text=_python(speech.text), **values),
        "javascript": _JAVASCRIPT_SOCKET.format(
            settings=_javascript(wrapped), text=_javascript(speech.text), **values
        ),
        "websocat": _websocat(speech, url),
    }


def _curl(body: dict[str, object], url: str) -> str:
    return (
        f'curl --fail-with-body --no-buffer {shlex.quote(url)} \\\n  --header "X-Api-Key: ${KEY}" \\\n'
        f"  --json {shlex.quote(json.dumps(body, ensure_ascii=False))} \\\n  --output speech.wav\n"
    )


def _websocat(speech: Speech, url: str) -> str:
    """Needs jq as well, which takes the audio out of the messages. Half a minute is waited for it."""
    init = shlex.quote(voxnexus_wire.init(_as_wav(speech)))
    text = shlex.quote(voxnexus_wire.text(speech.text, is_final=True))
    return (
        f"(printf '%s\\n' {init}; sleep 2; printf '%s\\n' {text}; sleep 30) \\\n"
        f'  | websocat --text --header="X-Api-Key: ${KEY}" {shlex.quote(url)} \\\n'
        "  | jq --unbuffered --raw-output 'select(.type == \"audio\") | .data' \\\n"
        "  | while read -r data; do printf '%s' \"$data\" | base64 --decode; done > speech.wav\n"
    )


def _as_wav(speech: Speech) -> Speech:
    return _with_format(speech, "wav")


def _with_format(speech: Speech, format_: str) -> Speech:
    return replace(speech, options={**speech.options, "format": format_})


def _python(value: object) -> str:
    return pformat(value, sort_dicts=False, width=100)


def _javascript(value: object) -> str:
    """JSON is JavaScript."""
    return json.dumps(value, ensure_ascii=False, indent=2)
