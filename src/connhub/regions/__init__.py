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

__all__ = [
    "BLOCKS",
    "PREFECTURES",
    "Prefecture",
    "corporate_number_check_digit",
    "is_corporate_number",
    "is_municipality_code",
    "municipality_check_digit",
]
