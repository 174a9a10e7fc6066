"""The use cases: load documents, ask the rules, write atomically, and write the messages and timers that follow.

alarms: reports to operations.
drafts: messages are rendered, saved and enqueued.
failures: runs work that may fail, and logs the failure.
message_keys: the unique keys of messages.
timers: sets, clears and arms timers.
"""
