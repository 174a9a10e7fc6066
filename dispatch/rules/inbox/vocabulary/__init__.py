"""The phrases that people write, as data: one file a language.

All languages are read at once, so a phrase has one meaning in all of them. The longest phrase at a place wins: "no
problem" is weak although "no" is NO. A phrase that would be true in one language only is left out: greetings that look
like an answer ("tudo bem", "ça va"), "je passe" (I pass, I drop in), "أبدأ" (I begin, never).

language: the words that agents can send, and the shape of a language.
en: English.
fr: French.
pt: Portuguese.
ar: Arabic.
signs: the signs that change no answer.
"""

from dispatch.rules.inbox.vocabulary.ar import ARABIC
from dispatch.rules.inbox.vocabulary.en import ENGLISH
from dispatch.rules.inbox.vocabulary.fr import FRENCH
from dispatch.rules.inbox.vocabulary.pt import PORTUGUESE

#: Every language that is read.
LANGUAGES = (
    ENGLISH,
    FRENCH,
    PORTUGUESE,
    ARABIC,
)
