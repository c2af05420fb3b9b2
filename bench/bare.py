"""A bare FastAPI application to compare ours with. It has the same paths, but no work, no middleware and no token.

Run it with `python -m bench.bare PORT FILE`. FILE holds the JSON that GET returns. The server options are those of
`ikk serve`.
"""

import json
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI


def create_bare(answer: dict[str, Any]) -> FastAPI:
    """An application whose PUT takes a JSON object and returns a small one, and whose GET returns a large one."""
    app = FastAPI()

    @app.put("/v1/submissions/{id}", status_code=201)
    async def put_submission(id: str, body: dict[str, Any]) -> dict[str, Any]:
        return {"id": id, "status": "accepted", "members": len(body)}

    @app.get("/v1/aggregates/{region}/{year}")
    async def get_aggregate(region: str, year: int) -> dict[str, Any]:
        return answer

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_bare(json.loads(Path(sys.argv[2]).read_bytes())),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
    )
