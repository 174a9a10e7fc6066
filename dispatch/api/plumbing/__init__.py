"""Code that all resources of the API share.

blueprint: request parsing, validation errors, and the documentation of answers.
bodies: a body that cannot be read is answered with 400.
errors: the one shape of every error.
idempotency: a POST that is repeated under the same Idempotency-Key is done once.
openapi: additions to the OpenAPI document.
paging: pages of a list.
"""
