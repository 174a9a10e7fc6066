"""Decisions about a job.

attention: the reasons why operations should look at a job.
attention_texts: the sentences of alarms about jobs.
codes: short names of jobs in chat.
plan: time and place of a visit, and changes of them.
states: the states of a job and the events that lead from one to another.
"""
