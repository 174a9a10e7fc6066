"""Bodies of POST /api/jobs/: a refused body is answered with its field; an unusual but valid body is accepted."""

import json
from datetime import date, timedelta

import pytest
from marshmallow import ValidationError

from dispatch.api.schemas import fields
from dispatch.models import Client, Job, Property
from dispatch.models.base.record import utc_now
from tests.builders import LEFT_OUT, a_job_body
from tests.tables import each_row

LONG_AGO, SOON = "2020-01-15", (utc_now() + timedelta(days=30)).date().isoformat()
_MARCH = date(utc_now().year + 1, 3, 31)
#: The last Sunday of a future March: on this day Berlin has no 02:30.
CLOCKS_CHANGE = (_MARCH - timedelta(days=_MARCH.isoweekday() % 7)).isoformat()
TOO_FAR = (utc_now() + timedelta(days=6 * 366)).date().isoformat()

BAD = [
    pytest.param({"property__property_id": LEFT_OUT}, "property.property_id", id="no property_id"),
    pytest.param({"property": LEFT_OUT}, "property", id="no property"),
    pytest.param({"property": None}, "property", id="a property of null"),
    pytest.param({"property": "prop_1"}, "property", id="a property of text"),
    pytest.param({"property": []}, "property", id="a property of nothing"),
    pytest.param({"client": LEFT_OUT}, "client", id="no client"),
    pytest.param({"property__title": "  "}, "property.title", id="a blank title"),
    pytest.param({"property__title": "x" * 201}, "property.title", id="a long title"),
    pytest.param({"property__title": 7}, "property.title", id="a title of a number"),
    pytest.param({"property__title": None}, "property.title", id="a title of null"),
    pytest.param({"property__title": "\u200b"}, "property.title", id="a title of an invisible character"),
    pytest.param({"property__title": "\u3164 \u2800"}, "property.title", id="a title of blank letters"),
    pytest.param({"property__address": "\u0301\u200d"}, "property.address", id="an address of combining marks"),
    pytest.param({"property__property_id": "\ufeff"}, "property.property_id", id="an invisible property_id"),
    pytest.param({"property__features": ["\u2060"]}, "property.features.0", id="an invisible feature"),
    pytest.param({"client__name": "\u202e\u00ad"}, "client.name", id="a client's name of format characters"),
    pytest.param({"client__client_id": "\uffa0"}, "client.client_id", id="an invisible client_id"),
    pytest.param({"property__title": "a\0b"}, "property.title", id="a NUL in the title"),
    pytest.param({"property__description": "a\0b"}, "property.description", id="a NUL in the description"),
    pytest.param({"property__address": "a\x1bb"}, "property.address", id="a control character"),
    pytest.param({"property__address": "\ud83d"}, "property.address", id="half an emoji"),
    pytest.param({"property__address": LEFT_OUT}, "property.address", id="no address"),
    pytest.param({"property__price": -1}, "property.price", id="a negative price"),
    pytest.param({"property__price": 10**15 + 1}, "property.price", id="an absurd price"),
    pytest.param({"property__price": 10**4000}, "property.price", id="a price of 4,001 digits"),
    pytest.param({"property__price": -(10**4000)}, "property.price", id="a negative one"),
    pytest.param({"property__price": 1e16}, "property.price", id="an absurd float"),
    pytest.param({"property__price": "50000000"}, "property.price", id="a price of text"),
    pytest.param({"property__price": True}, "property.price", id="a price of true"),
    pytest.param({"property__bedrooms": 2.5}, "property.bedrooms", id="half a bedroom"),
    pytest.param({"property__bedrooms": "3"}, "property.bedrooms", id="bedrooms of text"),
    pytest.param({"property__bedrooms": True}, "property.bedrooms", id="bedrooms of true"),
    pytest.param({"property__bedrooms": -1}, "property.bedrooms", id="minus one bedroom"),
    pytest.param({"property__bathrooms": 1001}, "property.bathrooms", id="absurd bathrooms"),
    pytest.param({"property__features": "pool"}, "property.features", id="features of text"),
    pytest.param({"property__features": {"pool": 1}}, "property.features", id="features of an object"),
    pytest.param({"property__features": ["x"] * 51}, "property.features", id="too many features"),
    pytest.param({"property__features": ["pool", 7]}, "property.features.1", id="a feature of a number"),
    pytest.param({"property__images": ["x" * 501]}, "property.images.0", id="a long image"),
    pytest.param({"property__nonsense": 1}, "property.nonsense", id="an unknown field of the property"),
    pytest.param({"nonsense": 1}, "nonsense", id="an unknown field"),
    pytest.param({"$where": "1"}, "$where", id="a field with a dollar"),
    pytest.param({"client__client_id": 4711}, "client.client_id", id="a client_id of a number"),
    pytest.param({"client__name": "x" * 201}, "client.name", id="a long name"),
    pytest.param({"client__phone": "12"}, "client.phone", id="an impossible phone"),
    pytest.param({"client__phone": "call me"}, "client.phone", id="a phone of words"),
    pytest.param({"client__phone": "+2348012345678\0"}, "client.phone", id="a NUL in the phone"),
    pytest.param({"client__phone": 2348012345678}, "client.phone", id="a phone of a number"),
    pytest.param({"client__phone": "1" * 5000}, "client.phone", id="a very long phone"),
    pytest.param({"client__email": "john.example.com"}, "client.email", id="no email"),
    pytest.param({"inspection_date": LONG_AGO}, "inspection_date", id="the past"),
    pytest.param({"inspection_date": TOO_FAR}, "inspection_date", id="too far ahead"),
    pytest.param({"inspection_date": "9999-12-31"}, "inspection_date", id="the end of the calendar"),
    pytest.param({"inspection_date": "2027-02-30"}, "inspection_date", id="no such day"),
    pytest.param({"inspection_date": "2027-1-15"}, "inspection_date", id="a date without its zero"),
    pytest.param({"inspection_date": "2027-W02-5"}, "inspection_date", id="a week date"),
    pytest.param({"inspection_date": "２０２７-01-15"}, "inspection_date", id="other digits"),
    pytest.param({"inspection_date": "2027-01-15\n"}, "inspection_date", id="a line break after the date"),
    pytest.param({"inspection_date": 20270115}, "inspection_date", id="a date of a number"),
    pytest.param({"inspection_time": "25:99"}, "inspection_time", id="no such time"),
    pytest.param({"inspection_time": "24:00"}, "inspection_time", id="midnight as 24:00"),
    pytest.param({"inspection_time": "2pm"}, "inspection_time", id="2pm"),
    pytest.param({"inspection_time": "14:00:00"}, "inspection_time", id="with seconds"),
    pytest.param({"inspection_time": LEFT_OUT}, "inspection_time", id="no time"),
    pytest.param({"timezone": "Lagos"}, "timezone", id="no such zone"),
    pytest.param({"timezone": "../../etc/passwd"}, "timezone", id="a path for a zone"),
    pytest.param({"timezone": 1}, "timezone", id="a zone of a number"),
    pytest.param(
        {"timezone": "Europe/Berlin", "inspection_date": CLOCKS_CHANGE, "inspection_time": "02:30"},
        "inspection_time",
        id="a local time that does not exist",
    ),
    pytest.param({"notes": "x" * 2001}, "notes", id="long notes"),
    pytest.param({"notes": "a\0b"}, "notes", id="a NUL in the notes"),
]


def named(errors, path=()):
    """Return the fields in an answer's errors, as dotted paths."""
    if not isinstance(errors, dict):
        return {".".join(path)}
    return set().union(*(named(inner, path if key == "_schema" else (*path, key)) for key, inner in errors.items()))


@each_row(("changes", "field"), BAD)
def test_an_invalid_body_is_refused_with_the_field(api, changes, field):
    zone = changes.pop("timezone", None)
    body = a_job_body(**changes) | ({"timezone": zone} if zone else {})
    answer = api.post("/api/jobs/", json=body)
    assert answer.status_code == 422
    assert named(answer.json["errors"]) == {field}
    assert [Job.objects.count(), Client.objects.count(), Property.objects.count()] == [0, 0, 0]


@each_row("number", ["9" * 5000, "-" + "9" * 5000, "1e400"])
def test_a_number_with_thousands_of_digits_is_refused_with_the_field(api, number):
    body = json.dumps(a_job_body(property__price=50000000)).replace("50000000", number)
    answer = api.post("/api/jobs/", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert named(answer.json["errors"]) == {"property.price"}


GOOD = [
    pytest.param({}, {"notes": "Client prefers afternoon viewing", "timezone": "Africa/Lagos"}, id="the example"),
    pytest.param({"notes": LEFT_OUT}, {"notes": None}, id="no notes"),
    pytest.param({"notes": " two\r\nlines\t. "}, {"notes": "two\nlines\t."}, id="notes of lines"),
    pytest.param({"notes": "x" * 2000}, {"notes": "x" * 2000}, id="the longest notes"),
    pytest.param({"property__title": " A  fine\nhouse "}, {"property_details__title": "A fine house"}, id="a title"),
    pytest.param({"property__price": 0}, {"property_details__price": 0}, id="for nothing"),
    pytest.param({"property__price": 10**15}, {"property_details__price": 10**15}, id="the highest price"),
    pytest.param({"property__price": 12.5}, {"property_details__price": 12.5}, id="a price with cents"),
    pytest.param({"property__bathrooms": 2.5}, {"property_details__bathrooms": 2.5}, id="half a bathroom"),
    pytest.param({"property__bedrooms": 3.0}, {"property_details__bedrooms": 3}, id="a whole number with a fraction"),
    pytest.param({"property__images": []}, {"property_details__images": []}, id="no images"),
    pytest.param(
        {"property__features": ["pool", "Öl 👍"], "property__zone": "Lekki", "property__currency": "NGN"},
        {"property_details__features": ["pool", "Öl 👍"], "property_details__zone": "Lekki"},
        id="what may be added",
    ),
    pytest.param({"client__phone": "0801 234 5678"}, {"client_details__phone": "+2348012345678"}, id="a local phone"),
    pytest.param({"client__email": ""}, {"client_details__email": None}, id="a blank email"),
    pytest.param({"timezone": "Europe/Berlin"}, {"timezone": "Europe/Berlin"}, id="a zone"),
    pytest.param({"inspection_date": SOON, "inspection_time": "00:00"}, {"inspection_time": "00:00"}, id="midnight"),
]


@pytest.mark.parametrize(("changes", "shown"), GOOD)
def test_a_valid_body_is_accepted(api, changes, shown):
    answer = api.post("/api/jobs/", json=a_job_body(**changes))
    assert answer.status_code == 201, answer.json
    for name, value in shown.items():
        found = answer.json
        for part in name.split("__"):
            found = found[part]
        assert found == value


def test_a_blank_time_zone_is_the_default(api):
    body = a_job_body() | {"timezone": " "}
    assert api.post("/api/jobs/", json=body).json["timezone"] == "Africa/Lagos"


@each_row("text", ["24:00", "24:30", "1:00", "13:60"])
def test_time_of_day_is_refused_by_its_form_whatever_python_reads(monkeypatch, text):
    """Python 3.14 reads 24:00 as midnight."""

    class ReadsAll:
        fromisoformat = str

    monkeypatch.setattr(fields, "time", ReadsAll)
    assert fields.LocalTime().deserialize("23:59") == "23:59"
    with pytest.raises(ValidationError):
        fields.LocalTime().deserialize(text)


@each_row("query", ["2027-01-15T24:00:00Z", "2027-01-15T24:00Z"])
def test_moment_with_hour_24_is_refused(api, query):
    answer = api.get(f"/api/jobs/?updated_since={query}")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["updated_since"])
