"""The bare FastAPI application in several processes. Run it with `python -m bench.bare_workers PORT WORKERS`."""

import sys

import uvicorn
from fastapi import FastAPI

from bench.bare import create_bare


def create() -> FastAPI:
    return create_bare({})


if __name__ == "__main__":
    uvicorn.run(
        "bench.bare_workers:create",
        factory=True,
        workers=int(sys.argv[2]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
    )
