"""Official codes, region schemes, and the one directory that finds and labels a region."""

from connhub.regions.codes import (
    BLOCKS,
    PREFECTURES,
    Prefecture,
    corporate_number_check_digit,
    is_corporate_number,
    is_municipality_code,
    municipality_check_digit,
)
from connhub.regions.municipalities import (
    Municipality,
    is_known_municipality,
    known_municipalities,
)

__all__ = [
    "BLOCKS",
    "PREFECTURES",
    "Municipality",
    "Prefecture",
    "corporate_number_check_digit",
    "is_corporate_number",
    "is_known_municipality",
    "is_municipality_code",
    "known_municipalities",
    "municipality_check_digit",
]
