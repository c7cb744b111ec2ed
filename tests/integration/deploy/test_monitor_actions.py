"""What the monitor does by itself, on the real platform: the application is there again, whatever died."""

from __future__ import annotations

import pytest

from server.monitoring.actions import PlatformActions
from tests.integration.deploy.deploy_place import Place, gone
from tools.monitoring.interface import MonitoringError


async def test_a_restart_brings_back_what_died_with_its_keeper(place: Place) -> None:
    serving = await place.deploy("one")
    actions = PlatformActions(None, place.platform)  # type: ignore[arg-type]  # a restart asks no store
    before = place.processes()
    for process in place.keepers():
        process.kill()
    assert gone(before)
    said = await actions.restart(serving.deployment_id)
    assert serving.url is not None
    assert serving.url in said
    assert await place.version(serving) == "one"
    # called again, as by the successor of a monitor that died
    assert await actions.restart(serving.deployment_id) == said
    assert await place.version(serving) == "one"
    with pytest.raises(MonitoringError, match="could not be restarted"):
        await actions.restart("never-deployed")
