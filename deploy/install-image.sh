#!/bin/sh
# Installs Minutebook into /opt/minutebook inside an image, from /source (see Containerfile).
set -eu
cd /source

python3 -m venv /opt/minutebook
pip="/opt/minutebook/bin/python -m pip install --no-cache-dir --disable-pip-version-check --quiet"
if [ -d wheels ]; then pip="$pip --no-index --find-links wheels"; fi
$pip --require-hashes -r requirements/run.txt -r requirements/postgres.txt
if ls wheels/minutebook-*.whl >/dev/null 2>&1; then
    $pip --no-deps wheels/minutebook-*.whl
else
    $pip --no-deps .
fi
cp deploy/health.py /opt/minutebook/health.py

# The running image needs neither pip nor the tests of its packages.
/opt/minutebook/bin/python -m pip uninstall --quiet --yes pip setuptools
find /opt/minutebook -type d \( -name tests -o -name test \) -path '*/site-packages/*' -prune -exec rm -rf {} +
install -d -m 700 /data
