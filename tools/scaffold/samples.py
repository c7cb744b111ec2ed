from __future__ import annotations
from typing import Any
from memory.records.spec import AppSpec, ResourceSpec
def sample_rows(spec: AppSpec, resource: ResourceSpec) -> dict[str, Any]:
    return {}
