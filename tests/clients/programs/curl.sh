# curl: the first answer whole, the second one as a stream of events.
set -eu
ask() {
  curl -sS --fail-with-body "$BASE_URL/chat/completions" -H "Authorization: Bearer $TOKEN" \
    -H "Content-Type: application/json" -d "$1"
}
content() { sed -n 's/.*"content":"\([^"]*\)".*/\1/p'; }
one="{\"role\":\"user\",\"content\":\"$NAME: one?\"}"
whole=$(ask "{\"model\":\"$MODEL\",\"messages\":[$one]}" | content)
two="{\"role\":\"assistant\",\"content\":\"$whole\"},{\"role\":\"user\",\"content\":\"$NAME: two?\"}"
streamed=$(ask "{\"model\":\"$MODEL\",\"stream\":true,\"messages\":[$one,$two]}" | content | tr -d '\n')
printf '{"whole": "%s", "streamed": "%s"}\n' "$whole" "$streamed"
