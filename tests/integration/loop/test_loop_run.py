"""Whole loops with a scripted model, a real database, a real repository."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from agents.loop.loop import run_loop
from agents.loop.prompting import NUDGE
from agents.loop.records import LoopEnd
from memory.records.loop import Changed, Turn, TurnConflict
from memory.records.model import BudgetSpent, NoModel, ToolCall
from tests.integration.loop.loop_script import AT, MAIN, answer, call, dumped, edit, finish

THREE = MAIN + "\n\ndef three():\n    return 3\n"
ADD = edit("app/main.py", "    return 2\n", "    return 2\n\n\ndef three():\n    return 3\n")


async def run(place, database_url, script, limits=None, **more):
    async with place.deps(database_url, script, **more) as (deps, gateway):
        return await run_loop(place.task(**(limits or {})), deps), gateway


async def test_a_change_is_made_recorded_and_told(make, database_url):
    place = make()
    seen: list[Turn] = []

    async def watch(turn: Turn) -> None:
        seen.append(turn)

    script = [
        answer(call("list_files"), call("read_file", path="app/main.py")),
        answer(ADD, call("write_file", path="app/util.py", content="x = 1\n"), call("delete_file", path="README.md")),
        answer(finish("three is there")),
    ]
    outcome, gateway = await run(place, database_url, script, watch=watch)
    assert (outcome.end, outcome.summary, outcome.turns, outcome.complete) == (
        LoopEnd.FINISHED,
        "three is there",
        3,
        True,
    )
    assert outcome.changed == {
        "README.md": Changed.DELETED,
        "app/main.py": Changed.MODIFIED,
        "app/util.py": Changed.ADDED,
    }
    assert (outcome.prompt_tokens, outcome.completion_tokens, outcome.usd) == (300, 30, Decimal("0.03"))
    assert place.text(outcome.tree, "app/main.py") == THREE
    assert gateway.paid == ["dev/loop/1", "dev/loop/2", "dev/loop/3"]
    assert [turn.n for turn in seen] == [1, 2, 3]
    commit = place.code.commit_tree(place.project_id, outcome.tree, "Three", AT, [place.base])
    assert place.code.diff(place.project_id, place.base, commit) == outcome.changed
    assert "+def three():" in place.code.patch(place.project_id, place.base, commit)
    last = [str(message.content) for message in gateway.asked[-1].messages]
    assert "You are Dev." in last[0]
    assert last[1] == "Add three() to app/main.py."
    assert "1\tdef one():" in last[4]


async def test_a_finished_loop_is_not_asked_again(make, database_url):
    place = make()
    script = [answer(ADD), answer(finish())]
    first, _ = await run(place, database_url, script)
    again, gateway = await run(place, database_url, script)
    assert gateway.asked == []
    assert again == first


async def test_a_loop_goes_on_after_its_last_turn_with_the_same_prompt(make, database_url):
    place = make()
    script = [
        answer(call("read_file", path="app/main.py")),
        answer(ADD),
        answer(call("search", pattern="three")),
        answer(finish()),
    ]
    whole, undisturbed = await run(make(name="other"), database_url, script)
    first, _ = await run(place, database_url, [*script[:2], NoModel("down")])
    assert (first.end, first.reason, first.turns) == (LoopEnd.NO_MODEL, "down", 2)
    assert not first.complete
    (place.root / "app/main.py").write_text("half written")
    (place.root / "stray.py").write_text("x")
    second, gateway = await run(place, database_url, script)
    assert (second.tree, second.changed) == (whole.tree, whole.changed)
    assert [ask.key for ask in gateway.asked] == ["dev/loop/3", "dev/loop/4"]
    assert [dumped(ask) for ask in gateway.asked] == [dumped(ask) for ask in undisturbed.asked[2:]]
    assert not (place.root / "stray.py").exists()


async def test_errors_of_the_model_come_back_as_results(make, database_url):
    broken = ToolCall(id="b", name="edit_file", arguments=None, raw='{"path": "app/ma')
    script = [
        answer(broken, call("rm", path="x"), call("read_file", path="../x"), call("read_file", line=3)),
        answer(broken, finish="length"),
        answer(
            call("edit_file", path="app/main.py", edits=[{"old": "nowhere to be found at all", "new": "x"}]), finish()
        ),
        answer(finish()),
    ]
    outcome, gateway = await run(make(), database_url, script)
    told = [str(m.content) for m in gateway.asked[-1].messages if m.type == "tool"]
    assert told[0] == "error: the arguments are no JSON object"
    assert told[1].startswith("error: there is no such tool")
    assert "only paths below" in told[2]
    assert "wrong arguments" in told[3]
    assert "cut off" in told[4]
    assert "`old` is not in the file" in told[5]
    assert told[6] == "error: not finished: edit_file of the same answer failed; see what it says"
    assert (outcome.end, outcome.changed) == (LoopEnd.FINISHED, {})
    history = next(m for m in gateway.asked[1].messages if m.type == "ai")
    assert history.tool_calls[0]["args"] == {"not_json": '{"path": "app/ma'}


async def test_odd_ids_names_and_characters_survive_the_record(make, database_url):
    odd = [
        ToolCall(id="", name="functions.read file!", arguments={"path": "a\0\ud800"}),
        ToolCall(id="x", name="search", arguments={"pattern": "\0"}),
    ]
    script = [answer(*odd, ToolCall(id="x", name="", arguments={}), text="\ud800\0"), NoModel("down")]
    place = make()
    await run(place, database_url, script)
    outcome, gateway = await run(place, database_url, [*script[:1], answer(finish())])
    calls = next(m for m in gateway.asked[0].messages if m.type == "ai").tool_calls
    assert [(c["id"], c["name"]) for c in calls] == [
        ("call_1_0", "functions_read_file_"),
        ("x", "search"),
        ("call_1_2", "unnamed"),
    ]
    assert outcome.end is LoopEnd.FINISHED


async def test_finish_is_refused_while_a_file_cannot_be_read(make, database_url):
    script = [
        answer(edit("app/main.py", "    return 2\n", "    return (2\n")),
        answer(finish()),
        answer(text="I am done."),
        answer(edit("app/main.py", "return (2", "return 22")),
        answer(text="Now it is done."),
    ]
    outcome, gateway = await run(make(), database_url, script)
    texts = [str(m.content) for m in gateway.asked[-1].messages]
    assert "error: not finished: mend first what cannot be parsed: app/main.py, line 6: '(' was never closed" in texts
    assert texts[7].startswith("not finished: mend first")
    assert (outcome.end, outcome.summary, outcome.broken) == (LoopEnd.ANSWERED, "Now it is done.", ())


async def test_giving_up_is_no_success(make, database_url):
    script = [answer(edit("app/main.py", "    return 2\n", "    return (2\n")), answer(finish("no way", done=False))]
    outcome, _ = await run(make(), database_url, script)
    assert (outcome.end, outcome.summary, outcome.complete) == (LoopEnd.GAVE_UP, "no way", False)
    assert outcome.broken == ("app/main.py, line 6: '(' was never closed",)


async def test_words_instead_of_tools_are_asked_for_once(make, database_url):
    outcome, gateway = await run(
        make(), database_url, [answer(text="Sure!", finish="stop"), answer(text="It is fine.", finish="stop")]
    )
    assert "No tool was called" in str(gateway.asked[1].messages[-1].content)
    assert (outcome.end, outcome.changed) == (LoopEnd.ANSWERED, {})


async def test_calls_after_finish_or_beyond_the_limit_are_not_made(make, database_url):
    place = make()
    script = [
        answer(*[call("list_files")] * 3, call("delete_file", path="README.md")),
        answer(finish(), call("delete_file", path="README.md")),
    ]
    outcome, gateway = await run(place, database_url, script, {"calls": 3})
    assert "more than 3 calls" in str(gateway.asked[1].messages[-1].content)
    assert outcome.changed == {}


@pytest.mark.parametrize(
    ("limits", "end", "turns"),
    [({"turns": 4}, LoopEnd.TURNS, 4), ({"tokens": 330}, LoopEnd.TOKENS, 3), ({"wall_s": 0.0}, LoopEnd.WALL_TIME, 1)],
)
async def test_limits_end_it_with_what_was_reached(make, database_url, limits, end, turns):
    script = [answer(ADD)] + [answer(call("read_file", path="app/main.py", start=n)) for n in range(1, 9)]
    outcome, _ = await run(make(), database_url, script, limits)
    assert (outcome.end, outcome.turns, outcome.complete) == (end, turns, False)
    assert outcome.changed == {"app/main.py": Changed.MODIFIED}
    assert outcome.reason.startswith("not finished after")


@pytest.mark.parametrize(
    ("error", "end"), [(NoModel("all models failed"), LoopEnd.NO_MODEL), (BudgetSpent("0.01 USD left"), LoopEnd.BUDGET)]
)
async def test_without_an_answer_it_ends_and_can_go_on_later(make, database_url, error, end):
    place = make()
    outcome, _ = await run(place, database_url, [answer(ADD), error])
    assert (outcome.end, outcome.reason, outcome.turns) == (end, str(error), 1)
    later, gateway = await run(place, database_url, [answer(ADD), answer(finish())])
    assert (later.end, len(gateway.asked)) == (LoopEnd.FINISHED, 1)


@pytest.mark.parametrize(
    "step",
    [
        lambda: edit("app/main.py", "nowhere to be found in there", "x"),
        lambda: call("run_command", command="echo failed in 0.$(date +%N) s; exit 1"),
        lambda: call("read_file", path="app/main.py"),
        lambda: call("write_file", path="a.txt", content="same"),
    ],
)
async def test_going_in_circles_is_told_once_and_then_ends_it(make, database_url, step):
    script = [answer(step()) for _ in range(9)]
    outcome, gateway = await run(make(), database_url, script)
    assert (outcome.end, outcome.turns) == (LoopEnd.STUCK, 5)
    assert sum(str(m.content).count(NUDGE) for m in gateway.asked[-1].messages) == 1
    assert str(gateway.asked[3].messages[-1].content) == NUDGE


async def test_the_verdict_on_circles_is_the_same_after_a_break(make, database_url):
    place = make()
    script = [answer(edit("app/main.py", "nowhere to be found in there", "x")) for _ in range(9)]
    for upto in range(1, 5):
        outcome, _ = await run(place, database_url, [*script[:upto], NoModel("down")])
        assert outcome.end is LoopEnd.NO_MODEL
    outcome, _ = await run(place, database_url, script)
    assert (outcome.end, outcome.turns) == (LoopEnd.STUCK, 5)


async def test_empty_and_cut_answers_are_not_an_end(make, database_url):
    script = [answer(text="", finish="stop"), answer(text="def long", finish="length"), answer(finish())]
    outcome, gateway = await run(make(), database_url, script)
    assert outcome.end is LoopEnd.FINISHED
    assert "empty" in str(gateway.asked[1].messages[-1].content)
    assert "cut off" in str(gateway.asked[2].messages[-1].content)


async def test_two_drivers_of_one_loop_are_noticed(make, database_url):
    place = make()
    async with place.deps(database_url, [answer(ADD)]) as (deps, _):
        other = (await deps.turns.turns("dev/loop")) == []
        turn = Turn(n=1, key="dev/loop/1", answer=answer(ADD), tree="t", took_s=0)
        await deps.turns.add("dev/loop", turn)
        with pytest.raises(TurnConflict):
            await deps.turns.add("dev/loop", turn)
        await deps.turns.add("qa/loop", turn)
        assert other
        assert await deps.turns.turns("dev/loop") == [turn]


async def test_the_prompt_stays_below_its_limit_and_its_start_stays_the_same(make, database_url):
    place = make(
        {
            **{f"app/m{n}.py": f"# {n}\n" + "value = 'some text to fill the line'\n" * 60 for n in range(40)},
            "softwright.json": "{}",
        }
    )
    script = [answer(call("read_file", path=f"app/m{n}.py"), text=f"Looking at {n}.") for n in range(40)] + [
        answer(finish())
    ]
    outcome, gateway = await run(place, database_url, script, {"context_tokens": 6000})
    assert outcome.end is LoopEnd.FINISHED
    sizes = [sum(len(str(message.content)) for message in ask.messages) for ask in gateway.asked]
    assert 10_000 < max(sizes) < 6000 * 3.5
    kept = sum(
        len(_same_start(a, b)) == len(a.messages) for a, b in zip(gateway.asked, gateway.asked[1:], strict=False)
    )
    assert kept >= 30
    assert "left out" in dumped(gateway.asked[-1])


def _same_start(a, b):
    return [m for m, n in zip(a.messages, b.messages, strict=False) if json.dumps(m.content) == json.dumps(n.content)]
