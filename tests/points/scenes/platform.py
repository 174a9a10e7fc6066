"""Scenes of the platform's requests and of Twilio's webhooks."""

from bson import ObjectId

from dispatch import redis_client
from dispatch.models import Agent, Job, Message
from dispatch.models.base.record import utc_now
from sandbox.twilio.faults import FaultKind
from tests.bodies import a_job_body, an_agent_body
from tests.builders import a_receipt_form, an_inbound_form
from tests.points.actions import Call, Form
from tests.points.scenes.table import scene
from tests.points.stage import PointStage
from tests.stories.people import Job as Asked
from tests.stories.people import when
from tests.stories.ways import approved, assigned, pending


def _on(job: Asked, what: str = "") -> str:
    return f"/api/jobs/{job['id']}{what}"


@scene("POST /api/jobs/")
def a_job_is_posted(stage: PointStage) -> Call:
    return Call("POST", "/api/jobs/", a_job_body(), keyed=True)


@scene("POST /api/jobs/")
def a_job_of_a_known_client_is_posted(stage: PointStage) -> Call:
    first = assigned(stage, stage.ada)
    body = a_job_body("4d", client__client_id=first["client_details"]["client_id"])
    return Call("POST", "/api/jobs/", body, keyed=True)


@scene("PUT /api/jobs/<job_id>")
def a_pending_job_is_moved(stage: PointStage) -> Call:
    return Call("PUT", _on(pending(stage, stage.ada)), when("3d"))


@scene("PUT /api/jobs/<job_id>")
def an_approved_job_is_moved(stage: PointStage) -> Call:
    return Call("PUT", _on(approved(stage, stage.ada)), when("3d"))


@scene("PUT /api/jobs/<job_id>")
def a_job_is_changed(stage: PointStage) -> Call:
    job = approved(stage, stage.ada)
    return Call("PUT", _on(job), {"notes": "The gate is green", "property": {"title": "Two-bedroom flat"}})


@scene("PATCH /api/jobs/<job_id>")
def a_job_is_patched(stage: PointStage) -> Call:
    return Call("PATCH", _on(approved(stage, stage.ada)), {"notes": None, "property": {"images": ["1.png"]}})


@scene("PUT /api/jobs/<job_id>")
def a_job_is_edited(stage: PointStage) -> Call:
    return Call("PUT", _on(approved(stage, stage.ada)), {"property": {"images": ["1.png"]}})


@scene("POST /api/jobs/<job_id>/assign", "event assigned")
def a_job_is_given_to_an_agent(stage: PointStage) -> Call:
    job = pending(stage, stage.ada)
    return Call("POST", _on(job, "/assign"), {"agent": stage.ada.id}, keyed=True)


@scene("POST /api/jobs/<job_id>/begin", "event in_progress")
def a_visit_is_begun(stage: PointStage) -> Call:
    return Call("POST", _on(approved(stage, stage.ada, "1h"), "/begin"), keyed=True)


@scene("POST /api/jobs/<job_id>/end_attention")
def a_reason_is_dealt_with(stage: PointStage) -> Call:
    job = assigned(stage, stage.ada)
    stage.says(stage.ada, "Where is the key?")
    return Call("POST", _on(job, "/end_attention"), {"reason": "needs_answer"}, keyed=True)


@scene("POST /api/messages/<message_id>/answered")
def a_question_is_answered(stage: PointStage) -> Call:
    assigned(stage, stage.ada)
    stage.says(stage.ada, "Where is the key?")
    question = Message.objects.get(needs_answer=True)
    return Call("POST", f"/api/messages/{question.id}/answered", keyed=True)


@scene("POST /api/jobs/<job_id>/approve_schedule", "event approved")
def a_job_is_approved(stage: PointStage) -> Call:
    return Call("POST", _on(assigned(stage, stage.ada), "/approve_schedule"), keyed=True)


@scene("POST /api/jobs/<job_id>/complete_inspection", "event completed")
def a_job_is_completed(stage: PointStage) -> Call:
    return Call("POST", _on(approved(stage, stage.ada, "90m"), "/complete_inspection"))


@scene("POST /api/jobs/<job_id>/reopen_visit", "event reopened")
def a_completed_job_is_reopened(stage: PointStage) -> Call:
    job = approved(stage, stage.ada, "90m")
    stage.does("complete_inspection", job)
    return Call("POST", _on(job, "/reopen_visit"), keyed=True)


@scene("POST /api/jobs/<job_id>/cancel")
def a_job_is_cancelled(stage: PointStage) -> Call:
    return Call("POST", _on(approved(stage, stage.ada), "/cancel"), {"reason": "Sold"})


@scene("POST /api/jobs/<job_id>/release")
def a_job_is_released(stage: PointStage) -> Call:
    return Call("POST", _on(approved(stage, stage.ada), "/release"), {"reason": "Ill"}, keyed=True)


@scene("DELETE /api/jobs/<job_id>")
def a_job_is_deleted(stage: PointStage) -> Call:
    return Call("DELETE", _on(approved(stage, stage.ada)), then=404)


@scene("POST /api/agents/")
def an_agent_is_created(stage: PointStage) -> Call:
    pending(stage, stage.ada)
    return Call("POST", "/api/agents/", an_agent_body(name="Chidi", agent_id="agent_chidi"), keyed=True)


@scene("PUT /api/agents/<key>")
def an_agent_is_made_inactive(stage: PointStage) -> Call:
    assigned(stage, stage.ada)
    pending(stage, stage.ada, "4d")
    body = {"name": "Ada", "phone": stage.ada.phone, "status": "suspended"}
    return Call("PUT", f"/api/agents/{stage.ada.id}", body)


@scene("PUT /api/agents/<key>")
def an_agent_is_made_active(stage: PointStage) -> Call:
    stage.changes(stage.ada, status="suspended")
    pending(stage, stage.ada)
    return Call("PUT", f"/api/agents/{stage.ada.id}", {"status": "active"})


@scene("PATCH /api/agents/<key>")
def an_agent_is_patched(stage: PointStage) -> Call:
    assigned(stage, stage.ada)
    return Call("PATCH", f"/api/agents/{stage.ada.id}", {"status": "inactive", "zone": None})


@scene("PUT /api/agents/<key>")
def an_agent_gets_another_number_while_a_message_waits(stage: PointStage) -> Call:
    job = approved(stage, stage.ada)
    stage.twilio.faults.set(stage.ada.phone, FaultKind.TOO_MANY)
    stage.puts(job, notes="The gate is green")
    return Call("PUT", f"/api/agents/{stage.ada.id}", {"name": "Ada", "phone": "+2348039990001"})


@scene("DELETE /api/agents/<key>")
def an_agent_is_deleted_by_the_platform(stage: PointStage) -> Call:
    pending(stage, stage.ada)
    return Call("DELETE", f"/api/agents/{stage.ada.id}", then=404)


@scene("PUT /api/clients/<path:client_id>")
def a_client_is_changed(stage: PointStage) -> Call:
    job = approved(stage, stage.ada)
    body = {"name": "Jane Doe", "phone": "+2348030088888"}
    stage.asks("4d", **{f"client__{name}": value for name, value in job["client_details"].items()})
    return Call("PUT", f"/api/clients/{job['client_details']['client_id']}", body)


@scene("PATCH /api/clients/<path:client_id>")
def a_client_is_patched(stage: PointStage) -> Call:
    job = approved(stage, stage.ada)
    return Call("PATCH", f"/api/clients/{job['client_details']['client_id']}", {"name": "Jane Doe", "email": None})


@scene("POST /api/messages/<message_id>/retry")
def a_parked_reply_is_retried(stage: PointStage) -> Call:
    pending(stage, stage.ada)
    stage.holds().says(stage.ada, "YES")
    parked = {"$set": {"status": "parked", "error": "x"}, "$unset": {"unhandled": 1, "next_attempt_at": 1}}
    message = Message.find_and_update({"direction": "inbound"}, parked)
    return Call("POST", f"/api/messages/{message.id}/retry", then=409)


@scene("POST /api/jobs/<job_id>/retry")
def a_parked_event_is_retried(stage: PointStage) -> Call:
    job = ObjectId(stage.holds().asks()["id"])
    stage.tasks.hints.clear()
    redis_client.client().delete("broadcasting")
    events = Job.get(job).unfollowed
    aside = {"$set": {"set_aside": events, "unfollowed": [], "parked_at": utc_now()}, "$unset": {"follow_up_at": 1}}
    Job.find_and_update({"_id": job}, aside)
    return Call("POST", f"/api/jobs/{job}/retry", then=409)


@scene("POST /api/agents/<key>/join-code")
def a_join_code_is_created(stage: PointStage) -> Call:
    return Call("POST", f"/api/agents/{stage.ada.id}/join-code")


@scene("POST /api/agents/<key>/retry")
def an_agents_parked_follow_up_is_retried(stage: PointStage) -> Call:
    pending(stage, stage.ada)
    with stage.unfollowed():
        stage.changes(stage.ada, status="suspended")
    Agent.find_and_update(
        {"_id": ObjectId(stage.ada.id)}, {"$set": {"parked_at": utc_now()}, "$unset": {"follow_up_at": 1}}
    )
    return Call("POST", f"/api/agents/{stage.ada.id}/retry", then=409)


@scene("POST /api/webhooks/twilio/whatsapp")
def an_inbound_message_is_posted(stage: PointStage) -> Form:
    pending(stage, stage.ada)
    stage.holds()
    return Form("/api/webhooks/twilio/whatsapp", an_inbound_form(phone=stage.ada.phone, Body="YES"))


@scene("POST /api/webhooks/twilio/status")
def a_receipt_is_posted(stage: PointStage) -> Form:
    pending(stage, stage.ada)
    stage.holds()
    sent = stage.twilio.sent_to(stage.ada.phone)[-1]
    path = sent.status_callback.partition("#")[0].partition("/api/")[2]
    return Form(f"/api/{path}", a_receipt_form(sent.sid, "delivered"))


@scene("POST /api/webhooks/twilio/status")
def a_receipt_reports_a_block(stage: PointStage) -> Form:
    pending(stage, stage.ada)
    stage.holds()
    sent = stage.twilio.sent_to(stage.ada.phone)[-1]
    path = sent.status_callback.partition("#")[0].partition("/api/")[2]
    return Form(f"/api/{path}", a_receipt_form(sent.sid, "failed", ErrorCode="21610"))
