"""The ids and moments that all examples share, so that a parameter fits the body of another operation."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

VILLAGE: Final = "6372021005"
SURVEYED_AT: Final = datetime(2025, 7, 29, 1, 12, tzinfo=UTC)
RECEIVED_AT: Final = datetime(2025, 7, 29, 9, 40, 12, 345678, tzinfo=UTC)
RECEIPT_CODE: Final = "7KQ-X2M-9RTV"
SUBMISSION: Final = UUID("9c2f7b54-0d1e-4b6a-8f3c-5e7a1d2b4c60")
BATCHED: Final = (UUID("b7a1d2c4-6e3f-4a58-9c0d-1e2f3a4b5c61"), UUID("e4c9b0a3-2d7f-4e16-8b5a-7f6e5d4c3b22"))
RECEIPT: Final = (
    "eyJhbGciOiJFUzI1NiIsImtpZCI6IjYzMDNmZjE5N2U4NSIsInR5cCI6Imlray1yZWNlaXB0K2p3cyJ9.eyJjb2RlIjoiN0tRLVgyTS05UlRWIiw"
    "iY29udGVudF9oYXNoIjoic2hhLTI1Njo1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY1ZjVmNWY"
    "1ZjVmIiwiaWQiOiI5YzJmN2I1NC0wZDFlLTRiNmEtOGYzYy01ZTdhMWQyYjRjNjAiLCJpc3MiOiJodHRwczovL2lray5leGFtcGxlLmdvLmlkIiw"
    "icmVjZWl2ZWRfYXQiOiIyMDI1LTA3LTI5VDA5OjQwOjEyLjM0NTY3OFoiLCJyZWdpb24iOiI2MzcyMDIxMDA1IiwicmV2aXNpb24iOjF9.VeP8W3"
    "Tah0jW62dkEgfVgU28xVdu2AjYxy3xais9zodiUjSxuRNakA_uENT2wzwmYXP9g_bT2Omara3NGLUd2A"
)
"""A receipt of that submission, signed with a key that nobody has any more."""
EXPORT_KEY: Final = UUID("7d1f3a58-9b0c-4e27-8f64-2c5b8e1a9d03")
FAMILY: Final = UUID("0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20")
HELD: Final = UUID("6f0d1b52-8c3e-4d47-9b0a-2e5f7c81d3a4")
SALT: Final = UUID("3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2")
IDENTIFICATION: Final = UUID("6c0a7a3e-5d0b-4b8c-9a51-1f6f0f6f8d11")
EARLIER: Final = UUID("2f6d1b0c-93a4-4f0e-8c55-7be0d4a1c9e2")
OTHER_FAMILY: Final = UUID("c1e7a9d4-52b8-4d36-a0f3-19c86e5b7d40")
ROUND: Final = UUID("8e3b5d70-41c9-4f6a-9d28-b0c7e5a3f164")
RELEASE: Final = UUID("1d6e8f02-7b35-4c9a-8e41-f3a0c5d27b96")
EARLIER_RELEASE: Final = UUID("a95c3e17-0f42-4d8b-9b6e-2c71d8e4f053")
REQUEST: Final = UUID("f2c0d1b4-3a77-4a0e-9b52-6f1f7a3f5c21")
CONSENT: Final = UUID("5d8a2c9e-8f36-4f0b-b1c7-2e9d4c6a7b32")
OFFICER: Final = UUID("a4a5c9a6-7c1e-4a39-8a6c-0d8f4f2b7e10")
APPROVER: Final = UUID("0f6d3b1c-52a4-4e7d-9c1b-7a8e5d2c4f90")
KADER: Final = UUID("5b0f1c7e-3f0a-4e57-8f3e-6f8f5a0c9d11")
PERSON: Final = UUID("2f0c1d4e-8b1a-4c35-9d57-0a6e5b9c7d21")
DEVICE: Final = UUID("4b7e2d90-6c1f-4a38-b5d2-9e0f7a3c8d14")
GRANT: Final = UUID("6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11")
AGENCY: Final = UUID("0d9b3a7c-4e6f-4f12-b8a5-1c2d3e4f5a6b")
SECRET: Final = UUID("c0a8f4d2-1b7e-4a43-8d1f-5e2b7c9a6d30")
TOKEN_ID: Final = UUID("0d9d5c0e-8c49-4d2f-9a3e-1f0a2b6c7d88")
AUDIT_POSITION: Final = 4711
