"""How much this process has spoken at once: by one provider, and for one account. Nothing here waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager

from captions.errors import SpeechBusy, SpeechCrowded
from captions.tts.provider import Provider


class Turns:
    """Who has a turn. What is full is said at once: somebody who waits in a line does not know how long."""

    def __init__(self) -> None:
        self.by_provider: Counter[str] = Counter()
        self.by_account: Counter[Hashable] = Counter()

    @contextmanager
    def taken(self, provider: Provider, account: Hashable, *, most_of_account: int) -> Iterator[None]:
        """A turn for as long as this lasts; ``account`` is whose it is, or a room.

        Raises :class:`SpeechCrowded` and :class:`SpeechBusy`.
        """
        if self.by_account[account] >= most_of_account:
            raise SpeechCrowded(most=most_of_account)
        if self.by_provider[provider.name] >= provider.most_at_once:
            raise SpeechBusy(service=provider.label, most=provider.most_at_once)
        self.by_provider[provider.name] += 1
        self.by_account[account] += 1
        try:
            yield
        finally:
            self.by_provider[provider.name] -= 1
            self.by_account[account] -= 1
            if not self.by_account[account]:
                del self.by_account[account]


turns = Turns()
