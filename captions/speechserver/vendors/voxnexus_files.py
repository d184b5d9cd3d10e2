"""VoxNexus: recognition of whole files over REST (voice-API contract, 3.5)."""

from __future__ import annotations

import asyncio

from aiohttp import web

from captions.audio import CHUNK_BYTES, RATE_HZ, samples_in, samples_to_ms
from captions.speechserver.access import Admitted
from captions.speechserver.conversation import Heard
from captions.speechserver.engines.base import EngineUnavailable, Transcript
from captions.speechserver.languages import resolve
from captions.speechserver.llm import transform
from captions.speechserver.pool import AllTaken, Pool
from captions.speechserver.presence import Asked, while_present
from captions.speechserver.protocol import MODELS, Message, Refusal, times
from captions.speechserver.recogniser import Recogniser, RecogniserLost
from captions.speechserver.server import SpeechServer
from captions.speechserver.speaking.resample import Resampler
from captions.speechserver.switches import Switches
from captions.speechserver.vendors import voxnexus_audio
from captions.speechserver.vendors.voxnexus import CREATED_AT, keyed, refusal

LARGEST_FILE_BYTES = 25 << 20


def routes(server: SpeechServer) -> list[web.RouteDef]:
    """``/v1/stt``."""

    async def recognise(request: web.Request, admitted: Admitted) -> web.StreamResponse:
        request_id = server.next_request_id()
        with server.journal.visiting(admitted.how, request.path) as visit:
            try:
                data = await _read(request)
                visit.binary(len(data))
                answer = _answer(server, request, admitted, data, request_id)
                with server.holding(Asked(request)):
                    return await while_present(request, answer)
            except Refusal as exc:
                return refusal(exc, request_id)

    return [web.post("/v1/stt", keyed(server, recognise))]


async def _answer(
    server: SpeechServer, request: web.Request, admitted: Admitted, data: bytes, request_id: str
) -> web.StreamResponse:
    query = dict(request.query)
    _check_model(query)
    language = _language(server.pool, query)
    prompt = _prompt(query, may_transform=admitted.may_transform)
    pcm = await asyncio.to_thread(_pcm, data, request.content_type, _rate_hz(query))
    finals = await _finals(server.pool, language, pcm)
    await asyncio.sleep(server.switches.latency_ms / 1000)
    transcript = " ".join(final.text for final in finals)
    body: Message = {
        "request_id": request_id,
        "transcript": transcript,
        "text": transform(transcript, prompt, _max_tokens(query)) or transcript if prompt else transcript,
        "duration_ms": samples_to_ms(samples_in(pcm)),
        "created_at": CREATED_AT,
        **_named(server.switches, language),
    }
    if _flag(query, "enable_timestamps"):
        body["words"] = [word for final in finals for word in _words(server.switches, final)]
    if _flag(query, "enable_speaker_diarization"):
        body["speakers"] = _speakers(server.switches, finals, transcript)
    headers = {"X-Request-ID": request_id, "X-Language": language, "X-Duration-Ms": str(body["duration_ms"])}
    return web.json_response(body, headers=headers)


async def _read(request: web.Request) -> bytes:
    """The body. Raises ``Refusal`` if it is too large."""
    data = bytearray()
    async for piece in request.content.iter_any():
        data += piece
        if len(data) > LARGEST_FILE_BYTES:
            raise Refusal("AUDIO_TOO_LARGE", f"a file has at most {LARGEST_FILE_BYTES} bytes")
    return bytes(data)


def _pcm(data: bytes, content_type: str, rate_hz: int) -> bytes:
    """The audio of a file at the rate of the recognisers. Raises ``Refusal``."""
    try:
        audio = voxnexus_audio.parse(data, content_type, rate_hz)
        resampler = Resampler(audio.rate_hz, RATE_HZ)
        return resampler.feed(audio.pcm) + resampler.end()
    except EngineUnavailable as exc:
        raise Refusal("UNAVAILABLE", str(exc)) from exc


async def _finals(pool: Pool, language: str, pcm: bytes) -> list[Transcript]:
    """What is recognised in audio at the rate of the recognisers. Raises ``Refusal``."""
    try:
        async with pool.recogniser(language) as recogniser:
            return await _recognised(recogniser, pcm)
    except AllTaken as exc:
        raise Refusal("RATE_LIMITED", str(exc)) from exc
    except RecogniserLost as exc:
        raise Refusal("INTERNAL_ERROR", "recognition ended unexpectedly") from exc


async def _recognised(recogniser: Recogniser, pcm: bytes) -> list[Transcript]:
    """The feeding waits for a recogniser that lags behind, so it is heard meanwhile."""
    feeding = asyncio.create_task(_feed(recogniser, pcm))
    try:
        return await _hear(recogniser)
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)


async def _feed(recogniser: Recogniser, pcm: bytes) -> None:
    for start in range(0, len(pcm), CHUNK_BYTES):
        await recogniser.feed(pcm[start : start + CHUNK_BYTES])
    await recogniser.flush()


async def _hear(recogniser: Recogniser) -> list[Transcript]:
    said: list[Transcript] = []
    while True:
        reply = await recogniser.next_reply()
        said += [transcript for transcript in reply.transcripts if transcript.is_final]
        if not isinstance(reply, Heard):
            return said


def _check_model(query: dict[str, str]) -> None:
    model = query.get("model_id", query.get("model", ""))
    if not model:
        raise Refusal("INVALID_REQUEST", "model_id is required")
    if model not in MODELS:
        raise Refusal("MODEL_NOT_FOUND", f"there is no model {model[:60]}")


def _rate_hz(query: dict[str, str]) -> int:
    return _whole(query, "sample_rate", 1, 10_000_000)


def _language(pool: Pool, query: dict[str, str]) -> str:
    asked = query.get("language") or "en-US"
    language = resolve(asked, pool.engine.languages)
    if language is None:
        raise Refusal(
            "UNSUPPORTED_LANGUAGE", f"language {asked[:35]} is unknown to engine {pool.engine.name}"
        )
    return language


def _prompt(query: dict[str, str], *, may_transform: bool) -> str:
    """What the text is to be transformed by; empty where it is not to be."""
    if not _flag(query, "enable_llm_transform"):
        return ""
    if not may_transform:
        raise Refusal("LLM_NOT_ENABLED", "the text transform is not enabled for this account")
    prompt = query.get("llm_prompt", "")
    if not prompt.strip():
        raise Refusal("INVALID_REQUEST", "llm_prompt is required with enable_llm_transform")
    _max_tokens(query)
    return prompt


def _max_tokens(query: dict[str, str]) -> int | None:
    return _whole(query, "llm_max_tokens", 1, 4096) if "llm_max_tokens" in query else None


def _whole(query: dict[str, str], name: str, least: int, most: int) -> int:
    value = query.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 10 and least <= int(value) <= most):
        raise Refusal("INVALID_REQUEST", f"{name} is a whole number from {least} to {most}")
    return int(value)


def _flag(query: dict[str, str], name: str) -> bool:
    value = query.get(name, "false").lower()
    if value not in ("true", "false", "1", "0"):
        raise Refusal("INVALID_REQUEST", f"{name} is true or false")
    return value in ("true", "1")


def _named(switches: Switches, language: str) -> Message:
    match switches.language_field:
        case "absent":
            return {}
        case "code":
            return {"language": language.split("-")[0]}
        case _:
            return {"language": language}


def _words(switches: Switches, final: Transcript) -> list[Message]:
    return [
        {"word": word.text, **times(switches, word.offset_ms, word.duration_ms)}
        | ({"confidence": round(word.confidence, 3)} if word.confidence is not None else {})
        for word in final.words
    ]


def _speakers(switches: Switches, finals: list[Transcript], text: str) -> list[Message]:
    """Everybody is the same speaker here."""
    if not finals:
        return []
    start_ms = finals[0].offset_ms
    end_ms = finals[-1].offset_ms + finals[-1].duration_ms
    return [{"speaker_id": "speaker_1", "text": text, **times(switches, start_ms, end_ms - start_ms)}]
