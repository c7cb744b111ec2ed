"""Facts of runs: what was planned, written and spent, what failed, what goes on. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from agents.pm.facts.fact import Fact, Material, Row, short, stamp
from agents.pm.summary import summarise
from memory.records.spec import AppSpec
from memory.records.spending import Spend

MAX_FILES = 30
ENDED = ("succeeded", "failed", "cancelled")


def working_facts(material: Material) -> tuple[Fact, ...]:
    return (_now(material), _failure(material), _change(material), *_cost(material), *_understood(material))


def _now(material: Material) -> Fact:
    under_way = [row for row in reversed(material.runs) if row["status"] not in ENDED]
    status = f"The project is {material.project['status']}."
    if not under_way:
        last = material.runs[0] if material.runs else None
        told = f" Its last run ({last['intent']}) {last['status']} {stamp(last['ended_at'])}." if last else ""
        return Fact("what goes on", f"{status} No run is under way.{told}", "runs of the project", "now")
    lines = [f"run {row['id']} ({row['intent']}) is {_state(row)}" for row in under_way]
    return Fact("what goes on", f"{status} {'; '.join(lines)}.", "runs of the project", "now")


def _state(row: Row) -> str:
    waits = (row.get("waiting") or {}).get("what") if row["status"] == "waiting" else None
    return f"waiting for your decision on the {waits}" if waits else str(row["status"])


def _failure(material: Material) -> Fact:
    failed = next((row for row in material.runs if row["status"] in ("failed", "cancelled")), None)
    if failed is None:
        return Fact("failures", "No run of this project has failed.", "runs of the project", "failure")
    later = material.runs[0]["id"] != failed["id"] and material.runs[0]["status"] == "succeeded"
    words = f"The run ({failed['intent']}) {failed['status']} {stamp(failed['ended_at'])}: {failed['error']}."
    step = next((s for s in material.steps.get(failed["id"], ()) if _says_no(s)), None)
    if step is not None:
        words += f" It ended in step {step['key']}.{_tests(material.steps[failed['id']])}"
    words += " A later run succeeded." if later else ""
    place = f"run {failed['id']}" + (f", step {step['key']}" if step else "")
    return Fact("failure", words, place, "failure")


def _says_no(step: Row) -> bool:
    output = step["output"] or {}
    return step["status"] == "failed" or bool((output.get("update") or {}).get("error"))


def _tests(steps: Any) -> str:
    outputs = [step["output"] or {} for step in steps if step["key"].startswith("qa/")]
    failing = [test for output in outputs for test in (output.get("evidence") or {}).get("failing") or ()]
    return "".join(f"\n- {test.get('name')}: {test.get('message')}" for test in failing[:5])


def _change(material: Material) -> Fact:
    written = material.written
    if written is None:
        return Fact("last change", "Nothing has been written yet.", "runs of the project", "change")
    if not written.changed:
        words = f"The last run that wrote code left commit {short(written.commit)} as it was."
    else:
        paths = [f"{path} ({how})" for path, how in sorted(written.changed.items())]
        more = f" and {len(paths) - MAX_FILES} more" if len(paths) > MAX_FILES else ""
        count = f"{len(paths)} files" if len(paths) > 1 else "one file"
        words = f"The last change touched {count}: {', '.join(paths[:MAX_FILES])}{more}."
    source = f"commit {short(written.commit)}, run {written.run_id}, {stamp(written.at)}"
    return Fact("last change", words, source, "change")


def _cost(material: Material) -> tuple[Fact, ...]:
    spends = list(material.spends.values())
    tokens = sum(spend.tokens for spend in spends)
    models = ", ".join(material.models) or "no model is set, so a run costs nothing for models"
    if any(spend.usd is None for spend in spends):
        spent = f"{tokens:,} tokens; the price of some was not known"
    else:
        usd = sum((spend.usd or Decimal(0) for spend in spends), Decimal(0))
        spent = f"{usd:.4f} USD ({tokens:,} tokens)"
    count = "one run" if len(spends) == 1 else f"{len(spends)} runs"
    facts = [
        Fact("spend", f"Models have cost {spent} in {count}.", "ledger of model calls", "cost"),
        Fact("next run", f"{_most(spends)} Models: {models}.", "settings", "cost"),
    ]
    local = [row for row in material.deployments if row["id"] in material.serving and row["platform"] == "local"]
    if local:
        words = "It is served on this machine: nothing is billed for that."
        facts.append(Fact("hosting", words, f"deployment {local[0]['id']}", "cost"))
    return tuple(facts)


def _most(spends: list[Spend]) -> str:
    budget = spends[0].budget_usd if spends else None
    return "A run has no limit in USD." if budget is None else f"A run may spend at most {budget:g} USD."


def _understood(material: Material) -> tuple[Fact, ...]:
    asked = next((row for row in material.runs if row["intent"] in ("create", "modify")), None)
    source = "runs of the project" if asked is None else f"run {asked['id']}, {stamp(asked['created_at'])}"
    parts = (asked or {}).get("not_understood") or ()
    lines = [f'- "{part.get("text")}": {part.get("reason")}' for part in parts]
    missed = "What was not understood:\n" + "\n".join(lines) if lines else "Everything of the request was understood."
    facts = [Fact("not understood", missed, source, "not_understood")]
    if material.project["spec"] is None:
        return (*facts, Fact("plan", "There is no plan yet.", source, "plan"))
    spec = AppSpec.model_validate(material.project["spec"])
    assumed = "\n".join(f"- {text}" for text in spec.assumptions)
    words = f"Assumed:\n{assumed}" if assumed else "Nothing was assumed."
    plan = summarise(spec.model_copy(update={"assumptions": (), "not_understood": ()}))
    return (*facts, Fact("assumptions", words, source, "assumed"), Fact("plan", plan, source, "plan"))


__all__ = ["working_facts"]
