"""What columns, options and notes of a workbook mean, in Japanese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connhub.vocabulary import Column, Language

__all__ = ["OPTIONS", "choice", "meaning", "note"]

_COLUMNS: Mapping[str, str] = {
    "firm_id": "企業の識別子(法人番号など)",
    "name": "企業名",
    "region": "企業がある地域のコード",
    "region_name": "企業がある地域の名称",
    "sales": "数えた取引での販売額の合計",
    "out_of_region_sales": "他の地域と海外の買い手への販売額",
    "overseas_sales": "海外の買い手への販売額。域外販売額に含まれる",
    "purchases": "数えた取引での仕入額の合計",
    "in_region_purchases": "同じ地域の売り手からの仕入額",
    "region_out_of_region_sales": "コネクター度の分母",
    "region_in_region_purchases": "ハブ度の分母",
    "connector_degree": "域外販売額 ÷ 地域の域外販売額",
    "hub_degree": "域内仕入額 ÷ 地域の域内仕入額",
    "out_of_region_sales_ratio": "域外販売額 ÷ その企業自身の販売額",
    "in_region_purchase_ratio": "域内仕入額 ÷ その企業自身の仕入額",
    "rank": "この表での順位。同じ値は同じ順位",
    "connector_rank": "コネクター度の地域内順位。同じ値は同じ順位",
    "hub_rank": "ハブ度の地域内順位。同じ値は同じ順位",
    "seller_region": "売り手の地域のコード",
    "buyer_region": "買い手の地域のコード",
    "amount": "買い手から売り手へ流れる金額",
    "deals": "取引の件数",
    "share_of_out_of_region_sales": "取引額 ÷ 販売元地域の域外販売額",
    "share_of_out_of_region_purchases": "取引額 ÷ 販売先地域の域外仕入額",
    "balance": "取引額 − 逆方向の取引額",
    "intensity": "取引額 ÷ 両地域の規模だけから見込まれる額(準独立)。1 は規模どおり",
    "sellers": "販売する企業の数(企業表にある企業)",
    "buyers": "仕入れる企業の数(企業表にある企業)",
    "top_seller_share": "最大の販売企業の販売額 ÷ 取引額",
    "top_buyer_share": "最大の仕入企業の仕入額 ÷ 取引額",
    "firms": "企業表にあるこの地域の企業の数",
    "in_region_transactions": "地域内の売り手と買い手の間の取引額",
    "out_of_region_purchases": "他の地域と海外からの仕入額",
    "unknown_sales": "域外として数えた、買い手の地域が不明な販売額",
    "unknown_purchases": "売り手の地域が不明な仕入額",
    "excluded_sales": "除外した行にある、この地域の販売額",
    "excluded_purchases": "除外した行にある、この地域の仕入額",
    "unlisted_out_of_region_sales": "域外販売額のうち、売り手が企業表にない額",
    "unlisted_in_region_purchases": "域内取引額のうち、買い手が企業表にない額",
    "connector_denominator": "企業表の企業についての合計、または利用者が与えた公的な合計",
    "hub_denominator": "企業表の企業についての合計、または利用者が与えた公的な合計",
    "sales_coverage": "データでの域外販売額 ÷ 公的な合計",
    "purchases_coverage": "データでの域内仕入額 ÷ 公的な合計",
    "connector_defined": "コネクター度の分母が正であるか",
    "hub_defined": "ハブ度の分母が正であるか",
    "field": "リストの分野。分野の表がなければ空欄",
    "score": "寄与の合計(小数第9位に丸めたもの)",
    "selected": "選ばれたか",
    "{indicator}": "評点方式の指標の値。指標ごとに1列",
    "{indicator}_rank": "評点方式の母集団での順位。欠損を平均として扱ったときは0",
    "{indicator}_deviation_score": "順位を平均50、標準偏差10の得点にしたもの",
    "{indicator}_contribution": "重み × 偏差値",
    "tied": "最後の枠をまたぐ同点の企業の数",
    "places_left": "同点の企業に残る枠の数",
    "decision": "同点の企業の扱い(cut_ties)",
    "profit_contribution": "直近数年の営業利益の平均",
    "employment_contribution": "直近数年の従業員数の平均",
    "profit_growth": "直近数年の営業利益の年平均成長率(幾何平均)",
    "employment_growth": "直近数年の従業員数の年平均成長率(幾何平均)",
}
_OF_TABLE: Mapping[tuple[str, str], str] = {
    ("regions", "region"): "地域のコード",
    ("regions", "region_name"): "地域の名称",
    ("regions", "out_of_region_sales"): "地域から他の地域と海外への販売額",
    ("regions", "overseas_sales"): "地域から海外への販売額",
    ("selection", "rank"): "地域(と分野)のなかでの得点の順位。同じ得点は同じ順位",
}
OPTIONS: Mapping[str, tuple[str, str]] = {
    "region": ("地域の区分", "What a region is"),
    "columns": ("列の指定(役割: 列名)", "Columns named by the user (role: column)"),
    "unit": ("金額の単位", "Unit of the amounts read"),
    "resolution": ("区別する最小の金額", "Smallest amount told apart"),
    "encoding": ("文字コードの指定", "Encoding, where given"),
    "fold_ids": ("企業IDの全角・半角の同一視", "Full-width ids equal to plain ones"),
    "year": ("年の指定", "Years chosen"),
    "official_region_totals": ("公的な合計を分母に使用", "Official sums as denominators"),
    "missing_amount": ("金額の欠損", "Rows without an amount"),
    "self_trade": ("自己取引", "Seller and buyer are the same firm"),
    "intragroup": ("グループ内取引", "Seller and buyer are of one group"),
    "unknown_firm": ("企業表にない企業", "A party that the firm table lacks"),
    "unknown_region": ("地域不明の企業", "A party whose region is empty"),
    "negative": ("マイナス金額(返品など)", "Returns and credit notes"),
    "grain": ("合計の細かさ", "How fine the sums are kept"),
    "engine": ("計算の方法", "What added up"),
}
"""The options of an analysis in words."""
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
_NOTES: tuple[tuple[str, str], ...] = (
    (r"(\S+) of the money was excluded", "読み込んだ金額(絶対額)の{}を除外した"),
    (r"the years (.+) were added up", "{} 年を合算した"),
    (
        r"(.+): the last line has no end of line; check that the file was not cut short",
        "{}: 最後の行に改行がない。ファイルが途中で切れていないか確認されたい",
    ),
    (
        r"amounts in (.+) are typically (\S+) times those in (.+); .+",
        "{} の金額はおおむね {2} の {1} 倍。単位が同じか確認されたい",
    ),
    (
        r"(\S+) of the eligible firms are not ranked: no value of an indicator",
        "対象企業の{}は、指標の値がないため順位がない",
    ),
    (
        r"firms tied across the last place were chosen in (\S+) list\(s\)",
        "{} 件のリストで、最後の枠をまたぐ同点の企業をすべて選んだ",
    ),
    (
        r"firms tied across the last place were left out in (\S+) list\(s\)",
        "{} 件のリストで、最後の枠をまたぐ同点の企業を選ばなかった",
    ),
    (
        r"(\S+) list\(s\) have fewer ranked firms than places; all are chosen",
        "{} 件のリストで、順位のある企業が枠より少なく、すべてを選んだ",
    ),
    (
        r"industry codes of the fields that no firm has: (.+)",
        "該当する企業のない、分野の産業分類コード: {}",
    ),
    (r"fields without a firm: (.+)", "企業のない分野: {}"),
)


def meaning(column: Column, lang: Language) -> str:
    """What a column means, in one line.

    Examples
    --------
    >>> from connhub.vocabulary import columns
    >>> meaning(columns("degrees")["hub_degree"], "ja")
    '域内仕入額 ÷ 地域の域内仕入額'
    """
    if lang == "en":
        return column.description
    return _OF_TABLE.get((column.table, column.name)) or _COLUMNS[column.name]


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


def note(words: str, lang: Language) -> str:
    """A note of a ledger or a selection, in the language; one that is not known stays as it is.

    Examples
    --------
    >>> note("1.5% of the money was excluded", "ja")
    '読み込んだ金額(絶対額)の1.5%を除外した'
    """
    if lang == "ja":
        for pattern, japanese in _NOTES:
            if found := re.fullmatch(pattern, words):
                return re.sub(r"\{(\d?)\}", lambda m: found[int(m[1] or 0) + 1], japanese)
    return words
