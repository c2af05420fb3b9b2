"""Known flaws of packages that we need, and why they do not affect us (CONTRIBUTING.md, make audit)."""

import re
import subprocess
import sys

from tests.support.factories import PROJECT


def test_signatures_are_not_made_by_the_package_whose_time_tells_of_the_key() -> None:
    """CVE-2024-23342 is in ecdsa, which python-jose requires, but loads only if cryptography is missing."""
    code = (
        "import sys, app.main; from jose.backends import ECKey; "
        "print(ECKey.__module__, *(name for name in sys.modules if name.partition('.')[0] == 'ecdsa'))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == ["jose.backends.cryptography_backend"]


def test_every_vulnerability_that_the_audit_ignores_is_answered() -> None:
    ignored = re.findall(r"--ignore-vuln (\S+)", (PROJECT / "Makefile").read_text("utf-8"))
    answers = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    assert ignored
    assert [each for each in ignored if each not in answers] == []
