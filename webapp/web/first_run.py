"""Template context of the new chat's page while no model is connected."""

from __future__ import annotations

from typing import Any

from webapp.agent.sentences import MODELS
from webapp.http.authentication import current_user
from webapp.http.url_prefix import prefixed
from webapp.services.accounts.accounts import administrators
from webapp.services.assistants.registry import has_model

#: They look like messages, and the archivist answers all of them in an empty book.
EXAMPLES = (
    "What can you do?",
    "Remember: the spare key is with the neighbours at number 14.",
    "How do I connect a model?",
)

#: Services by where they run, with the names that the page of connections has for their presets.
PRESETS = {
    "On your machine": {"Ollama": "ollama", "LM Studio": "lm-studio", "llama.cpp": "llama-cpp", "vLLM": "vllm"},
    "With a key": {
        "OpenAI": "openai",
        "Anthropic": "anthropic",
        "Google": "google",
        "Mistral": "mistral",
        "OpenRouter": "openrouter",
        "Groq": "groq",
        "DeepSeek": "deepseek",
    },
}


def first_run() -> dict[str, Any] | None:
    """Return the context, or None if a model is connected."""
    if has_model():
        return None
    user = current_user()
    return {
        "is_admin": user.is_admin,
        "models_url": prefixed(MODELS),
        "presets": PRESETS,
        "whom": "" if user.is_admin else _listed(administrators()),
        "examples": EXAMPLES,
    }


def _listed(names: list[str]) -> str:
    """Return names in a sentence: ada, ben or cleo."""
    if not names:
        return "an administrator"
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
