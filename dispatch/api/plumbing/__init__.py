"""What all resources share: blueprint, errors, OpenAPI, paging, idempotency."""
