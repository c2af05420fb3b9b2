"""The verifier of docs/guides/receipts.md, run against the keys of a live server, and again when there is no server."""

import re
import subprocess
import sys
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from app.config import Settings
from app.platform.database import Database
from tests.support.factories import PROJECT, make_body
from tests.support.serving import serving

GUIDE = PROJECT / "docs" / "guides" / "receipts.md"
SALT = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"


@pytest.fixture
def run(tmp_path: Path) -> Callable[[str, str], subprocess.CompletedProcess[str]]:
    """Runs the verifier as the guide says, with a text on its input and the address of the service."""
    (program,) = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "verify.py").write_text(program, "utf-8")

    def verify(text: str, issuer: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "verify.py", issuer]
        return subprocess.run(command, cwd=tmp_path, input=f"{text}\n", capture_output=True, text=True, check=False)

    return verify


def sign_with_another_key(payload: str) -> str:
    """A receipt by a key that the service does not publish, as after a rotation."""
    header = {"alg": "ES256", "kid": "3f9a0c51be72", "typ": "ikk-receipt+jws"}
    said = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return jws.serialize_compact(header, said, ECKey.generate_key("P-256"))


@pytest.mark.process
async def test_it_verifies_without_the_service(
    run: Callable[[str, str], subprocess.CompletedProcess[str]],
    tmp_path: Path,
    dsn: str,
    database: Database,
    settings: Settings,
) -> None:
    assert database is not None  # its fixture deletes what the test stores
    key = uuid4()
    folder = tmp_path / "serve"
    folder.mkdir()
    async with serving(folder, dsn, IKK_KEYS_FILE=str(settings.key_ring_file)) as server:
        async with server.client() as http:
            answer = await http.put(f"/v1/submissions/{key}", json=make_body(salt=SALT))
            assert answer.status_code == 201, answer.text
            token = http.headers["Authorization"].removeprefix("Bearer ")
            (tmp_path / "jwks.json").write_bytes((await http.get("/.well-known/jwks.json")).content)
        receipt, issuer = answer.json()["receipt"], f"http://127.0.0.1:{server.port}"
        assert run(receipt["signature"], issuer).returncode == 0
    # A mail or a printed page breaks the text into lines.
    found = run(re.sub(r"(.{60})", r" \1\r\n", receipt["signature"]), issuer)
    assert found.returncode == 0, found.stderr
    assert f'"id": "{key}"' in found.stdout
    assert receipt["content_hash"] in found.stdout
    head, payload, signature = receipt["signature"].split(".")
    changed = f"{head}.{payload[:-2]}{'AA' if payload[-2:] != 'AA' else 'BB'}.{signature}"
    strange = sign_with_another_key(payload)
    for text, address, told in (
        (changed, issuer, "no receipt, or one that was changed"),
        ("", issuer, "no receipt, or one that was changed"),
        ("7KQ-X2M-9RTV", issuer, "no receipt, or one that was changed"),
        (token, issuer, "signed by the service, but no receipt"),
        (strange, issuer, "signed with a key that is not in jwks.json: get the keys again"),
        (receipt["signature"], "https://x.id", "a receipt of another service"),
    ):
        refused = run(text, address)
        assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", f"{told}\n")
