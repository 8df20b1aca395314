"""The container image, built without a registry, and a container of it: a read-only root, one volume, PID 1."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ("buildah", "mmdebstrap", "unshare", "chroot")

#: Debian's Python. Wheels are downloaded for it, whatever the Python of the tests is.
_SUITE, _PYTHON = "bookworm", "3.11"
_PACKAGES = "python3,python3-venv,ca-certificates"
_BASE = "FROM scratch\nADD base.tar /\n"
# Mounts as a container runtime makes them. The server's process replaces the shell: it is PID 1 and gets the signals.
_ENTER = """
set -eu
root=$1 data=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind "$data" "$root/data"
mount -t tmpfs tmpfs "$root/tmp"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -o remount,bind,ro "$root"
exec chroot --userspec="$user" "$root" env -i "$@"
"""


def _base() -> Path:
    """Return the archive of the base. It stays in the tests' virtual environment, so `make clean` removes it."""
    archive = Path(sys.prefix) / f"base-{_SUITE}.tar"
    if not archive.exists():
        part = archive.with_suffix(f".{os.getpid()}.tar")
        run("mmdebstrap", "--quiet", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(part))
        part.rename(archive)
    return archive


class Image:
    """Builds the image in a folder, and mounts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._make_base()
        context = self._make_context()
        self._buildah(
            "bud", "--isolation", "chroot", "--format", "docker", "--build-arg", "BASE=localhost/base",
            "--ignorefile", str(context / ".containerignore"), "-f", str(context / "Containerfile"),
            "-t", "minutebook", str(context),
        )  # fmt: skip
        container = self._buildah("from", "localhost/minutebook")
        self.root = Path(self._buildah("mount", container))
        inspected = json.loads(self._buildah("inspect", "--type", "image", "localhost/minutebook"))
        self.config: dict[str, Any] = inspected["Docker"]["config"]

    def sizes(self) -> tuple[int, int]:
        """Return the bytes of the base and of the image."""
        listed = json.loads(self._buildah("images", "--json"))
        found = {image["names"][0]: image["size"] for image in listed if image.get("names")}
        return tuple(_bytes(found[f"localhost/{name}:latest"]) for name in ("base", "minutebook"))  # type: ignore[return-value]

    def close(self) -> None:
        self._buildah("rm", "--all")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_base(self) -> None:
        shutil.copy(_base(), self._folder / "base.tar")
        (self._folder / "Containerfile").write_text(_BASE)
        self._buildah("bud", "--isolation", "chroot", "-t", "base", str(self._folder))
        (self._folder / "base.tar").unlink()

    def _make_context(self) -> Path:
        """Copy what an image is built from, with all wheels: the build reaches no package index."""
        context = self._folder / "context"
        ignored = shutil.ignore_patterns("__pycache__")
        for name in ("deploy", "migrations", "requirements", "static", "templates", "webapp"):
            shutil.copytree(ROOT / name, context / name, ignore=ignored)
        for name in ("Containerfile", ".containerignore", "LICENSE", "README.md", "pyproject.toml"):
            shutil.copy(ROOT / name, context)
        pinned = [part for name in ("run", "postgres") for part in ("-r", str(ROOT / "requirements" / f"{name}.txt"))]
        run(
            *self._pip(), "download", "--quiet", "--require-hashes", "--only-binary=:all:",
            f"--python-version={_PYTHON}", "--dest", str(context / "wheels"), *pinned,
        )  # fmt: skip
        run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(context / "wheels"), str(ROOT))
        return context

    def _pip(self) -> tuple[str, ...]:
        if find_spec("pip"):
            return sys.executable, "-m", "pip"
        venv = self._folder / "venv"
        run(sys.executable, "-m", "venv", str(venv))
        return str(venv / "bin" / "python"), "-m", "pip"

    def _buildah(self, *arguments: str) -> str:
        places = ["--root", str(self._folder / "root"), "--runroot", str(self._folder / "run")]
        return run("buildah", "--storage-driver", "vfs", *places, *arguments).strip()


class Container:
    """The image's command in namespaces of its own. It listens on a port of the host."""

    def __init__(self, image: Image, data: Path, port: int, *command: str) -> None:
        environment = [each for each in image.config["Env"] if not each.startswith("PORT=")]
        self.url = f"http://127.0.0.1:{port}"
        self.log = data.parent / "container.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private", "sh", "-c", _ENTER,
                 "sh", str(image.root), str(data), image.config["User"], *environment, f"PORT={port}",
                 *(command or image.config["Cmd"])],
                stdout=log, stderr=log,
            )  # fmt: skip

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                urlopen(f"{self.url}/readyz", timeout=5).close()
            except (URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(self.log.read_text())

    def stop(self) -> int:
        """Send PID 1 the image's stop signal, and return the exit status."""
        (child,) = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        os.kill(int(child), 15)
        return self.process.wait(60)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr[-3000:]}")
    return done.stdout


def _bytes(text: str) -> int:
    """Return a size such as `329 MB`."""
    number, unit = text.split()
    return int(float(number) * {"KB": 1e3, "MB": 1e6, "GB": 1e9}[unit])
