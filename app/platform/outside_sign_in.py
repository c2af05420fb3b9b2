"""Sign-in at the outside issuer for pages: the authorization code grant with PKCE.

Sources: RFC 6749 section 4.1, RFC 7636, RFC 9207 and OpenID Connect Core 1.0 section 3.1. authlib makes and reads the
parameters. The requests are our own, with the bounds of `outside_issuer.py`.
"""

import asyncio
import hmac
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus

from app.config import Settings
from app.platform.outside_issuer import OutsideIssuer, ask, issuer_unavailable, not_answered, open_client
from app.platform.signatures import InvalidTokenError
from app.problems import Problem, kinds

_RETURN: Final = "/sign-in/outside/return"
_SECONDS: Final = 15.0
_LENGTH: Final = 48
"""Letters and digits of a state, a nonce and a verifier, of 6 random bits each. RFC 7636 wants 43 at least."""


class RefusedSignInError(Exception):
    """The issuer did not sign the person in, or its answer is not the one that was asked for."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser keeps of a sign-in that has begun, to prove that the answer is for it."""

    state: str
    nonce: str
    verifier: str


def begin() -> Begun:
    from authlib.common.security import generate_token

    return Begun(*(generate_token(_LENGTH) for _ in range(3)))


def return_address(settings: Settings) -> str:
    """The redirect URI. It is made of the public address, so that no header can choose where codes go."""
    return settings.issuer + _RETURN


async def authorization_address(issuer: OutsideIssuer, settings: Settings, begun: Begun) -> str:
    """Where the browser goes to sign in. Raises `issuer-unavailable`."""
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    endpoint = await issuer.find_endpoint("authorization_endpoint")
    address: str = prepare_grant_uri(
        endpoint,
        settings.oidc_client_id,
        "code",
        redirect_uri=return_address(settings),
        scope=" ".join(settings.oidc_scopes),
        state=begun.state,
        nonce=begun.nonce,
        code_challenge=create_s256_code_challenge(begun.verifier),
        code_challenge_method="S256",
    )
    return address


async def exchange(issuer: OutsideIssuer, settings: Settings, begun: Begun, answer: dict[str, str]) -> str:
    """The access token for the code in the answer of the issuer. Raises RefusedSignInError and `issuer-unavailable`.

    The ID token must be of this sign-in. Whether the access token opens anything is decided where it is used.
    """
    if not hmac.compare_digest(answer.get("state", "").encode(), begun.state.encode()):
        raise RefusedSignInError
    if "code" not in answer or answer.get("iss", issuer.issuer) != issuer.issuer:
        raise RefusedSignInError
    found = await _ask_for_tokens(issuer, settings, begun, answer["code"])
    access, proof = found.get("access_token"), found.get("id_token")
    if not isinstance(access, str) or not isinstance(proof, str):
        raise RefusedSignInError
    try:
        await issuer.verify_id_token(proof, client=settings.oidc_client_id or "", nonce=begun.nonce)
    except InvalidTokenError:
        raise RefusedSignInError from None
    except Problem as problem:
        if problem.kind is not kinds.UNAUTHENTICATED:
            raise
        raise RefusedSignInError from None
    return access


async def _ask_for_tokens(issuer: OutsideIssuer, settings: Settings, begun: Begun, code: str) -> dict[str, Any]:
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    endpoint = await issuer.find_endpoint("token_endpoint")
    client, secret = settings.oidc_client_id or "", settings.oidc_client_secret
    in_header = secret is not None and issuer.takes_basic()
    body = prepare_token_request(
        "authorization_code",
        code=code,
        redirect_uri=return_address(settings),
        client_id=client,
        client_secret=None if secret is None or in_header else secret.get_secret_value(),
        code_verifier=begun.verifier,
    )
    # RFC 6749 section 2.3.1: both are encoded like a form before they go into the header.
    proof = (quote_plus(client), quote_plus(secret.get_secret_value())) if secret is not None and in_header else None
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    try:
        async with asyncio.timeout(_SECONDS), open_client(_SECONDS) as http:
            return await ask(http, endpoint, "POST", headers=headers, content=body, auth=proof)
    except ValueError:
        # The issuer answers 400 for a code that was used, has ended or is another client's.
        raise RefusedSignInError from None
    except not_answered():
        raise issuer_unavailable() from None
