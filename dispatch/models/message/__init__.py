"""The message document, one part a file.

attempted: the attempts to send an outbound message.
batched: messages that are sent together.
doubted: accepted messages without receipts.
inbound: the fields and queries of inbound messages.
message: the document, with the fields of both directions.
ordered: the order of a person's messages.
outbound: the fields and queries of outbound messages.
"""
