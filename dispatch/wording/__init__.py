"""Every sentence a person receives: one catalogue a language, and its renderer."""
