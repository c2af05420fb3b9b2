"""What the service says to devices that ask about their interviews after the storm."""

import json
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from tests.storm.device import Device
from tests.storm.wire import exchange, make_request

_EACH: Final = 10
"""Every tenth device asks."""


async def reconcile(devices: Sequence[Device]) -> list[str]:
    """Asks about interviews that are stored, differ, are missing, and belong to others. Returns what was wrong."""
    wrong = []
    for number in range(0, len(devices), _EACH):
        device, other = devices[number], devices[number - 1]
        first = device.interviews[0]
        asked = [
            (str(each.id), each.content_hash, "stored" if each.known == 1 else "superseded")
            for each in device.interviews
        ]
        asked.append((str(first.id), "sha-256:" + "0" * 64, "differs"))
        asked.append((str(uuid4()), first.content_hash, "missing"))
        if other.account != device.account:
            asked.append((str(other.interviews[0].id), other.interviews[0].content_hash, "not_yours"))
        body = json.dumps({"items": [{"id": each, "hash": hashed} for each, hashed, _ in asked]}).encode()
        path = "/v1/submissions/reconcile"
        answer = await exchange(
            device.ports[0], make_request("POST", path, device.token, body, Content_Type="application/json")
        )
        if answer.status != 200:
            wrong.append(f"a device that asked about its interviews got {answer.status}")
            continue
        told = [(each["id"], each["state"]) for each in answer.read()["items"]]
        for place, expected in enumerate((each, state) for each, _, state in asked):
            if told[place : place + 1] != [expected]:
                wrong.append(f"asked about {expected}, a device was told {told[place : place + 1]}")
    return wrong
