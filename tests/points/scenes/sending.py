"""Scenes of sending messages, of look-ups, and of alarms to operations."""

from bson import ObjectId

from dispatch.channels.whatsapp import templates as at_twilio
from dispatch.models import Job, Template
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.outbox.window import Approval
from dispatch.wording import templates as worded
from sandbox.twilio.faults import FaultKind
from tests.points.actions import Task
from tests.points.scenes.table import scene
from tests.points.stage import PointStage
from tests.stories.ways import assigned, pending

REPLIES, BULK = "workers.notifications.send_replies", "workers.notifications.send_bulk"
LOOK_UP, ALERT = "workers.notifications.look_up", "workers.notifications.alert"
ASK_AFTER = "workers.notifications.ask_after"
RING, TEMPLATES = "workers.notifications.ring", "workers.notifications.look_at_templates"


def _written(stage: PointStage) -> Task:
    stage.holds().says(stage.ada, "HELP")
    stage.work("inbox")
    return stage.hint(REPLIES)


@scene(REPLIES)
def a_reply_is_sent(stage: PointStage) -> Task:
    return _written(stage)


@scene(REPLIES)
def a_reply_is_refused(stage: PointStage) -> Task:
    stage.twilio.faults.set(stage.ada.phone, FaultKind.REFUSED, code=63024)
    return _written(stage)


@scene(REPLIES)
def a_reply_gets_429(stage: PointStage) -> Task:
    stage.twilio.faults.set(stage.ada.phone, FaultKind.TOO_MANY, count=1)
    return _written(stage)


@scene(BULK)
def an_offer_is_sent(stage: PointStage) -> Task:
    stage.changes(stage.bisi, status="inactive")
    stage.holds().asks()
    stage.work("broadcasting")
    return stage.hint(BULK)


@scene(BULK)
def a_void_message_is_withdrawn(stage: PointStage) -> Task:
    stage.changes(stage.bisi, status="inactive")
    job = stage.holds().asks()
    stage.work("broadcasting")
    stage.does("cancel", job)
    return stage.hint(BULK)


def _unknown(stage: PointStage, fault: FaultKind) -> Task:
    stage.twilio.faults.set(stage.ada.phone, fault, count=1)
    stage.holds().says(stage.ada, "HELP")
    stage.work("inbox", "replies")
    stage.wait(seconds=25)
    stage.tasks.beat("workers.sweeps.sweep")
    return stage.hint(LOOK_UP)


@scene(LOOK_UP, "look-up found")
def a_look_up_finds_the_message(stage: PointStage) -> Task:
    return _unknown(stage, FaultKind.CUT_ACCEPTED)


@scene(LOOK_UP, "look-up blank")
def a_look_up_finds_nothing(stage: PointStage) -> Task:
    return _unknown(stage, FaultKind.CUT)


@scene(LOOK_UP, "look-up blank twice")
def a_second_look_up_finds_nothing(stage: PointStage) -> Task:
    _unknown(stage, FaultKind.CUT).run(stage.api)
    stage.wait(seconds=45)
    stage.tasks.beat("workers.sweeps.sweep")
    return stage.hint(LOOK_UP)


@scene(LOOK_UP, "look-up failed")
def a_look_up_fails(stage: PointStage) -> Task:
    task = _unknown(stage, FaultKind.CUT_ACCEPTED)
    stage.twilio.faults.set(stage.ada.phone, FaultKind.LOOKUP_500, count=1)
    return task


@scene(RING)
def alarm_about_a_job_without_an_agent_is_posted(stage: PointStage) -> Task:
    pending(stage, stage.ada)
    stage.says(stage.bisi, "NO")
    stage.holds().says(stage.ada, "NO")
    stage.work("inbox")
    return stage.hint(RING)


@scene(RING)
def alarm_about_an_inactive_agent_is_posted(stage: PointStage) -> Task:
    assigned(stage, stage.ada)
    stage.holds().changes(stage.ada, status="suspended")
    return stage.hint(RING)


@scene(ALERT)
def alarm_about_a_job_is_recorded(stage: PointStage) -> Task:
    """A task of version 0.1.0: the job is marked, and there is no row for its alarm yet."""
    job = assigned(stage, stage.ada)
    stage.holds()
    Job.flag_attention(ObjectId(job["id"]), Reason.AGENT_INACTIVE, utc_now())
    return Task(ALERT, (job["id"],))


@scene(ASK_AFTER)
def a_message_gets_no_receipt(stage: PointStage) -> Task:
    stage.twilio.faults.set(stage.ada.phone, FaultKind.NO_RECEIPTS)
    stage.says(stage.ada, "HELP")
    stage.holds().wait(hours=2)
    stage.tasks.beat("workers.sweeps.sweep")
    return stage.hint(ASK_AFTER)


@scene(RING)
def operations_are_told_of_an_error(stage: PointStage) -> Task:
    stage.twilio.faults.set(stage.ada.phone, FaultKind.REFUSED, code=63007)
    stage.holds().says(stage.ada, "HELP")
    stage.work("inbox")
    stage.work("replies")
    return stage.hint(RING)


@scene(TEMPLATES)
def a_template_is_refused(stage: PointStage) -> Task:
    """The scene's own messages are sent as text, so the template carries none of them."""
    wording = worded.template("offer_held", "fr")
    sid = at_twilio.create(wording.name, wording.locale, wording.body, wording.samples, wording.buttons)
    at_twilio.submit(sid, wording.name, "UTILITY")
    stage.twilio.decide(sid, "rejected", reason="It sounds like marketing")
    facts = {"name": wording.name, "key": wording.key, "language": "fr", "category": "UTILITY", "body": wording.body}
    Template.record_push(facts, sid, Approval.PENDING, utc_now())
    return Task(TEMPLATES)
