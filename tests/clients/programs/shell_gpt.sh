# ShellGPT: it always sends a role of its own as a system message. A chat is continued by its name.
set -eu
export API_BASE_URL="$BASE_URL" OPENAI_API_KEY="$TOKEN" DEFAULT_MODEL="$MODEL" OPENAI_USE_FUNCTIONS=false
export USE_LITELLM=false PRETTIFY_MARKDOWN=false SHOW_FUNCTIONS_OUTPUT=false CHAT_CACHE_PATH="$HOME/chats"
whole=$(sgpt --no-md --no-functions --no-cache --chat tried "$NAME: one?" < /dev/null)
streamed=$(sgpt --no-md --no-functions --no-cache --chat tried "$NAME: two?" < /dev/null)
printf '{"whole": "%s", "streamed": "%s"}\n' "$whole" "$streamed"
