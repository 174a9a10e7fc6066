"""Backlogs: a sweep of many messages needs few commands, and a win during a broadcast is followed up first."""

from datetime import timedelta

import pytest
from pymongo import monitoring

from dispatch import stores
from dispatch.actions.jobs import claims, events
from dispatch.actions.offers import rounds
from dispatch.actions.outbox import send
from dispatch.models import Job, Message, Offer
from dispatch.models.base.record import server_now, utc_now
from tests.builders import a_job, an_agent, heard, kinds_to
from tests.faults.interleaving import just_before

pytestmark = pytest.mark.usefixtures("stores_clean")
BACKLOG = 300


class Counting(monitoring.CommandListener):
    """Counts the commands to MongoDB."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.names.append(event.command_name)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


def test_a_sweep_of_a_backlog_needs_as_few_commands_as_a_sweep_of_one_message():
    drafts = [{"key": f"k{n}", "kind": "offer", "lane": "bulk", "phone": "+2348030000001"} for n in range(BACKLOG)]
    Message.write(drafts, utc_now() - timedelta(minutes=1))
    counting = Counting()
    stores.connect(listeners=[counting])
    send.enqueue_overdue(utc_now())
    send.enqueue_overdue(utc_now())
    stores.connect()
    assert len(counting.names) < 10
    assert Message.objects(next_attempt_at__lte=utc_now()).count() == 0


def test_a_win_during_a_broadcast_is_followed_up_before_further_offers_are_written(monkeypatch):
    """The YES is settled just before the second chunk of offers is written: no further offer is made."""
    monkeypatch.setattr(rounds, "CHUNK", 2)
    agents = [an_agent() for _ in range(5)]
    job = a_job()

    def first_says_yes():
        offer = Offer.objects(job=job.id).order_by("id").first()
        winner = next(agent for agent in agents if agent.id == offer.agent)
        message = heard(winner, "yes")
        assert claims.claim(message, offer)
        claims.settle(job.id, server_now() + timedelta(seconds=1))

    with just_before("update", "jobs", first_says_yes):
        events.follow_up(job.id, utc_now())
    assert Offer.objects(job=job.id).count() == 2
    sent = sorted(kinds_to(agent) for agent in agents)
    assert sent.count([]) == 3
    assert ["offer", "assigned"] in sent
    assert Job.get(job.id).unfollowed == []


def test_each_chunk_of_a_long_broadcast_prolongs_the_lease_of_its_follower():
    """No second follower begins during the broadcast. A follower whose round is over stops."""
    job, now = a_job(), utc_now()
    assert Job.lease_following(job.id, now)
    later = now + timedelta(seconds=29)
    assert Job.keep_following(job.id, later, status="pending", round=1)
    assert Job.overdue(later + timedelta(seconds=29)) == []
    assert not Job.keep_following(job.id, later, status="pending", round=2)
    Job.followed(job.id, job.unfollowed[0])
    assert not Job.keep_following(job.id, later, status="pending", round=1)
