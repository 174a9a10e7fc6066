"""A job's PUT names a property or parts of it: the property's own record keeps the parts that were not named."""

from tests.stories.desk import StoryDesk
from tests.stories.people import Person
from tests.stories.ways import pending

ONE = {"property__property_id": "P1", "property__title": "The one", "property__address": "1 Old Street"}
OTHER = {"property__property_id": "P2", "property__title": "The other", "property__address": "9 Far Road"}


def known(desk: StoryDesk, property_id: str) -> tuple[str, str]:
    """Return the title and the address in a property's own record."""
    shown = desk.call("GET", f"/api/properties/{property_id}")
    return shown["title"], shown["address"]


def test_put_of_an_older_job_does_not_restore_old_property_data(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada, **ONE)
    pending(desk, ada, **{**ONE, "property__address": "1 New Street"})
    desk.puts(job, property={"title": "Number one"})
    assert known(desk, "P1") == ("Number one", "1 New Street")
    assert desk.job(job)["property_details"]["address"] == "1 Old Street"


def test_put_of_another_property_moves_the_inspection_there(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada, **ONE)
    pending(desk, ada, **OTHER, property__bedrooms=7)
    desk.puts(job, property={"property_id": "P2", "price": 5})
    there = desk.job(job)["property_details"]
    assert (there["title"], there["address"], there["bedrooms"], there["price"]) == ("The other", "9 Far Road", 7, 5)
    assert "9 Far Road" in desk.last(ada)
    assert known(desk, "P2") == ("The other", "9 Far Road")
    assert known(desk, "P1") == ("The one", "1 Old Street")


def test_put_of_an_unknown_property_needs_title_and_address(desk: StoryDesk, ada: Person) -> None:
    job = pending(desk, ada, **ONE)
    answer = desk.puts(job, 422, property={"property_id": "P3", "title": "The third"})
    assert list(answer["errors"]["property"]) == ["address"]
    assert desk.job(job)["property_id"] == "P1"
    desk.call("GET", "/api/properties/P3", expect=404)
    desk.puts(job, property={"property_id": "P3", "title": "The third", "address": "3 New Road"})
    assert known(desk, "P3") == ("The third", "3 New Road")
    assert "bedrooms" not in desk.job(job)["property_details"]
