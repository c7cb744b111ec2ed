"""What was made of a message, kept: a loop sends the same ones again and again, and only the last are new."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from langchain_core.messages import BaseMessage

MOST = 2_000
"""Messages that are remembered, of all conversations of one place."""

Convert = Callable[[Sequence[BaseMessage]], Sequence[bytes]]


class Pieces:
    """Messages are not changed once they were sent: a shortened one is another object."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[BaseMessage, bytes]] = {}

    def of(self, messages: Sequence[BaseMessage], convert: Convert) -> list[bytes]:
        """`convert` gives one piece for each message that is new."""
        if len(self._kept) > MOST:
            self._kept.clear()
        new = [message for message in messages if id(message) not in self._kept]
        # The message is kept with its piece, so that nothing else can get its id.
        self._kept |= {id(message): (message, piece) for message, piece in zip(new, convert(new), strict=True)}
        return [self._kept[id(message)][1] for message in messages]


__all__ = ["Convert", "Pieces"]
