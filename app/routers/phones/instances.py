"""/odk/…/submission: where ODK Collect and Enketo hand in interviews."""

from typing import Final

from fastapi import APIRouter, Request, Response

from app.platform.bodies import LARGEST_BYTES, Part, read_parts
from app.problems import Problem, kinds, language_of
from app.problems.phone_texts import NO_INSTANCE
from app.routers.dependencies import catalogue_of, database_of, intake_of, latest_of, vault_of
from app.routers.phones.forms import PREFIXES
from app.routers.phones.route import PhoneRoute, Sender, answer_phone
from app.services.phones import taking
from app.services.phones.messages import say_dropped
from app.services.phones.taking import Receiving

router = APIRouter(route_class=PhoneRoute, include_in_schema=False, default_response_class=Response)
_INSTANCE: Final = "xml_submission_file"


async def greet(caller: Sender) -> Response:
    """Returns 204 to a HEAD, with the largest body that is taken. Collect sends nothing after another success."""
    return Response(status_code=204, headers={"X-OpenRosa-Accept-Content-Length": str(LARGEST_BYTES)})


async def take_instance(request: Request, caller: Sender) -> Response:
    """Stores or keeps an interview, and says what became of it: 201 if it is stored, 202 if it is not.

    Each POST is complete in itself. Clients send the interview again with each part of its files, and mark all but the
    last with a field `*isIncomplete*`.
    """
    language = language_of(request.headers.get("accept-language"))
    parts = await read_parts(request, LARGEST_BYTES)
    receiving = Receiving(
        caller=caller,
        language=language,
        latest=latest_of(request),
        database=database_of(request),
        catalogue=catalogue_of(request),
        intake=intake_of(request),
        vault=vault_of(request),
    )
    done = await taking.take_instance(_instance_in(parts), receiving)
    metrics = request.app.state.metrics
    if done.fate != "dropped":
        metrics.submissions.labels(done.fate).inc()
    if done.score is not None:
        metrics.phone_scores.labels(done.score).inc()
    files = [each.file_name for each in parts if each.file_name is not None and each.name != _INSTANCE]
    message = f"{done.message}\n{say_dropped(files, language)}" if files else done.message
    return answer_phone(request, done.status, message)


def _instance_in(parts: list[Part]) -> bytes:
    found = [each.content for each in parts if each.name == _INSTANCE]
    if len(found) != 1:
        raise Problem(kinds.MALFORMED, detail=NO_INSTANCE)
    return found[0]


for prefix in PREFIXES:
    router.add_api_route(f"{prefix}/submission", greet, methods=["GET"])
    router.add_api_route(f"{prefix}/submission", take_instance, methods=["POST"])
