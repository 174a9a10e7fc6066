"""Moves of a job over REST: assign, confirm, begin, complete, cancel, release; and retry its failed work."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort
from pymongo.errors import DuplicateKeyError

from config.settings import settings
from dispatch.actions.inbox import open_questions
from dispatch.actions.jobs import assign, cancel, release, visit
from dispatch.actions.operations import put_back
from dispatch.api import job_views
from dispatch.api.plumbing import idempotency
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.jobs import AssignSchema, EndAttentionSchema, JobSchema, ReasonSchema, ReleaseSchema
from dispatch.models import Agent, Job
from dispatch.models.base.record import utc_now
from dispatch.rules import phones, timing
from dispatch.rules.jobs.attention import Reason
from dispatch.rules.jobs.states import OWNED, Actor, JobState

blp = Blueprint("job_moves", __name__, url_prefix="/api/jobs", description="A job's moves from one state to the next.")
job_shown, why, from_whom, to_whom = JobSchema(), ReasonSchema(), ReleaseSchema(), AssignSchema()
done = EndAttentionSchema()
_TOO_LATE = "The time of this visit has come: move the job to another time first, or cancel or complete it."
_BEFORE_ITS_DAY = "Not possible yet: the day of the visit has not begun in its time zone."
_AGENT_DELETED = "The agent of this job has been deleted: post the inspection again."
_CODE_USED = "Another open job has the code of this job now: post the inspection again."
_OTHER_AGENT = "This job is not assigned to the agent with this `agent_phone`."


_BEGUN = "The time of this visit has come: move the job to another time first."
_TOO_EARLY = "Not possible yet: a visit begins at most two hours before its time."
_NO_AGENT = "There is no such agent."
_INACTIVE = "This agent is not active."


@blp.route("/<job_id>/assign")
class Assign(MethodView):
    """The assignment of a job by a person."""

    @blp.doc(operationId="assign_job")
    @blp.arguments(to_whom, example={"agent": "agent_42"})
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def post(self, given: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Give a pending job to an agent, as if the agent had replied YES first.

        The agent is asked to confirm; the other agents with an offer are informed that the job is taken. 409 when the
        job is not pending, when the time of the visit has come, or when the agent is not active. 422 when there is no
        such agent.
        """
        job, now, request = job_views.found(job_id), utc_now(), idempotency.this_request()
        agent = _agent(given["agent"])
        if job.state == JobState.PENDING and not job.was_caused_by(request):
            if not agent.is_active:
                job_views.refuse(job_id, _INACTIVE)
            if job.starts_at <= now:
                job_views.refuse(job_id, _BEGUN)
            job = assign.assign(job, agent, now, request) or job_views.found(job_id)
        done = (job.state in OWNED and job.agent == agent.id) or job.was_caused_by(request)
        return job_views.shown(job) if done else job_views.refuse(job_id, to=JobState.ASSIGNED)


@blp.route("/<job_id>/approve_schedule")
class ApproveSchedule(MethodView):
    """The confirmation of a schedule."""

    @blp.doc(operationId="approve_schedule")
    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Confirm the schedule on the agent's behalf; the client is informed."""
        job = job_views.found(job_id)
        request = idempotency.this_request()
        approved = job.agent and visit.confirm(job.id, job.agent, utc_now(), request=request)
        return _after(job, JobState.APPROVED, approved)


@blp.route("/<job_id>/begin")
class Begin(MethodView):
    """The beginning of a visit."""

    @blp.doc(operationId="begin_inspection")
    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Begin an approved visit on the agent's behalf, at most two hours before its time."""
        job, now, request = job_views.found(job_id), utc_now(), idempotency.this_request()
        if job.state == JobState.APPROVED and not timing.may_begin(job.starts_at, now):
            job_views.refuse(job_id, _TOO_EARLY)
        begun = job.agent and visit.begin(job.id, job.agent, now, request=request)
        return _after(job, JobState.IN_PROGRESS, begun)


@blp.route("/<job_id>/complete_inspection")
class CompleteInspection(MethodView):
    """The completion of an inspection."""

    @blp.doc(operationId="complete_inspection")
    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Mark an approved inspection as completed. 409 before the day of the visit in its time zone."""
        job, now = job_views.found(job_id), utc_now()
        if visit.is_too_early(job, JobState.COMPLETED, now):
            job_views.refuse(job_id, _BEFORE_ITS_DAY)
        return _after(job, JobState.COMPLETED, job.agent and visit.complete(job.id, job.agent, now))


@blp.route("/<job_id>/reopen_visit")
class ReopenVisit(MethodView):
    """The undoing of a wrong completion."""

    @blp.doc(operationId="reopen_visit")
    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Take a wrong completion back; agent and client are informed that the visit is not over.

        The job keeps its agent and is `approved` again, or `in_progress` if the visit had begun. 409 when the job is
        not completed, when its agent has been deleted, or when another open job has its code now: then post the
        inspection again.
        """
        job, request = job_views.found(job_id), idempotency.this_request()
        if job.was_caused_by(request):
            return job_views.shown(job)
        if job.state == JobState.COMPLETED and not Agent.must_get(job.agent).present:
            job_views.refuse(job_id, _AGENT_DELETED)
        try:
            reopened = visit.reopen(job.id, utc_now(), request)
        except DuplicateKeyError:
            job_views.refuse(job_id, _CODE_USED)
        return job_views.shown(reopened) if reopened else job_views.refuse(job_id, to=JobState.COMPLETED)


@blp.route("/<job_id>/cancel")
class Cancel(MethodView):
    """The cancellation of a job."""

    @blp.doc(operationId="cancel_job")
    @blp.arguments(why, required=False, example={"reason": "The property is sold"})
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def post(self, given: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Cancel a job; the client, the agent and all agents with an open offer are informed."""
        job = job_views.found(job_id)
        return _after(job, JobState.CANCELLED, cancel.cancel(job.id, utc_now(), given.get("reason")))


@blp.route("/<job_id>/release")
class Release(MethodView):
    """The release of a job."""

    @blp.doc(operationId="release_job")
    @blp.arguments(from_whom, required=False, example={"reason": "The agent has called in sick"})
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def post(self, given: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Remove the agent from a job and offer the job to other agents.

        409 when the time of the visit has come, as no other agent can be found in time. Move the job to another time
        first. If the visit has begun, cancel or complete the job.
        """
        job, now, request = job_views.found(job_id), utc_now(), idempotency.this_request()
        if job.agent is None or job.state not in OWNED or job.was_caused_by(request):
            return _after(job, JobState.PENDING, None)
        if given.get("agent_phone") not in (None, phones.key_of(Agent.must_get(job.agent).phone)):
            job_views.refuse(job_id, _OTHER_AGENT)
        if job.starts_at <= now:
            job_views.refuse(job_id, _TOO_LATE)
        released = release.release(
            job.id, now, agent=job.agent, reason=given.get("reason"), request=request, by=Actor.PLATFORM
        )
        return _after(job, JobState.PENDING, released)


@blp.route("/<job_id>/end_attention")
class EndAttention(MethodView):
    """A reason for attention that a person ends."""

    @blp.doc(operationId="end_attention")
    @blp.arguments(done, example={"reason": Reason.CLIENT_NOT_REACHED.value})
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 413, 415)
    def post(self, given: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Note that you have done what a reason for attention asks for, such as calling the client.

        Nothing changes if the reason does not stand. Other reasons end with the job's next step.
        """
        job = job_views.found(job_id)
        open_questions.end_attention(job.id, Reason(given["reason"]), utc_now())
        return job_views.shown(job_views.found(job_id))


@blp.route("/<job_id>/retry")
class Retry(MethodView):
    """Failed work of a job."""

    @blp.doc(operationId="retry_failed_work_of_job")
    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Retry the failed work of a job.

        Work is given up after several tries: following up an event, deciding about a YES, or firing a timer. 409 when
        no work of this job has failed: then nothing changes. A deleted job can be retried, too, as people may still
        have to be informed of its cancellation.
        """
        job = Job.get(job_id) or job_views.found(job_id)
        if not put_back.retry_job(job.id, utc_now()):
            state = Job.get(job.id) or job
            abort(409, message="This job has no failed work to retry.", errors={"status": [state.status]})
        return job_views.shown(Job.get(job.id) or job)


def _agent(key: str) -> Agent:
    """Return the agent with this id, agent_id or phone number. Answer 422 if there is none."""
    try:
        phone = phones.canonical(key, settings().defaults.region)
    except phones.PhoneError:
        phone = None
    agent = Agent.find(key) or (phone and Agent.by_phone(phone))
    return agent or abort(422, message="Some fields are not valid.", errors={"agent": [_NO_AGENT]})


def _after(job: Job, to: JobState, moved: Job | None) -> dict[str, Any]:
    """Return a job as shown after its move to a state. Answer 409 if the job is in another state.

    A job that was in this state before is shown as it is. A job that this request has already moved is shown in its
    present state: the first answer was lost, and the client has repeated its request.
    """
    moved = moved or job_views.found(str(job.id))
    done = moved.state == to or moved.was_caused_by(idempotency.this_request())
    return job_views.shown(moved) if done else job_views.refuse(str(job.id), to=to)
