"""The query parameters of every list."""

from marshmallow import Schema, fields
from marshmallow.validate import Range

#: Skipping rows costs MongoDB time; whoever needs more asks for larger pages or filters.
LAST_PAGE = 10_000
LARGEST = 100


class PageQuery(Schema):
    """Which page of a list."""

    page = fields.Integer(load_default=1, validate=Range(1, LAST_PAGE), metadata={"description": "From 1."})
    page_size = fields.Integer(load_default=20, validate=Range(1, LARGEST), metadata={"description": "Rows a page."})
