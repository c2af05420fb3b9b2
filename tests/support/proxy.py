"""The reverse proxy of `deploy/nginx.conf` for tests: a real nginx."""

import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.support.certificates import Authority
from tests.support.programs import changed, free_port, needs
from tests.support.serving import Server
from tests.support.wire import eventually

OFFICE = "127.0.0.2"
"""The address of the clients, which is not that of the proxy."""


class Proxy:
    """nginx with the very file of `deploy/`, at other ports and with its files in one folder.

    more: further parts of the file to replace
    """

    def __init__(self, folder: Path, servers: tuple[Server, ...], more: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.servers = servers
        self.http, self.https = free_port(), free_port()
        self.access_log, self.error_log = folder / "access.log", folder / "error.log"
        self.configuration = folder / "nginx.conf"
        self.configuration.write_text(
            changed(
                "nginx.conf",
                {
                    "listen 80 default_server": f"listen {self.http} default_server",
                    "listen 443 ssl default_server": f"listen {self.https} ssl default_server",
                    "/etc/ikk/tls": str(folder),
                    "/run/nginx.pid": str(folder / "nginx.pid"),
                    "/var/log/nginx": str(folder),
                    **(more or {}),
                },
            )
        )
        self.serve_by(servers)
        self._authority = Authority(folder, "authority")
        certificate, key = self._authority.sign("proxy", "127.0.0.1")
        certificate.rename(folder / "fullchain.pem")
        key.rename(folder / "privkey.pem")
        self.command = [needs("nginx", "nginx"), "-c", str(self.configuration)]

    def serve_by(self, servers: tuple[Server, ...]) -> None:
        lines = [f"server 127.0.0.1:{each.port};\n" for each in servers]
        (self.folder / "ikk-servers.conf").write_text("".join(lines))

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self._authority.file))

    def client(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"https://127.0.0.1:{self.https}",
            headers={"Authorization": f"Bearer {self.servers[0].token}", **headers},
            transport=httpx.AsyncHTTPTransport(verify=self.trust(), local_address=OFFICE),
            timeout=30,
        )

    async def is_ready(self) -> bool:
        try:
            async with self.client() as http:
                return (await http.get("/health/ready")).status_code == 200
        except httpx.TransportError:
            return False

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.access_log.read_text("utf-8").splitlines()]

    async def line_of(self, request_id: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = []

        async def is_logged() -> bool:
            found[:] = [line for line in self.lines() if line["request_id"] == request_id]
            return bool(found)

        await eventually(is_logged)
        return found[0]
