"""Properties: shown with their latest data."""

from tests.builders import LEFT_OUT, a_job_body


def test_a_property_is_shown_with_its_latest_data(api):
    body = a_job_body(property__property_id="p1", property__zone="Lekki", property__features=["pool"])
    api.post("/api/jobs/", json=body)
    shown = api.get("/api/properties/p1").json
    made, changed = shown.pop("created_at"), shown.pop("updated_at")
    assert shown == body["property"]
    assert made == changed
    again = a_job_body(property__property_id="p1", property__price=7, property__area=LEFT_OUT)
    api.post("/api/jobs/", json=again)
    shown = api.get("/api/properties/p1/").json
    assert shown.pop("created_at") == made
    assert shown.pop("updated_at") > changed
    assert shown == again["property"]


def test_an_unknown_property_is_answered_404(api):
    answer = api.get("/api/properties/p1")
    assert (answer.status_code, answer.json["errors"]) == (404, {})
