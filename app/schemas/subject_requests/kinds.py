"""The kinds of subject request, the channels on which they come, and their statuses."""

from typing import Literal

RequestKind = Literal["export", "correct", "restrict", "lift", "erase"]
RequestStatus = Literal["open", "done", "refused"]
RequestChannel = Literal["in_person", "phone", "letter", "online"]
