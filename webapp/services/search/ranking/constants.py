"""The constants of the ranking, chosen on labelled questions (DECISIONS.md says which)."""

from __future__ import annotations

#: Words that are scored: the rarest ones.
MOST_WORDS = 10
#: Newest messages that are read for each word. A word with no more is rare.
NEWEST_OF_WORD = 1_000
#: Messages that are put together to turns, and turns whose texts are read: the heaviest ones.
MESSAGES, TURNS = 1_500, 300
#: Of so many of the heaviest turns, the turns beside them are read, too.
WITH_NEIGHBOURS = 20
#: Common words that are looked up together with the rare ones, and rare ones that they are looked up with.
MEETING = 4
#: Newest messages of each word at a time that the question names.
AT_NAMED_DATE = 100

# Okapi BM25 over the fields of a turn (Robertson and Zaragoza: The probabilistic relevance framework, 2009).
SATURATION = 1.4
QUESTION, QUESTION_LENGTH = 3.0, 0.7
ANSWER, ANSWER_LENGTH = 1.0, 0.75
TITLE = 0.5
NEIGHBOURS = 0.1
PAIR, NEAR, SESSION = 0.6, 0.4, 0.5
#: Words that are farther apart are not near.
NEAR_WORDS = 8
MONTH, DAY = 4.0, 12.0
FRESH = 0.001
