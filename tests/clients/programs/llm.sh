# llm by its command line: a model of its own configuration, a question, and the chat continued as a stream.
set -eu
folder=$(llm logs path | xargs dirname)
cat > "$folder/extra-openai-models.yaml" <<END
- model_id: minutebook
  model_name: $MODEL
  api_base: $BASE_URL
  api_key_name: minutebook
END
llm keys set minutebook --value "$TOKEN"
whole=$(llm -m minutebook --no-stream "$NAME: one?")
streamed=$(llm -m minutebook --continue "$NAME: two?")
printf '{"whole": "%s", "streamed": "%s"}\n' "$whole" "$streamed"
