"""What options mean, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping

from connhub.schema import Language

__all__ = ["choice"]

_CHOICES: Mapping[str, str] = {
    "exclude": "除外",
    "include": "含める",
    "error": "エラーとして停止",
    "outside": "域外として数える",
    "net": "相殺して数える",
    "drop": "除外",
    "prefecture": "都道府県",
    "municipality": "市区町村",
    "block": "ブロック",
    "average": "平均として扱う",
    "last": "最下位として扱う",
    "neutral": "平均(50)として扱う",
    "linear": "線形 50 + 10(平均順位 − 順位)/標準偏差",
    "normal": "正規スコア 50 + 10Φ⁻¹((N − 順位 + 0.5)/N)",
    "all": "全地域の対象企業",
    "field": "分野ごと",
    "lowest": "最上位の順位",
    "connector and hub degree": "コネクター度とハブ度",
    "follows the published FY2019 scheme": "経済産業省が2019年度に公表した指標と重みにならう",
}
_IN_THE_SCHEME: Mapping[str, str] = {"average": "平均順位", "region": "地域ごと"}


def choice(value: object, lang: Language, *, of_scheme: bool = False) -> str:
    """What was chosen for an option, the word of the code beside it.

    Examples
    --------
    >>> choice("net", "ja"), choice("net", "en"), choice(None, "ja"), choice(True, "ja")
    ('相殺して数える (net)', 'net', '指定なし', 'はい')
    """
    ja = lang == "ja"
    if value is None or value == {}:
        return "指定なし" if ja else "not given"
    if isinstance(value, bool):
        return ("はい" if value else "いいえ") if ja else ("yes" if value else "no")
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {v}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    words = (_IN_THE_SCHEME if of_scheme else {}).get(str(value)) or _CHOICES.get(str(value))
    return f"{words} ({value})" if ja and words else str(value)
