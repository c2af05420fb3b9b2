"""Pins every dependency with hashes for all supported Python versions and platforms: `make lock`.

It writes requirements.lock (to run the service) and requirements-dev.lock (to change it). Neither names an index.
"""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
COMPILE = (
    *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet", "--upgrade", "--universal"),
    *("--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header"),
)


def main() -> None:
    subprocess.run([*COMPILE, "-o", "requirements.lock"], cwd=PROJECT, check=True)
    pinned = ["--constraint", "requirements.lock"]
    subprocess.run([*COMPILE, *pinned, "--extra", "dev", "-o", "requirements-dev.lock"], cwd=PROJECT, check=True)


if __name__ == "__main__":
    main()
