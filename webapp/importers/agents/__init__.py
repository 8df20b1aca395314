"""What the formats of coding agents have in common: prompts, answers, and a folded note for the tools in between."""
