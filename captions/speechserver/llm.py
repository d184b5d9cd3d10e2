"""A stand-in for the service's text transform: what `llm` messages look like, not what they say.

Rules of the emulator contract (voice-API contract, 4.6 and 8.2): filler words go, a capital comes
first and a full stop last; where the prompt names a language after "translate to" or "in", the text
starts with that name in square brackets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from captions.speechserver.switches import Switches

Message = dict[str, Any]

FILLERS = frozenset({"um", "uh", "er"})
LANGUAGE_IN_PROMPT = re.compile(r"\b(?:translate\s+(?:in)?to|in)\s+([A-Za-z]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TransformRequest:
    """What ``init`` asked for."""

    prompt: str
    mode: Literal["per_segment", "post_flush"] = "per_segment"
    max_tokens: int | None = None
    full_pass_prompt: str | None = None
    """Prompt of the additional pass over the whole text; ``None``: no such pass."""


def transform(text: str, prompt: str, max_tokens: int | None = None) -> str:
    """The transformed text; blank where only filler words were said."""
    words = [word for word in text.split() if word.lower().strip(",.") not in FILLERS]
    if max_tokens is not None:
        words = words[:max_tokens]
    if not words:
        return ""
    sentence = " ".join(words)
    sentence = sentence[0].upper() + sentence[1:]
    if not sentence.endswith((".", "?", "!")):
        sentence += "."
    named = LANGUAGE_IN_PROMPT.search(prompt)
    return f"[{named.group(1)}] {sentence}" if named else sentence


@dataclass(slots=True)
class Transformer:
    """Makes the ``llm`` messages of one connection, in the order the switches ask for."""

    request: TransformRequest
    switches: Callable[[], Switches]
    _said: list[str] = field(default_factory=list)
    _late: list[list[Message]] = field(default_factory=list)
    _waiting: list[Message] = field(default_factory=list)

    def on_final(self, segment_id: str, text: str) -> list[Message]:
        """Messages that follow the final of a sentence."""
        self._said.append(text)
        if self.request.mode == "post_flush":
            return []
        messages = self._messages(text, self.request.prompt, segment_id)
        switches = self.switches()
        if switches.segment_llm_after_flush:
            self._late.append(messages)
            return []
        if not switches.llm_interleave:
            return messages
        if not self._waiting:
            self._waiting = messages
            return []
        mixed = _zip(self._waiting, messages)
        self._waiting = []
        return mixed

    def before_flush_done(self) -> list[Message]:
        """Messages that come before ``flush_done``."""
        waiting, self._waiting = self._waiting, []
        if self.switches().full_llm_order == "before_flush_done":
            return [*waiting, *self._full_pass()]
        return waiting

    def after_flush_done(self) -> list[Message]:
        """Messages that come after ``flush_done``; the text collected so far is then done with."""
        late = [message for messages in self._late for message in messages]
        self._late = []
        if self.switches().full_llm_order == "after_flush_done":
            late += self._full_pass()
        self._said = []
        return late

    def _full_pass(self) -> list[Message]:
        if not self._said:
            return []
        if self.request.mode == "post_flush":
            return self._messages(" ".join(self._said), self.request.prompt, None)
        if self.request.full_pass_prompt is not None:
            return self._messages(" ".join(self._said), self.request.full_pass_prompt, None)
        return []

    def _messages(self, text: str, prompt: str, segment_id: str | None) -> list[Message]:
        switches = self.switches()
        link: Message = {} if segment_id is None else {"segment_id": segment_id}
        if switches.llm_fail == "silent":
            return []
        if switches.llm_fail == "error_message":
            return [{"type": "error", "error": "the LLM transform failed", "code": "LLM_FAILED"}]
        if switches.llm_fail == "empty_final":
            return [{"type": "llm", **link, "delta": "", "is_final": True}]
        result = transform(text, prompt, self.request.max_tokens)
        deltas = re.findall(r"\S+\s*", result)
        if switches.llm_fail == "midway":
            deltas = deltas[: len(deltas) // 2]
            return [{"type": "llm", **link, "delta": delta, "is_final": False} for delta in deltas]
        last = deltas.pop() if deltas and switches.llm_final_delta == "text" else ""
        final: Message = {"type": "llm", **link, "delta": last, "is_final": True}
        if switches.llm_final_delta == "full_text_field":
            final["text"] = result
        return [*({"type": "llm", **link, "delta": delta, "is_final": False} for delta in deltas), final]


def _zip(first: list[Message], second: list[Message]) -> list[Message]:
    mixed: list[Message] = []
    for number in range(max(len(first), len(second))):
        mixed += first[number : number + 1] + second[number : number + 1]
    return mixed
