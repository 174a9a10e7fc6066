"""Tasks and documents as version 0.1.0 wrote them, literally: names here never change with the code.

documents: documents of each collection.
names: ids, phone numbers, and the names that documents contain.
tasks: tasks in Redis, and buffered forms.
"""
