"""Offers of a job: to which agents, and when.

crossed_replies: replies that crossed with a move of the job.
reach: a job that no agent can have heard of.
rounds: a round of offers opens, closes, and its other agents are informed.
same_agent: a client with a visit ahead keeps the same agent.
"""
