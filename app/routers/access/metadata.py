"""GET /.well-known/…, the OAuth 2 metadata of the service (RFC 8414) and its public keys (RFC 7517)."""

from fastapi import APIRouter, Request, Response

from app.access import SCOPES
from app.platform.representations import PUBLIC, keep
from app.routers.dependencies import StrictRoute, receipts_of, respond, settings_of, tokens_of
from app.routers.documenting import UNCHANGED, document
from app.schemas.access.token import KeysOut, MetadataOut

router = APIRouter(route_class=StrictRoute, prefix="/.well-known", tags=["Access"])


@router.get(
    "/oauth-authorization-server",
    operation_id="getMetadata",
    summary="Get the OAuth 2 metadata",
    response_model=MetadataOut,
    responses={**UNCHANGED, **document(needs="nothing")},
)
async def get_metadata(request: Request) -> Response:
    """Returns the authorization server metadata (RFC 8414).

    It lists the endpoints, the grant types and the ways in which clients authenticate.
    """
    metadata = MetadataOut.of(settings_of(request).issuer, list(SCOPES))
    return keep(respond(metadata), PUBLIC, vary=None)


@router.get(
    "/jwks.json",
    operation_id="getKeys",
    summary="Get the public keys",
    response_model=KeysOut,
    responses={**UNCHANGED, **document(needs="nothing")},
)
async def get_keys(request: Request) -> Response:
    """Returns the JSON Web Key Set (RFC 7517) with which you verify access tokens and receipts.

    Keys are rotated. If a token names a key id that you do not have, get this document again. A revoked token still
    verifies with these keys. If that matters to you, use the introspection endpoint.
    """
    keys = [*tokens_of(request).published_keys(), *receipts_of(request).published_keys()]
    return keep(respond(KeysOut(keys=keys)), PUBLIC, vary=None)
