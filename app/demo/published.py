"""What Kalimantan Selatan published about itself, sent as the system of another office would. Nothing here is made up.

Cases of January and February 2023: the province's office for women's empowerment and child protection (DP3AKB). Child
marriage: the same office, quoted by Bakabar.
"""

from typing import Any, Final

import httpx

from app.language.catalogue import say

PROVINCE: Final = "63"
_CASES: Final = "/v1/statistics/cases/63/2023"
CASES: Final[dict[str, Any]] = {
    "status": "provisional",
    "through": "2023-02-28",
    "source": {"name": "DP3AKB Provinsi Kalimantan Selatan"},
    "counts": [
        {"cases": 69},
        {"age_status": "child", "victims": 49},
        {"age_status": "adult", "sex": "female", "victims": 27},
    ],
    "note": "Januari dan Februari 2023; sebagian besar terjadi di rumah tangga",
}
_SOURCE: Final = {
    "name": "DP3AKB Provinsi Kalimantan Selatan, dikutip Bakabar",
    "url": "https://bakabar.com/post/tekan-angka-pernikahan-dini-dan-kdrt-mui-batola-genjot-edukasi-llrvjyvc?page=2",
}
CHILD_MARRIAGE: Final = {2020: 16.24, 2021: 15.3, 2022: 10.53}
"""In percent, at the end of each year."""


def send_published(http: httpx.Client, token: str, reader: str, year: int) -> str:
    """Sends the figures, and describes in a sentence what stands beside the index of the year for the reader."""
    headers = {"Authorization": f"Bearer {token}"}
    http.put(_CASES, json=CASES, headers=headers).raise_for_status()
    for each, value in CHILD_MARRIAGE.items():
        path = f"/v1/statistics/context/child-marriage/{PROVINCE}/{each}"
        body = {"value": value, "status": "provisional", "source": _SOURCE}
        http.put(path, json=body, headers=headers).raise_for_status()
    path = f"/v1/regions/{PROVINCE}/profile/{year}"
    profile = http.get(path, headers={"Authorization": f"Bearer {reader}"}).raise_for_status().json()
    (cases,) = profile["cases"]
    (marriage,) = profile["context"]
    children, women = (each["victims"] for each in cases["reports"][0]["counts"][1:])
    return say(
        "beside the index of {province} in {year}: {cases} cases, {children} children and {women} women until "
        "{through} ({source}), and {share} % child marriage in {marriage_year}",
        province=profile["region"]["name"],
        year=year,
        cases=cases["cases"],
        children=children,
        women=women,
        through=cases["through"],
        source=cases["sources"][0]["name"],
        share=marriage["value"],
        marriage_year=marriage["year"],
    )
