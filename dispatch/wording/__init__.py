"""The texts that people receive, one TOML file a language, and the code that renders them.

catalogue: the texts of one language, read from its file once.
facts: the variables of a job or a moment, as local date and time.
formatting: signs that WhatsApp would read as formatting.
rendering: a text and its variables become the message that is sent.
templates: the WhatsApp templates, derived from the texts.
"""
