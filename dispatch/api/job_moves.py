"""A job's way over REST: what the agent may do by WhatsApp, the platform may do here, and call it off."""

from typing import Any

from flask.views import MethodView
from flask_smorest import abort

from dispatch.actions.jobs import cancel, release, visit
from dispatch.actions.operations import put_back
from dispatch.api import job_views
from dispatch.api.plumbing import idempotency
from dispatch.api.plumbing.blueprint import Blueprint
from dispatch.api.schemas.jobs import JobSchema, ReasonSchema, ReleaseSchema
from dispatch.models import Agent, Job
from dispatch.models.base.record import utc_now
from dispatch.rules.jobs.states import OWNED, JobState

blp = Blueprint("visits", __name__, url_prefix="/api/jobs", description="A job's way from assigned to its end.")
job_shown, why, from_whom = JobSchema(), ReasonSchema(), ReleaseSchema()
_TOO_LATE = (
    "Its time has come, and nobody can be found in time: move it to another time first, or cancel or complete it."
)


@blp.route("/<job_id>/approve_schedule")
class ApproveSchedule(MethodView):
    """CONFIRM on the agent's behalf."""

    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Confirm the schedule on the agent's behalf; the client is told who comes."""
        job = job_views.found(job_id)
        request = idempotency.this_request()
        approved = job.agent and visit.confirm(job.id, job.agent, utc_now(), request=request)
        return _after(job, JobState.APPROVED, approved)


@blp.route("/<job_id>/complete_inspection")
class CompleteInspection(MethodView):
    """COMPLETE on the agent's behalf."""

    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Report an approved visit as made, on the agent's behalf."""
        job = job_views.found(job_id)
        return _after(job, JobState.COMPLETED, job.agent and visit.complete(job.id, job.agent, utc_now()))


@blp.route("/<job_id>/cancel")
class Cancel(MethodView):
    """Calling an inspection off."""

    @blp.arguments(why, required=False, example={"reason": "The property is sold"})
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def post(self, told: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Call an inspection off: client, agent and whoever was offered it are told."""
        job = job_views.found(job_id)
        return _after(job, JobState.CANCELLED, cancel.cancel(job.id, utc_now(), told.get("reason")))


@blp.route("/<job_id>/release")
class Release(MethodView):
    """Taking a job from its agent."""

    @blp.arguments(from_whom, required=False, example={"reason": "The agent has called in sick"})
    @blp.response(200, job_shown)
    @blp.fails(400, 404, 409, 413, 415)
    def post(self, told: dict[str, Any], job_id: str) -> dict[str, Any]:
        """Take a job from its agent and offer it to the others.

        409 once its time has come: nobody could be found in time. Move it to another time first; cancel or complete
        it where it has begun.
        """
        job, now, request = job_views.found(job_id), utc_now(), idempotency.this_request()
        if job.agent is None or job.state not in OWNED or job.was_caused_by(request):
            return _after(job, JobState.PENDING, None)
        if told.get("agent_phone") not in (None, Agent.must_get(job.agent).phone):
            job_views.refuse(job_id)
        if job.starts_at <= now:
            job_views.refuse(job_id, _TOO_LATE)
        released = release.release(job.id, now, agent=job.agent, reason=told.get("reason"), request=request)
        return _after(job, JobState.PENDING, released)


@blp.route("/<job_id>/retry")
class Retry(MethodView):
    """Putting back what is parked of a job."""

    @blp.response(200, job_shown)
    @blp.fails(404, 409)
    def post(self, job_id: str) -> dict[str, Any]:
        """Try again what is parked of a job.

        That is what has failed too often: to follow an event, to settle a claim, a timer. 409 when nothing of it is
        parked: then nothing happens. It works for a deleted job, too: people may still be to be told that it is off.
        """
        job = Job.get(job_id) or job_views.found(job_id)
        if not put_back.retry_job(job.id, utc_now()):
            state = Job.get(job.id) or job
            abort(409, message="Nothing of it is parked.", errors={"status": [state.status]})
        return job_views.shown(Job.get(job.id) or job)


def _after(job: Job, to: JobState, moved: Job | None) -> dict[str, Any]:
    """Show a job after its move; one that stood there before, or was moved by somebody else, is shown as it is.

    So is one that this very request had moved, wherever it has gone since: its answer was lost, it is asked again.
    """
    moved = moved or job_views.found(str(job.id))
    done = moved.state == to or moved.was_caused_by(idempotency.this_request())
    return job_views.shown(moved) if done else job_views.refuse(str(job.id))
