"""Refusals of the token endpoints, with the error codes of RFC 6749 section 5.2."""

from app.problems import Problem, kinds

_KINDS = {"invalid_client": kinds.INVALID_CLIENT, "invalid_grant": kinds.INVALID_GRANT}


def refusal(error: str) -> Problem:
    """Returns the problem that carries an error code of RFC 6749."""
    headers = {"WWW-Authenticate": 'Basic realm="ikk"'} if error == "invalid_client" else {}
    return Problem(_KINDS.get(error, kinds.INVALID_GRANT_REQUEST), headers=headers, error=error)
