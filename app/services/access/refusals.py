"""Refusals of the token endpoints, with the error codes of RFC 6749 section 5.2."""

from app.problems import Problem, kinds

_KINDS = {"invalid_client": kinds.INVALID_CLIENT}
_BY_GRANT = {"new_password": kinds.INVALID_CODE, "refresh_token": kinds.INVALID_REFRESH}


def refusal(error: str, grant: str = "password") -> Problem:
    """Returns the problem that carries an error code of RFC 6749. The grant decides the text of invalid_grant."""
    if error == "invalid_grant":
        return Problem(_BY_GRANT.get(grant, kinds.INVALID_GRANT), error=error)
    headers = {"WWW-Authenticate": 'Basic realm="ikk"'} if error == "invalid_client" else {}
    return Problem(_KINDS.get(error, kinds.INVALID_GRANT_REQUEST), headers=headers, error=error)
