"""Offers: the agents that a job was offered to, and the results."""

import pytest

from dispatch.models import Offer, OfferState
from dispatch.models.base.record import utc_now
from tests.builders import a_job, an_agent
from tests.tables import each_row

SHOWN = {"id", "agent_phone", "round", "state", "created_at", "claimed_at", "closed_at"}


@pytest.fixture
def offered(api):
    """A job with two offers in the first round and one in the second, and an offer of another job."""
    job, agents = a_job(), [an_agent(), an_agent()]
    first = Offer.make(job.id, 1, 1, [agent.id for agent in agents], utc_now())
    again = Offer.make(job.id, 2, 1, [agents[1].id], utc_now())
    Offer.make(a_job().id, 1, 1, [agents[0].id], utc_now())
    return job, agents, [*first, *again]


def test_offers_show_their_results(api, offered):
    job, agents, offers = offered
    now = utc_now()
    Offer.close(offers[0].id, OfferState.DECLINED)
    Offer.write_claim(offers[2].id, job.id, now, now)
    answer = api.get(f"/api/jobs/{job.id}/offers?sort=created_at")
    assert answer.status_code == 200
    declined, open_, claimed = answer.json
    assert set(declined) == SHOWN
    assert [row["id"] for row in answer.json] == [str(offer.id) for offer in offers]
    assert [row["agent_phone"] for row in answer.json] == [agents[0].phone, agents[1].phone, agents[1].phone]
    assert [row["round"] for row in answer.json] == [1, 1, 2]
    assert [row["state"] for row in answer.json] == ["declined", "open", "claimed"]
    assert claimed["claimed_at"] == now.isoformat()
    assert declined["closed_at"] > open_["created_at"]
    assert (open_["claimed_at"], open_["closed_at"], claimed["closed_at"]) == (None, None, None)


def test_a_job_without_offers_has_an_empty_list(api):
    assert api.get(f"/api/jobs/{a_job().id}/offers").json == []


@pytest.mark.parametrize("job_id", ["65f000000000000000000000", "nonsense"])
def test_offers_of_an_unknown_job_are_answered_404(api, job_id):
    assert api.get(f"/api/jobs/{job_id}/offers").status_code == 404


@each_row("query", ["page=0", "sort=round", "state=open", "updated_since=2027-01-15T13:00:00Z"])
def test_an_invalid_query_is_refused_with_the_parameter(api, offered, query):
    answer = api.get(f"/api/jobs/{offered[0].id}/offers?{query}")
    assert answer.status_code == 422
    assert list(answer.json["errors"]) == [query.partition("=")[0]]
