"""The only code that speaks to vendors, one package a channel."""
