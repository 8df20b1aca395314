"""Beginning a live turn: one resolver per action, one start."""
