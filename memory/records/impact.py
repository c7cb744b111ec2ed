"""Impact: what a request in words will probably touch, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Reason(Record):
    kind: Literal["words", "name", "symbol", "history", "together", "imports", "imported_by", "route", "test"]
    text: str
    """For people: `past change 1a2b3c4 “Cache answers” touched it`."""


class SymbolHit(Record):
    name: str
    """Qualified: `Class.method`."""
    kind: str
    start: int
    """First line, from 1."""
    end: int
    score: float


class FileImpact(Record):
    path: str
    score: float
    """From 0 to 1: the share of belief that falls on it; over all files it sums to 1 at most."""
    reasons: tuple[Reason, ...] = ()
    symbols: tuple[SymbolHit, ...] = ()


class Dependant(Record):
    path: str
    through: str
    """The likely file that it imports."""


class RiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Risk(Record):
    level: RiskLevel
    reasons: tuple[str, ...]


class Impact(Record):
    commit: str
    """Empty for a folder that is no git repository."""
    files: tuple[FileImpact, ...]
    """Best first; tests and documents are not among them."""
    tests: tuple[str, ...]
    """Test files that cover the likely files, best first."""
    dependants: tuple[Dependant, ...] = ()
    """Files that import a likely one and are not likely themselves."""
    risk: Risk
    took_ms: float
    lacking: str = ""
    """What could not be used, and why: an embedding endpoint that is set and fails."""

    def expected(self, most: int = 10) -> tuple[str, ...]:
        """The files that are predicted to change: those that hold most of the belief."""
        taken, total = [], 0.0
        for file in self.files[:most]:
            taken.append(file.path)
            total += file.score
            if total >= 0.8:
                break
        return tuple(taken)


class Candidate(Record):
    """A likely file as it is shown to who puts such files in an order of their own."""

    path: str
    about: str
    """The first line of what it says of itself."""
    names: tuple[str, ...]
    """Symbols, the likeliest first."""
    lines: tuple[tuple[int, str], ...]
    """Number and text of lines that match."""
    changes: tuple[str, ...]
    """Titles of past changes like the request that touched it."""


class Accuracy(Record):
    """A prediction beside what was touched. None where there is nothing to divide by."""

    precision: float | None
    recall: float | None
    predicted: tuple[str, ...]
    touched: tuple[str, ...]


def accuracy(predicted: tuple[str, ...], touched: tuple[str, ...]) -> Accuracy:
    hits = len(set(predicted) & set(touched))
    return Accuracy(
        precision=hits / len(set(predicted)) if predicted else None,
        recall=hits / len(set(touched)) if touched else None,
        predicted=predicted,
        touched=touched,
    )


__all__ = [
    "Accuracy",
    "Candidate",
    "Dependant",
    "FileImpact",
    "Impact",
    "Reason",
    "Risk",
    "RiskLevel",
    "SymbolHit",
    "accuracy",
]
