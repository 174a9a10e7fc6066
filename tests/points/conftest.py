"""The stage for scenes: a story's desk with operations' webhook; Twilio uses the desk's clock."""

import pytest

from dispatch import redis_client
from dispatch.channels.whatsapp import limits, pacing
from sandbox.twilio import exchange, ledger
from tests.office import Office
from tests.points.stage import PointStage
from tests.stories.conftest import desk, known, office, web
from tests.stories.desk import StoryDesk

__all__ = ["desk", "office", "web"]


@pytest.fixture
def stage(desk: StoryDesk, office: Office, monkeypatch: pytest.MonkeyPatch) -> PointStage:
    """A stage with two agents, Ada and Bisi, and no jobs."""
    for module in (ledger, exchange):
        monkeypatch.setattr(module, "now", desk.clock.now)
    for script in (pacing._SLOTS, limits._PAIRS, limits._TIER):
        redis_client.client().script_load(script)  # else the very first run makes one call more for each script
    stage = PointStage(desk.api, desk.twilio, desk.clock)
    stage.ada, stage.bisi, stage.office = known("Ada"), known("Bisi"), office
    return stage
