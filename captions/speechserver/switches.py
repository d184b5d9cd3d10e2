"""Switches that make the server behave in each way the documents leave open, or go wrong on purpose.

Names, values and defaults are those of the emulator contract (voice-API contract, 8.7): ``vn_`` and
those without a prefix are VoxNexus', ``vm_`` Voicemaker's, ``va_`` Vachana's. They come from environment
variables and, while the server runs, from ``POST /_emu/config``. Two groups have no counterpart there:
faults of recognition, and faults of speaking (``tts_``), which hold for the endpoints of every vendor.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any, ClassVar

from captions.errors import CaptionError

ABSENT = "absent"


class BadSwitch(CaptionError):
    """A switch that does not exist, or a value it does not take."""

    code: ClassVar[str] = "speech.bad_switch"


def _choice(name: str, *choices: str) -> Any:
    return field(default=choices[0], metadata={"name": name, "choices": choices})


def _flag(name: str) -> Any:
    return field(default=False, metadata={"name": name})


def _number(name: str, default: float = 0) -> Any:
    return field(default=default, metadata={"name": name})


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """All switches; ``changed`` gives a copy with some of them set."""

    latency_ms: float = _number("EMU_LATENCY_MS")
    bad_key: str = _choice("EMU_VN_BAD_KEY", "http401", "http403", "error_then_1008", "close_4401")
    legacy_bearer: bool = _flag("EMU_VN_LEGACY_BEARER")
    model_required: bool = _flag("EMU_VN_MODEL_REQUIRED")
    pong: str = _choice("EMU_VN_PONG", "none", "pong", "error")
    offsets_after_flush: str = _choice("EMU_VN_OFFSETS_AFTER_FLUSH", "restart", "continue")
    word_offsets: str = _choice("EMU_VN_WORD_OFFSETS", "absolute", "relative")
    full_pass_params: tuple[str, ...] = field(
        default=("llm_full_text", "llm_full_text_prompt"), metadata={"name": "EMU_VN_FULL_PASS_PARAMS"}
    )
    full_llm_order: str = _choice("EMU_VN_FULL_LLM_ORDER", "after_flush_done", "before_flush_done")
    segment_llm_after_flush: bool = _flag("EMU_VN_SEGMENT_LLM_AFTER_FLUSH")
    llm_final_delta: str = _choice("EMU_VN_LLM_FINAL_DELTA", "empty", "text", "full_text_field")
    llm_fail: str = _choice("EMU_VN_LLM_FAIL", "none", "silent", "error_message", "empty_final", "midway")
    llm_refusal: str = _choice("EMU_VN_LLM_REFUSAL", "error", "silent")
    llm_interleave: bool = _flag("EMU_VN_LLM_INTERLEAVE")
    request_id: str = _choice("EMU_VN_REQUEST_ID", "per_connection", "per_recognition")
    language_field: str = _choice("EMU_VN_LANGUAGE_FIELD", "locale", "code", "absent")
    interim_extras: str = _choice("EMU_VN_INTERIM_EXTRAS", "none", "zero_confidence", "no_offsets")
    init_timeout_s: float = _number("EMU_VN_INIT_TIMEOUT_S", 10)
    idle_s: float = _number("EMU_VN_IDLE_S")
    max_session_s: float = _number("EMU_VN_MAX_SESSION_S")
    retry_after: str = field(default=ABSENT, metadata={"name": "EMU_VN_RETRY_AFTER"})
    shape: str = _choice("EMU_VN_SHAPE", "new", "old", "legacy_messages")
    drop_after_ms: float = _number("EMU_VN_DROP_AFTER_MS")

    drop_times: float = _number("EMU_VN_DROP_TIMES")
    """How many connections ``drop_after_ms`` drops; 0 means every one."""
    stall_after_ms: float = _number("EMU_VN_STALL_AFTER_MS")
    """After that much audio the server says nothing more and does not close either."""
    garble_after_ms: float = _number("EMU_VN_GARBLE_AFTER_MS")
    """After that much audio one message that is not JSON is sent."""
    error_after_ms: float = _number("EMU_VN_ERROR_AFTER_MS")
    """After that much audio the server reports an error of its own and closes with 1011."""
    refuse_status: float = _number("EMU_VN_REFUSE_STATUS")
    """Answer the handshake with this HTTP status, whatever the key (0: do not)."""
    init_error: str = field(default="", metadata={"name": "EMU_VN_INIT_ERROR"})
    """Answer ``init`` with an error of this code."""
    init_close: float = _number("EMU_VN_INIT_CLOSE")
    """Close with this code in place of ``ready``, after the error if there is one (0: do not)."""
    no_ready: bool = _flag("EMU_VN_NO_READY")
    """Take ``init`` and never answer it."""
    no_flush_done: bool = _flag("EMU_VN_NO_FLUSH_DONE")
    """Finish at a flush and never say so."""

    vn_tts_start: str = _choice("EMU_VN_TTS_START", "sentence", "each", "final")
    """When what came so far is spoken: at the end of a sentence, with each text, or with the final one."""
    vn_tts_join: str = _choice("EMU_VN_TTS_JOIN", "concat", "space")
    vn_tts_final: str = _choice("EMU_VN_TTS_FINAL", "empty", "data")
    vn_tts_wav: str = _choice("EMU_VN_TTS_WAV", "first", "each", "none")
    duration_header: bool = _flag("EMU_VN_DURATION_HEADER")

    vm_long_text: str = _choice("EMU_VM_LONG_TEXT", "error", "split")
    vm_voxfx: str = _choice("EMU_VM_VOXFX", "error", "ignore")
    vm_wav: str = _choice("EMU_VM_WAV", "each", "first", "none")
    vm_final: str = _choice("EMU_VM_FINAL", "data", "empty", "no_audio")
    vm_idle_s: float = _number("EMU_VM_IDLE_S", 60)
    vm_idle_code: float = _number("EMU_VM_IDLE_CODE", 1000)

    va_frames: str = _choice("EMU_VA_FRAMES", "binary", "json")
    va_end: str = _choice("EMU_VA_END", "close", "idle")
    va_wav: str = _choice("EMU_VA_WAV", "first", "each", "split", "none")
    va_odd: bool = _flag("EMU_VA_ODD")
    va_strict: bool = _flag("EMU_VA_STRICT")
    va_sse: str = _choice("EMU_VA_SSE", "docs", "sdk")

    tts_refuse_status: float = _number("EMU_TTS_REFUSE_STATUS")
    """Answer handshakes and requests with this HTTP status, whatever the key (0: do not)."""
    tts_refuse_times: float = _number("EMU_TTS_REFUSE_TIMES")
    """How many ``tts_refuse_status`` refuses; 0 means every one."""
    tts_nothing: bool = _flag("EMU_TTS_NOTHING")
    """Take what comes and never say anything."""
    tts_stall_after_ms: float = _number("EMU_TTS_STALL_AFTER_MS")
    """After that much audio of an utterance say nothing more and do not close either."""
    tts_drop_after_ms: float = _number("EMU_TTS_DROP_AFTER_MS")
    """After that much audio of an utterance break the connection."""
    tts_garble_after_ms: float = _number("EMU_TTS_GARBLE_AFTER_MS")
    """After that much audio of an utterance say one thing that is not of the protocol."""
    tts_pace: float = _number("EMU_TTS_PACE")
    """Times real time at which audio is made; 1 is as fast as it is spoken, 0 as fast as it can be."""

    def changed(self, values: Mapping[str, object]) -> Switches:
        """A copy with switches set, by contract name (``EMU_VN_PONG``) or by ours (``pong``).

        Values may be strings, as in the environment. Raises ``BadSwitch``.
        """
        known = _by_name()
        changes: dict[str, Any] = {}
        for name, value in values.items():
            switch = known.get(name)
            if switch is None:
                raise BadSwitch(f"There is no switch {name[:60]}.")
            changes[switch.name] = _read(switch, value)
        return replace(self, **changes)

    def as_contract(self) -> dict[str, object]:
        """All switches by contract name."""
        values = asdict(self)
        return {switch.metadata["name"]: values[switch.name] for switch in fields(self)}


def from_environment(environ: Mapping[str, str]) -> Switches:
    """Defaults with the variables that are set."""
    known = _by_name()
    return Switches().changed(
        {name: value for name, value in environ.items() if name in known and name.isupper()}
    )


def _by_name() -> dict[str, Field[Any]]:
    table: dict[str, Field[Any]] = {}
    for switch in fields(Switches):
        table[switch.name] = switch
        table[switch.metadata["name"]] = switch
    return table


def _read(switch: Field[Any], value: object) -> object:
    name = switch.metadata["name"]
    choices = switch.metadata.get("choices")
    if choices:
        if value not in choices:
            raise BadSwitch(f"{name} takes one of {', '.join(choices)}.")
        return value
    if isinstance(switch.default, bool):
        return _read_flag(name, value)
    if isinstance(switch.default, tuple):
        return _read_list(name, value)
    if switch.default == ABSENT:
        return ABSENT if value in (ABSENT, "", None) else f"{_read_number(name, value):g}"
    if isinstance(switch.default, str):
        return _read_text(name, value)
    return _read_number(name, value)


def _read_flag(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "1", "on", "yes", "false", "0", "off", "no", ""}:
        return value.lower() in {"true", "1", "on", "yes"}
    raise BadSwitch(f"{name} takes true or false.")


def _read_text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    raise BadSwitch(f"{name} takes a text.")


def _read_list(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise BadSwitch(f"{name} takes a list of names.")


def _read_number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise BadSwitch(f"{name} takes a number.")
    try:
        number = float(value)
    except (ValueError, OverflowError) as exc:
        raise BadSwitch(f"{name} takes a number.") from exc
    if not 0 <= number < float("inf"):
        raise BadSwitch(f"{name} takes a number from 0 on.")
    return number
