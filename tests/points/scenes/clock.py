"""Scenes of timers and of beat's tasks."""

from datetime import timedelta

from bson import ObjectId

from dispatch import shelf
from dispatch.models import Agent, Timer
from dispatch.models.base.record import utc_now
from sandbox.twilio.faults import FaultKind
from tests.builders import an_inbound_form
from tests.points.actions import Task
from tests.points.scenes.table import scene
from tests.points.stage import PointStage
from tests.stories.ways import approved, assigned, in_progress, pending

FIRE = "workers.reminders.fire"


@scene(FIRE, "timer expiry", "event expired")
def a_job_expires_untaken(stage: PointStage) -> Task:
    return stage.due(pending(stage, stage.ada, "1h"), "expiry")


@scene(FIRE, "timer not_taken")
def a_job_is_not_taken_shortly_before_its_start(stage: PointStage) -> Task:
    return stage.due(pending(stage, stage.ada), "not_taken")


@scene(FIRE, "timer reach")
def no_agent_can_have_heard_of_a_job(stage: PointStage) -> Task:
    stage.twilio.faults.set("*", FaultKind.REFUSED, code=63032)
    return stage.due(stage.asks(), "reach")


@scene(FIRE, "timer visit_start")
def a_visit_should_begin_unconfirmed(stage: PointStage) -> Task:
    return stage.due(assigned(stage, stage.ada), "visit_start")


@scene(FIRE, "timer hold")
def a_hold_is_over(stage: PointStage) -> Task:
    first = assigned(stage, stage.ada)
    return stage.due(stage.asks("4d", client__client_id=first["client_details"]["client_id"]), "hold")


@scene(FIRE, "timer nudge")
def an_agent_has_not_confirmed(stage: PointStage) -> Task:
    return stage.due(assigned(stage, stage.ada), "nudge")


@scene(FIRE, "timer unconfirmed")
def an_agent_has_still_not_confirmed(stage: PointStage) -> Task:
    job = assigned(stage, stage.ada)
    stage.wait_for(job, "nudge")
    return stage.due(job, "unconfirmed")


@scene(FIRE, "timer reminder")
def a_visit_is_near(stage: PointStage) -> Task:
    return stage.due(approved(stage, stage.ada, "3h"), "reminder")


@scene(FIRE, "timer ending")
def a_visit_should_be_over(stage: PointStage) -> Task:
    return stage.due(in_progress(stage, stage.ada, "3h"), "ending")


@scene(FIRE, "timer not_completed")
def a_visit_is_not_reported(stage: PointStage) -> Task:
    job = approved(stage, stage.ada, "3h")
    stage.wait_for(job, "ending")
    return stage.due(job, "not_completed")


@scene(FIRE)
def a_timer_of_a_moved_job(stage: PointStage) -> Task:
    job = approved(stage, stage.ada, "3h")
    task = stage.due(job, "reminder")
    stage.moves(job, "9h")
    return task


@scene("workers.reminders.arm")
def timers_are_armed(stage: PointStage) -> Task:
    job = approved(stage, stage.ada, "3h")
    due = Timer.objects.get(job=job["id"], kind="reminder").due_at
    stage.wait_until(due - timedelta(minutes=2))
    stage.holds().clock.turn_to(due - timedelta(seconds=30))
    return Task("workers.reminders.arm")


@scene("workers.sweeps.sweep")
def all_kinds_of_work_are_overdue(stage: PointStage) -> Task:
    """Inbound message, claim, event, agent, alarm, messages to send and look up, and shelved forms are overdue."""
    taken, mine = pending(stage, stage.ada), assigned(stage, stage.bisi, "5d")
    stage.twilio.faults.set(stage.ada.phone, FaultKind.CUT, count=1)
    stage.holds().says(stage.ada, "HELP")
    stage.work("inbox", "replies")
    stage.says(stage.ada, f"YES {taken['code']}")
    stage.work("inbox")
    stage.says(stage.ada, "What?")
    stage.asks("6d")
    stage.puts(mine, notes="The gate is green")
    stage.changes(stage.bisi, status="suspended")
    shelf.keep("inbound", an_inbound_form(phone="+2348030099999", Body="Hello"), {}, utc_now())
    sent = stage.twilio.sent_to(stage.bisi.phone)[-1]
    shelf.keep("receipt", {"MessageSid": sent.sid, "MessageStatus": "read"}, {}, utc_now())
    stage.tasks.fetch()
    stage.tasks.hints.clear()
    stage.clock.turn_to(stage.clock.now() + timedelta(seconds=70))
    return Task("workers.sweeps.sweep")


@scene("workers.sweeps.sweep")
def a_pause_is_over(stage: PointStage) -> Task:
    stage.says(stage.ada, "PAUSE 2H")
    stage.asks()
    Agent.find_and_update({"_id": ObjectId(stage.ada.id)}, {"$set": {"paused_until": utc_now()}})
    return Task("workers.sweeps.sweep")
