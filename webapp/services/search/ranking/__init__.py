"""One ranking of turns for both databases: words are found by the index, and turns are scored here."""

from __future__ import annotations

from webapp.services.search.ranking.rank import Ranked, RankedTurn, rank_matches, rank_question

__all__ = ["Ranked", "RankedTurn", "rank_matches", "rank_question"]
