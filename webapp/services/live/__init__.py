"""Live turns: beginning, writing, following and ending what an assistant is writing right now."""
