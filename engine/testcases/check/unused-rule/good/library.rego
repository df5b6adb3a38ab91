package lib.strings

# Functions for others.
shout(text) := upper(text)

whisper(text) := lower(text)
