"""The use cases: load, ask the rules, write atomically, leave messages and timers behind."""
