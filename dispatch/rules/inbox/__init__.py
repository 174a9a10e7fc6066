"""Decisions about inbound messages: the meaning of a text, a tap or an emoji, and the act that follows.

vocabulary: the phrases that people write, one file a language.
words: reads the phrases of a text; a text with an unknown part means nothing.
text: splits a text into its word and its job codes.
pause_texts: pause requests and the moment at which the pause ends.
join_codes: codes that link a person to an agent.
buttons: the payload behind a button, and the meaning of a tap.
meaning: the act that a message asks for, and the job that it is about.
open_questions: the texts that a person must answer.
acts: the table of acts, by word and by how the job concerns the sender.
"""
