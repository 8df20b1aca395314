"""Exits with 0 if the server of this container is ready, else with 1. The image's health check."""

import os
import sys
import urllib.request

try:
    urllib.request.urlopen(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/readyz", timeout=4).close()
except OSError as error:
    sys.exit(str(error))
