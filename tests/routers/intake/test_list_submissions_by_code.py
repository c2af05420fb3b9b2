"""GET /v1/submissions?code=…"""

import re
from typing import Any
from uuid import uuid4

import pytest

from app.access import ROLES
from app.examples.ids import RECEIPT_CODE
from app.platform.codes import is_receipt_code, make_receipt_code, plain_code, show_receipt_code
from app.platform.database import Connection
from app.problems.fault_texts import FAULT_TEXTS
from tests.support.factories import EVERYTHING, Client, make_body

SYMBOLS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


async def send(client: Client, **changed: Any) -> dict[str, Any]:
    answer = await client.put(make_body(**changed))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def found(client: Client, code: str, **more: str) -> list[str]:
    answer = await client.get("/v1/submissions", code=code, **more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    return [each["id"] for each in answer.json()["items"]]


async def test_it_works(caller: Client) -> None:
    sent, other = await send(caller), await send(caller, seed=2)
    assert await found(caller, sent["receipt"]["code"]) == [sent["id"]]
    assert await found(caller, other["receipt"]["code"]) == [other["id"]]


async def test_it_is_found_however_it_is_typed(caller: Client) -> None:
    sent = await send(caller)
    code = sent["receipt"]["code"]
    fullwidth = "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in code)
    spelled = (code.lower(), code.replace("-", ""), code.replace("-", " "), f"  {code} ", ".".join(code), fullwidth)
    for typed in (*spelled, code.replace("-", "–"), code.replace("-", "\u00a0")):
        assert await found(caller, typed) == [sent["id"]], typed


async def test_a_code_that_nobody_has_finds_nothing(caller: Client) -> None:
    await send(caller)
    assert await found(caller, make_receipt_code()) == []


async def test_two_submissions_may_share_a_code(caller: Client, connection: Connection) -> None:
    sent = [await send(caller, seed=seed) for seed in (1, 2)]
    await connection.execute("UPDATE submission SET code = $1", plain_code(RECEIPT_CODE))
    assert sorted(await found(caller, RECEIPT_CODE)) == sorted(each["id"] for each in sent)


async def test_other_filters_hold_too(caller: Client) -> None:
    sent = await send(caller)
    code = sent["receipt"]["code"]
    assert await found(caller, code, region="6372", year="2025", counts="true") == [sent["id"]]
    assert await found(caller, code, region="637202") == []
    assert await found(caller, code, year="2024") == []


async def test_nobody_finds_what_they_may_not_read(caller: Client) -> None:
    code = (await send(caller))["receipt"]["code"]
    caller.agency_id = str(uuid4())
    await caller.sign_in(scopes=EVERYTHING, regions=["637202"])
    assert await found(caller, code) == []
    await caller.sign_in(scopes=tuple(ROLES["kader"].scopes), regions=["6372"])
    assert await found(caller, code) == []
    await caller.sign_in(scopes=tuple(ROLES["supervisor"].scopes), regions=["6372"])
    assert len(await found(caller, code)) == 1


async def test_looking_a_code_up_is_audited_without_the_code(caller: Client, connection: Connection) -> None:
    code = (await send(caller))["receipt"]["code"]
    await connection.execute("DELETE FROM audit_queue")
    await found(caller, code)
    (entry,) = await connection.fetch("SELECT * FROM audited WHERE kind = 'submission.list'")
    assert '"submissions":1' in entry["detail"]
    assert plain_code(code) not in str(dict(entry))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda code: "",
        lambda code: "-",
        lambda code: code[:-1],
        lambda code: code + "2",
        lambda code: code[:-1] + ("2" if code[-1] != "2" else "3"),
        lambda code: "0" + code[1:],
        lambda code: "O" + code[1:],
        lambda code: "1" + code[1:],
        lambda code: "é" + code[1:],
        lambda code: "٢" + code[1:],
        lambda code: code + "\0" * 3 + "A",
        lambda code: "2" * 100,
    ],
)
async def test_a_code_that_cannot_be_one_is_a_fault_that_says_so(caller: Client, wrong: Any) -> None:
    code = (await send(caller))["receipt"]["code"]
    answer = await caller.get("/v1/submissions", code=wrong(code))
    assert answer.status_code == 422
    (fault,) = answer.json()["faults"]
    assert (fault["parameter"], fault["code"]) == ("code", "receipt_code")
    assert RECEIPT_CODE in fault["message"]


def test_every_slip_of_one_symbol_and_every_swap_is_noticed() -> None:
    for _ in range(20):
        code = make_receipt_code()
        assert is_receipt_code(code)
        assert not any(
            is_receipt_code(code[:at] + other + code[at + 1 :])
            for at in range(len(code))
            for other in SYMBOLS
            if other != code[at]
        )
        for one in range(len(code)):
            for two in range(one):
                swapped = list(code)
                swapped[one], swapped[two] = swapped[two], swapped[one]
                assert code[one] == code[two] or not is_receipt_code("".join(swapped))


def test_the_codes_in_texts_are_codes() -> None:
    shown = [each for texts in FAULT_TEXTS["receipt_code"] for each in re.findall(r"\w{3}-\w{3}-\w{4}", texts)]
    assert shown == [RECEIPT_CODE] * 2
    assert show_receipt_code(plain_code(RECEIPT_CODE)) == RECEIPT_CODE
    assert is_receipt_code(plain_code(RECEIPT_CODE))
