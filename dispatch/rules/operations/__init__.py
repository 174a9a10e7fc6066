"""Decisions for the people who run the desk.

job_laws: the laws of the consistency check about jobs.
why: why an agent has a job or not.
why_causes: the causes, as the API shows them.
why_facts: the facts that decide.
why_table: one line for each case, with its condition and sentence.
work_laws: the laws about offers, timers, messages and replies.
"""
