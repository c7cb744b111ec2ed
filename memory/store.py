"""Projects, runs, deployments and reports in PostgreSQL, as one object over their repositories."""

from __future__ import annotations

from memory.repositories.base import Position, Row
from memory.repositories.deployments import Deployments
from memory.repositories.environments import Environments
from memory.repositories.imports import Imports
from memory.repositories.messages import Messages
from memory.repositories.modifications import Modifications
from memory.repositories.notes import Notes
from memory.repositories.projects import Projects
from memory.repositories.reports import Reports
from memory.repositories.runs import FINAL, KeyReused
from memory.repositories.threads import Threads


class Store(Projects, Messages, Modifications, Deployments, Environments, Reports, Threads, Imports, Notes):
    """Each method is one transaction."""


__all__ = ["FINAL", "KeyReused", "Position", "Row", "Store"]
