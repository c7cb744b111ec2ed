"""What a public corpus asks: a place, whether it is bad, and of which class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

COVERED = frozenset(
    {
        *(
            22,
            23,
            36,
            73,
            77,
            78,
            79,
            80,
            88,
            89,
            90,
            94,
            95,
            96,
            215,
            250,
            259,
            276,
            295,
            297,
            306,
            319,
            321,
            326,
            327,
            328,
        ),
        *(
            330,
            338,
            346,
            347,
            352,
            377,
            489,
            501,
            502,
            532,
            601,
            611,
            614,
            643,
            730,
            732,
            776,
            798,
            862,
            915,
            916,
            918,
            942,
            943,
        ),
        *(1004, 1321, 1333, 1336),
    }
)
"""Classes that a check of this kind is for. Of a corpus' other ones (style, cloud services) nothing is asked."""


@dataclass(frozen=True)
class Case:
    file: str
    lines: range | None
    """None: anywhere in the file."""
    bad: bool
    cwe: int
    label: str
    also: tuple[int, ...] = ()
    """Other numbers of the same weakness."""


Form = Callable[[Path, Path], Iterator[Case]]
"""Reads a corpus' folder and writes a copy without its marks into another."""


__all__ = ["COVERED", "Case", "Form"]
