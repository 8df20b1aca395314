"""Well-known servers with the OpenAI API, to start a connection from."""

from __future__ import annotations

from typing import NamedTuple


class Preset(NamedTuple):
    """A server's address as its manual gives it. `needs_key` is False for servers on the operator's own machine."""

    slug: str
    name: str
    address: str
    needs_key: bool


#: In the order of the page: what runs on the own machine first.
PRESETS = (
    Preset("ollama", "Ollama", "http://localhost:11434/v1", needs_key=False),
    Preset("lm-studio", "LM Studio", "http://localhost:1234/v1", needs_key=False),
    Preset("llama-cpp", "llama.cpp", "http://localhost:8080/v1", needs_key=False),
    Preset("vllm", "vLLM", "http://localhost:8000/v1", needs_key=False),
    Preset("openai", "OpenAI", "https://api.openai.com/v1", needs_key=True),
    Preset("anthropic", "Anthropic", "https://api.anthropic.com/v1", needs_key=True),
    Preset("google", "Google", "https://generativelanguage.googleapis.com/v1beta/openai", needs_key=True),
    Preset("mistral", "Mistral", "https://api.mistral.ai/v1", needs_key=True),
    Preset("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", needs_key=True),
    Preset("groq", "Groq", "https://api.groq.com/openai/v1", needs_key=True),
    Preset("deepseek", "DeepSeek", "https://api.deepseek.com/v1", needs_key=True),
)


def find_preset(slug: str) -> Preset | None:
    return next((preset for preset in PRESETS if preset.slug == slug), None)
