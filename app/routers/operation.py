"""GET /health/live, /health/ready and /metrics, for those who run the service."""

import asyncio

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.problems.problem_texts import FORBIDDEN_REGION, UNAVAILABLE
from app.routers.dependencies import StrictRoute
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.health import LiveOut, ReadyOut
from app.services.access.key_use import judge_ring
from app.services.readiness import check_readiness

router = APIRouter(route_class=StrictRoute, tags=["Operation"])


@router.get(
    "/health/live",
    operation_id="getLive",
    summary="Check that the process is alive",
    responses=document(needs="process"),
)
async def get_live() -> LiveOut:
    """Returns 200 as long as the process runs, even if the database is down."""
    return LiveOut()


@router.get(
    "/health/ready",
    operation_id="getReady",
    summary="Check that the service can serve requests",
    responses=document(UNAVAILABLE, needs="nothing"),
)
async def get_ready(request: Request) -> ReadyOut:
    """Returns 200 if the service can reach its database and everything that it needs is loaded.

    Otherwise you get a 503. Its member `reasons` lists why, and `detail` says what an operator has to do. The reasons
    are `migrations`, `role`, `row_security`, `pooler`, `login`, `regions`, `instruments` and `keys`. Without `reasons`,
    the database is away, full or too slow.
    """
    state = request.app.state
    await judge_ring(state.database, state.keys)
    await check_readiness(state.database, state.catalogue, state.settings.default_instrument, state.keys)
    return ReadyOut()


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Get Prometheus metrics",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {}}, "description": "Prometheus text format"},
        **document(FORBIDDEN_REGION),
    },
    dependencies=[require("metrics:read", country=True)],
)
async def get_metrics(request: Request) -> Response:
    """Counts and durations by route, in the Prometheus text format. No metric names a region or a family.

    The figures are those of the whole service, so you need the scope for the whole country (`ID`).
    """
    # In a thread, because it reads the files of all workers.
    return Response(await asyncio.to_thread(request.app.state.metrics.render), media_type=CONTENT_TYPE_LATEST)
