"""The life of a job: its events, and the consequences of each.

assign: a person gives a job to an agent.
cancel: a job is cancelled or deleted.
claims: agents reply YES, and the earliest claim gets the job.
consequences: messages, offers and timers that each event leads to.
events: follow-up of a job's events, oldest first.
new_job: a posted inspection is saved with a free code.
release: a job is taken from its agent and offered again.
reminders: agent and client are reminded of a visit.
replan: time, place or details of a job change.
visit: the agent confirms, begins and completes a visit; a wrong completion is taken back.
"""
