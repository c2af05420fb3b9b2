"""Health and metrics, for those who run the service."""

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from app.problems.kinds import UNAVAILABLE
from app.routers.dependencies import SessionOf, StrictRoute
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.health import LiveOut, ReadyOut
from app.services.readiness import check_readiness

router = APIRouter(route_class=StrictRoute, tags=["Operation"])


@router.get("/health/live", operation_id="getLive", summary="Is the process alive")
async def get_live() -> LiveOut:
    """Answers as long as the process does, whatever the database is doing."""
    return LiveOut()


@router.get(
    "/health/ready",
    operation_id="getReady",
    summary="Can requests be served",
    responses=document(UNAVAILABLE, needs="nothing"),
)
async def get_ready(session: SessionOf, request: Request) -> ReadyOut:
    """Ready when the database answers, its migrations are at the head this version needs, and regions and the default
    instrument are loaded; otherwise 503 with the reasons in the member `reasons`
    (`migrations`, `role`, `regions`, `instruments`)."""
    await check_readiness(session, request.app.state.catalogue, request.app.state.settings.default_instrument)
    return ReadyOut()


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus text format"}, **document()},
    dependencies=[require("metrics:read")],
)
async def get_metrics(request: Request) -> Response:
    """Counts and durations by route, never by region or family."""
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)
