package lib.strings

shout(text) := upper(text)

whisper(text) := lower(text)
