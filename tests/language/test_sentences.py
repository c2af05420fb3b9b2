"""What commands say of settings, files and key rings, in Indonesian, with sentences that come from other rooms."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from tests.language.test_helps import ENGLISH, VARIABLES, prose
from tests.scoring.small import SMALL, changed

NOWHERE = "postgresql://nobody:geheim@127.0.0.1:1/nowhere"


def told(folder: Path, *arguments: str, **variables: str) -> str:
    environment: dict[str, str | None] = {
        **dict.fromkeys(VARIABLES),
        "IKK_FOLDER": str(folder),
        "IKK_KEYS_FILE": None,
        "DATABASE_URL": NOWHERE,
        "LANG": "id_ID.UTF-8",
        **variables,
    }
    ran = CliRunner().invoke(cli.ikk, arguments, env=environment, prog_name="ikk")
    assert ran.exit_code in (1, 2), ran.output
    return " ".join(ran.output.replace(str(folder), "…").split())


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        ("agency list", {}, "basis data tidak dapat dihubungi: ConnectionRefusedError; lihat DATABASE_URL"),
        ("keys list", {}, "tidak ada berkas kunci di"),
        ("audit verify", {}, "isi IKK_KEYS_FILE dengan berkas kunci server"),
        ("agency list", {"IKK_TOKEN_SECONDS": "5"}, "setelan token_seconds: isi dengan bilangan paling kecil 60"),
        ("agency list", {"IKK_PORT": "http"}, "setelan port: isi dengan bilangan bulat, misalnya 20"),
        ("agency list", {"IKK_TRUSTED_PROXIES": "0.0.0.0/0"}, "ini membuat setiap klien dapat mengaku memiliki alamat"),
        (
            "agency list",
            {"DATABASE_URL": f"{NOWHERE}?sslmode=x"},
            "setelan DATABASE_URL: sslmode harus salah satu dari",
        ),
        ("agency list", {"DATABASE_URL": f"{NOWHERE}?port=x"}, "ada porta yang bukan bilangan dari 1 sampai 65535."),
        ("audit list --region Banjar", {}, "Nilai belum benar: bukan kode wilayah, misalnya 63.72"),
        ("audit list --from 1999-01-01", {}, "tulis waktu dari 2000 sampai 2100"),
        ("audit addresses", {}, "sebutkan --caller atau --token"),
        ("retention apply", {}, "tidak ada yang pernah jatuh tempo"),
        ("outside block x", {}, "penerbit luar belum disetel"),
        ("person list --role queen", {}, "peran itu tidak ada; yang ada adalah kader"),
    ],
)
def test_a_command_says_in_indonesian_what_is_wrong(
    tmp_path: Path, arguments: str, variables: dict[str, str], expected: str
) -> None:
    said = told(tmp_path, *arguments.split(), **variables)
    assert expected in said
    assert ENGLISH.findall(prose(said)) == []
    assert "geheim" not in said


def test_faults_of_an_instrument_are_in_indonesian(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(changed("weak_below = 60", "weak_below = 0"), "utf-8")
    assert "scoring.weak_below: isi dengan bilangan" in told(tmp_path, "instrument", "check", str(file))
    file.write_text(SMALL + "".join(f"[[source]]\ncode = {number}\n" for number in range(30)), "utf-8")
    said = told(tmp_path, "instrument", "check", str(file))
    assert said.count("…/bad.toml:") == 60
    assert told(tmp_path, "instrument", "publish", str(file)).endswith("lagi")
    assert ENGLISH.findall(prose(said)) == []
