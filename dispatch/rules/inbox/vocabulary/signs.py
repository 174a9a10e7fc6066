"""The signs that change no answer. Every other sign that no phrase contains makes a text unknown."""

#: Full-width and vertical forms are read as these, too. Not here, as they may mean doubt: ? ~ ^ = < > | % [ ] \\.
PUNCTUATION = ".,!:;-_*#/&+()\"'‐‒–—―…·•¡«»‹›‘’‚‛“”„‟،؛۔。、"
#: Emoji of good cheer, of thanks, and of the work.
FRIENDLY = "😀😃😄😁😆😂🤣😊☺🙂😉😎🤗🥰😍😘😇🤩🥳🎉👏🙌💪👋🙋🙇✨⭐🌟🔥❤🧡💛💚💙💜🤍💐🌹🏠🏡🏢🔑"
#: Faces made of punctuation that are not friendly, as a regular expression: ":(", ":/", ":-|", ";(".
SAD_FACES = r"[:;]['’-]?[(/|\\\[]"

HARMLESS = frozenset(PUNCTUATION + FRIENDLY)
