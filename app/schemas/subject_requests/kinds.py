"""What a family can ask for by right, how it asks, and where the subject request stands."""

from typing import Literal

RequestKind = Literal["export", "correct", "restrict", "lift", "erase"]
RequestStatus = Literal["open", "done", "refused"]
RequestChannel = Literal["in_person", "phone", "letter", "online"]
