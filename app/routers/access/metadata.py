"""GET /.well-known/…: what OAuth 2 clients have to know of the service (RFC 8414), and its public keys (RFC 7517)."""

from fastapi import APIRouter, Request, Response

from app.access import SCOPES
from app.routers.dependencies import StrictRoute, settings_of, tokens_of
from app.routers.documenting import document
from app.schemas.access.token import KeysOut, MetadataOut

router = APIRouter(route_class=StrictRoute, prefix="/.well-known", tags=["Access"])

_CACHED = "public, max-age=300"


@router.get(
    "/oauth-authorization-server",
    operation_id="getMetadata",
    summary="Get what OAuth 2 clients have to know",
    responses=document(needs="nothing"),
)
async def get_metadata(request: Request, response: Response) -> MetadataOut:
    """Authorization server metadata (RFC 8414): addresses, grants and how clients prove themselves."""
    response.headers["Cache-Control"] = _CACHED
    return MetadataOut.of(settings_of(request).issuer, list(SCOPES))


@router.get(
    "/jwks.json",
    operation_id="getKeys",
    summary="Get the public keys",
    responses=document(needs="nothing"),
)
async def get_keys(request: Request, response: Response) -> KeysOut:
    """The JSON Web Key Set that access tokens are verified with. For a key id that is not here, look again: keys are
    rotated. Revoked tokens verify all the same: ask the introspection endpoint where that matters."""
    response.headers["Cache-Control"] = _CACHED
    return KeysOut(keys=tokens_of(request).published_keys())
