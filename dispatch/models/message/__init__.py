"""The message document: inbound, outbound, attempts and batches."""
