"""Programs with places to fill in, each place between two §: URL, HEADERS, BODIES, FILE, RATE_HZ. Pure.

Audio that comes in pieces is written by ``save``, which leaves out headers of WAV between them and puts one
before all.
"""

from __future__ import annotations

_PYTHON_SAVE = """\

def save(chunks):
    if not "§FILE§".endswith(".wav"):
        with open("§FILE§", "wb") as file:
            file.write(b"".join(chunks))
        return
    with wave.open("§FILE§", "wb") as file:
        file.setparams((1, 2, §RATE_HZ§, 0, "NONE", ""))
        file.writeframes(b"".join(chunk[44:] if chunk[:4] == b"RIFF" else chunk for chunk in chunks))

"""

PYTHON_HTTP = """\
# pip install httpx
import os

import httpx

bodies = §BODIES§
headers = §HEADERS§
for number, body in enumerate(bodies, 1):
    name = "§FILE§" if len(bodies) == 1 else "§FILE§".replace(".", f"-{number}.")
    with httpx.stream("POST", "§URL§", json=body, headers=headers, timeout=60) as answer:
        if answer.status_code != 200:
            raise SystemExit(answer.read().decode())
        with open(name, "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
"""

PYTHON_EVENTS = (
    """\
# pip install httpx
import base64
import json
import os
import wave

import httpx

bodies = §BODIES§
headers = §HEADERS§

"""
    + _PYTHON_SAVE
    + """
chunks = []
for body in bodies:
    with httpx.stream("POST", "§URL§", json=body, headers=headers, timeout=60) as answer:
        if answer.status_code != 200:
            raise SystemExit(answer.read().decode())
        for line in answer.iter_lines():
            data = line.removeprefix("data:").strip()
            if data == line.strip() or not data:
                continue
            if data.startswith("{"):
                message = json.loads(data)
                if message.get("error") or message.get("status") == "error":
                    raise SystemExit(data)
                data = message.get("audio") or ""
            chunks.append(base64.b64decode(data))
save(chunks)
"""
)

_PYTHON_SOCKET_HEAD = (
    """\
# pip install websockets
import base64
import json
import os
import wave

from websockets.sync.client import connect

messages = §BODIES§
headers = §HEADERS§

"""
    + _PYTHON_SAVE
    + """
chunks = []
"""
)
_PYTHON_CONNECT = 'connect("§URL§", additional_headers=headers, max_size=16 * 1024 * 1024)'

PYTHON_SOCKETS = {
    "voxnexus": _PYTHON_SOCKET_HEAD
    + f"""\
with {_PYTHON_CONNECT} as socket:
    init, *said = messages
    socket.send(json.dumps(init))
    while True:
        message = json.loads(socket.recv())
        if message["type"] == "ready":
            for text in said:
                socket.send(json.dumps(text))
        elif message["type"] == "audio":
            chunks.append(base64.b64decode(message.get("data") or ""))
            if message["is_final"]:
                break
        elif message["type"] == "error":
            raise SystemExit(message["error"])
save(chunks)
""",
    "voicemaker": _PYTHON_SOCKET_HEAD
    + f"""\
with {_PYTHON_CONNECT} as socket:
    for request in messages:
        socket.send(json.dumps(request))
        while True:
            message = json.loads(socket.recv())
            if not message["success"]:
                raise SystemExit(" ".join([message["message"], *message.get("errors", [])]))
            chunks.append(base64.b64decode(message.get("audio") or ""))
            if message.get("isFinal"):
                break
save(chunks)
""",
    "vachana": _PYTHON_SOCKET_HEAD
    + f"""\
for request in messages:
    with {_PYTHON_CONNECT} as socket:
        socket.send(json.dumps(request))
        # It ends by closing, by a message, or by saying nothing more.
        while True:
            try:
                message = socket.recv(timeout=3 if chunks else 15)
            except Exception:
                break
            if isinstance(message, bytes):
                chunks.append(message)
                continue
            body = json.loads(message)
            if body.get("type") == "error" or body.get("success") is False or body.get("detail"):
                raise SystemExit(message)
            data = body.get("data") or {{}}
            chunks.append(base64.b64decode(data.get("audio") or ""))
            if body.get("type") == "complete" or data.get("is_final"):
                break
if not any(chunks):
    raise SystemExit("nothing was said")
save(chunks)
""",
}

_JAVASCRIPT_SAVE = """\
async function save(chunks) {
  const isWav = "§FILE§".endsWith(".wav");
  const pcm = Buffer.concat(
    chunks.map((chunk) => (isWav && chunk.subarray(0, 4).toString() === "RIFF" ? chunk.subarray(44) : chunk)),
  );
  const header = Buffer.alloc(isWav ? 44 : 0);
  if (isWav) {
    header.write("RIFF");
    header.writeUInt32LE(36 + pcm.length, 4);
    header.write("WAVEfmt ", 8);
    header.writeUInt32LE(16, 16);
    header.writeUInt16LE(1, 20);
    header.writeUInt16LE(1, 22);
    header.writeUInt32LE(§RATE_HZ§, 24);
    header.writeUInt32LE(2 * §RATE_HZ§, 28);
    header.writeUInt16LE(2, 32);
    header.writeUInt16LE(16, 34);
    header.write("data", 36);
    header.writeUInt32LE(pcm.length, 40);
  }
  await writeFile("§FILE§", Buffer.concat([header, pcm]));
}
"""

JAVASCRIPT_HTTP = """\
// Node 20 or later: node speech.mjs
import { writeFile } from "node:fs/promises";

const bodies = §BODIES§;
const headers = { "Content-Type": "application/json", ...§HEADERS§ };
for (const [number, body] of bodies.entries()) {
  const name = bodies.length === 1 ? "§FILE§" : "§FILE§".replace(".", `-${number + 1}.`);
  const answer = await fetch("§URL§", { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  await writeFile(name, Buffer.from(await answer.arrayBuffer()));
}
"""

JAVASCRIPT_EVENTS = (
    """\
// Node 20 or later: node speech.mjs
import { writeFile } from "node:fs/promises";

const bodies = §BODIES§;
const headers = { "Content-Type": "application/json", ...§HEADERS§ };
"""
    + _JAVASCRIPT_SAVE
    + """
const chunks = [];
for (const body of bodies) {
  const answer = await fetch("§URL§", { method: "POST", headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  for (const line of (await answer.text()).split(/\\r?\\n/)) {
    if (!line.startsWith("data:")) continue;
    let data = line.slice(5).trim();
    if (data.startsWith("{")) {
      const message = JSON.parse(data);
      if (message.error || message.status === "error") throw new Error(data);
      data = message.audio ?? "";
    }
    chunks.push(Buffer.from(data, "base64"));
  }
}
await save(chunks);
"""
)

_JAVASCRIPT_SOCKET_HEAD = (
    """\
// npm install ws, then with Node 20 or later: node speech.mjs
import { writeFile } from "node:fs/promises";
import WebSocket from "ws";

const messages = §BODIES§;
const headers = §HEADERS§;
"""
    + _JAVASCRIPT_SAVE
    + """
const chunks = [];
"""
)

JAVASCRIPT_SOCKETS = {
    "voxnexus": _JAVASCRIPT_SOCKET_HEAD
    + """\
const socket = new WebSocket("§URL§", { headers });
const [init, ...said] = messages;
socket.on("open", () => socket.send(JSON.stringify(init)));
socket.on("message", async (data) => {
  const message = JSON.parse(data);
  if (message.type === "ready") for (const text of said) socket.send(JSON.stringify(text));
  if (message.type === "error") throw new Error(message.error);
  if (message.type !== "audio") return;
  chunks.push(Buffer.from(message.data ?? "", "base64"));
  if (!message.is_final) return;
  socket.close();
  await save(chunks);
});
""",
    "voicemaker": _JAVASCRIPT_SOCKET_HEAD
    + """\
const socket = new WebSocket("§URL§", { headers });
const next = () => socket.send(JSON.stringify(messages.shift()));
socket.on("open", next);
socket.on("message", async (data) => {
  const message = JSON.parse(data);
  if (!message.success) throw new Error([message.message, ...(message.errors ?? [])].join(" "));
  chunks.push(Buffer.from(message.audio ?? "", "base64"));
  if (!message.isFinal) return;
  if (messages.length > 0) return next();
  socket.close();
  await save(chunks);
});
""",
    "vachana": _JAVASCRIPT_SOCKET_HEAD
    + """\
for (const request of messages) {
  await new Promise((resolve, reject) => {
    const socket = new WebSocket("§URL§", { headers });
    // It ends by closing, by a message, or by saying nothing more.
    let silence;
    socket.on("open", () => socket.send(JSON.stringify(request)));
    socket.on("error", reject);
    socket.on("close", resolve);
    socket.on("message", (data, isBinary) => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.close(), 3000);
      if (isBinary) return void chunks.push(data);
      const body = JSON.parse(data);
      if (body.type === "error" || body.success === false || body.detail) reject(new Error(String(data)));
      chunks.push(Buffer.from(body.data?.audio ?? "", "base64"));
      if (body.type === "complete" || body.data?.is_final) socket.close();
    });
    socket.on("close", () => clearTimeout(silence));
  });
}
await save(chunks);
""",
}

SHELL_EVENTS = (
    "sed -n 's/^data: *//p' | sed -e 's/.*\"audio\": *\"//' -e 's/\".*//' | grep -v '^{'"
    " \\\n  | while read -r data; do printf '%s' \"$data\" | base64 --decode; done"
)
"""Takes the audio out of events of either vocabulary."""

SHELL_MESSAGES = {
    "voxnexus": "jq --unbuffered --raw-output 'select(.type == \"audio\") | .data'"
    " \\\n  | while read -r data; do printf '%s' \"$data\" | base64 --decode; done",
    "voicemaker": "jq --unbuffered --raw-output '.audio // empty'"
    " \\\n  | while read -r data; do printf '%s' \"$data\" | base64 --decode; done",
}
