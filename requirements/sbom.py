"""Build hook: writes a CycloneDX bill of materials from the pins, beside the wheel and inside it (PEP 770)."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SbomHook(BuildHookInterface[Any]):
    """Writes the bill if its tool is installed, as for `make wheel`. Other builds have no bill."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the bill before the wheel is built, which includes it in `.dist-info/sboms/`."""
        if version != "standard":
            return
        if find_spec("cyclonedx_py") is None:
            self.app.display_warning("No bill of materials: cyclonedx-bom is not installed.")
            return
        root = Path(self.root)
        file = Path(self.directory) / f"{self.metadata.name}-{self.metadata.version}.cdx.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "cyclonedx_py", "requirements", str(root / "requirements" / "run.txt")]
        command += ["--pyproject", str(root / "pyproject.toml"), "--spec-version", "1.6", "--output-reproducible"]
        subprocess.run([*command, "--output-file", str(file)], check=True, capture_output=True)  # noqa: S603
        build_data["sbom_files"].append(str(file))
