"""How the numbers of a report came about: options, scheme, ledger, files, versions, terms."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from connhub.publishing.option_values import choice
from connhub.publishing.report.tables import Column, Table, lines, numbers, texts
from connhub.publishing.scope import Subject
from connhub.schema import columns as columns_of
from connhub.schema import label
from connhub.selection.explain import indicator_label
from connhub.text.names import shortened
from connhub.text.numbers import money_unit

__all__ = ["counts", "files", "ledger", "options", "scheme", "terms", "versions"]

_TIES = {
    "include": ("全社を候補とする", "all are chosen"),
    "exclude": ("いずれも候補としない", "none is chosen"),
    "error": ("止める", "error"),
}
_KINDS = {
    "read": ("読込", "read"),
    "counted": ("計上", "counted"),
    "excluded": ("除外", "excluded"),
    "of which": ("計上の内数", "part of the counted"),
}
_TERMS = (
    (
        "コネクター度",
        "Connector degree",
        "企業の域外販売額 ÷ 所在地域の域外販売額。域外から資金を呼び込む役割の大きさ。",
        "A firm's sales out of the region / those of its region: how much money it brings in.",
    ),
    (
        "ハブ度",
        "Hub degree",
        "企業の域内仕入額 ÷ 所在地域の域内仕入額。資金を域内に行き渡らせる役割の大きさ。",
        "A firm's purchases inside the region / those of its region: how much it passes on.",
    ),
    (
        "域外販売額",
        "Sales out of the region",
        "ほかの地域または海外の買い手への販売額。",
        "Sales to buyers in other regions or abroad.",
    ),
    (
        "域内仕入額",
        "Purchases inside the region",
        "同じ地域の売り手からの仕入額。",
        "Purchases from sellers of the same region.",
    ),
    (
        "域内取引額",
        "Trade inside the region",
        "売り手も買い手も同じ地域にある取引の額。",
        "Trade whose seller and buyer lie in the same region.",
    ),
    (
        "域外販売比率",
        "Out-of-region sales ratio",
        "その企業の販売額のうち域外への割合。コネクター度とは分母が異なる。",
        "The part of a firm's own sales that goes out; unlike the degree, its own sales divide.",
    ),
    (
        "域内仕入比率",
        "In-region purchase ratio",
        "その企業の仕入額のうち域内からの割合。ハブ度とは分母が異なる。",
        "The part of a firm's own purchases that comes from inside.",
    ),
    (
        "結合度",
        "Intensity",
        "地域間取引額 ÷ 両地域の規模だけから見込まれる額。1を超えると規模以上に結びついている。",
        "Trade of two regions / what their sizes alone explain; above 1 they trade more than that.",
    ),
    (
        "偏差値",
        "Deviation score",
        "順位を平均50、標準偏差10の点数に直したもの。",
        "A rank turned into points of mean 50 and standard deviation 10.",
    ),
    (
        "得点",
        "Score",
        "各指標の偏差値に重みを掛けて足したもの。",
        "The sum over the indicators of weight times deviation score.",
    ),
    (
        "選定割合",
        "Share selected",
        "重みと偏差値の読み方を変えた試算のうち、候補に選ばれた割合。",
        "How often a firm is selected when the weights and the reading of ranks vary.",
    ),
    (
        "台帳",
        "Ledger",
        "読み込んだ行と金額が、計上・除外のどこに行ったかの記録。残差は0でなければならない。",
        "Where every row and every yen read went; the residual must be 0.",
    ),
)


def terms(subject: Subject) -> list[tuple[str, str]]:
    """The glossary: words and what they mean."""
    s = subject
    return [
        (f"{ja}({en})", meant) if s.lang == "ja" else (f"{en} ({ja})", told)
        for ja, en, meant, told in _TERMS
    ]


def _word(s: Subject, words: Mapping[str, tuple[str, str]], key: object) -> str:
    return s.say(*words[str(key)]) if str(key) in words else str(key)


def options(subject: Subject) -> Table:
    """The options of the analysis, the defaults included."""
    s, said = subject, subject.result.options
    known = columns_of("option")
    names = [*(n for n in known if n in said), *(n for n in said if n not in known)]
    words = [label("option", n, s.lang) if n in known else n for n in names]
    rows = [(w, shortened(choice(said[n], s.lang), 400)) for w, n in zip(words, names, strict=True)]
    heads = (s.say("項目", "Option"), s.say("値", "Value"))
    return lines(s.say("分析の条件", "Options of the analysis"), heads, rows)


def _amount(s: Subject) -> str:
    return f"{label('ledger', 'amount', s.lang)} ({money_unit(s.result.ledger.unit, s.lang)})"


def ledger(subject: Subject) -> Table:
    """Where every row and every yen went."""
    s, book = subject, subject.result.ledger
    frame = book.frame
    residual = s.say("残差", "Residual")
    kinds = [_word(s, _KINDS, k) for k in frame["kind"]]
    columns = (
        texts(label("ledger", "entry", s.lang), [*_entries(s, frame["entry"]), residual]),
        texts(label("ledger", "kind", s.lang), [*kinds, s.say("検算", "check")]),
        numbers(label("ledger", "rows", s.lang), [*frame["rows"], book.residual_rows]),
        numbers(
            _amount(s),
            [*frame["amount"], book.residual_amount],
        ),
    )
    note = s.say(
        "読込 = 域内取引 + 域外取引 + 除外の各項目。行数でも金額でも残差は0である。",
        "Read = in-region + out-of-region + each reason for exclusion, in rows and in money.",
    )
    return Table(s.say("台帳", "Ledger"), columns, note, len(frame))


def _entries(s: Subject, names: Any) -> list[str]:
    return [label("entry", n, s.lang) for n in names]


def files(subject: Subject) -> Table:
    """The files of transactions that were read."""
    s, read = subject, subject.result.ledger.files
    columns = (
        texts(s.say("ファイル", "File"), [Path(f.name).name for f in read]),
        numbers(label("ledger", "rows", s.lang), [f.rows for f in read]),
        numbers(_amount(s), [f.amount for f in read]),
        numbers(s.say("バイト", "Bytes"), [f.bytes for f in read]),
    )
    return Table(s.say("取引のファイル", "Files of transactions"), columns)


def versions(subject: Subject) -> Table:
    """What the report was made with."""
    s = subject
    found = [("Python", platform.python_version())]
    for package in ("connhub", "numpy", "pandas", "pyarrow", "altair", "Jinja2"):
        try:
            found.append((package, version(package)))
        except PackageNotFoundError:
            continue
    heads = (s.say("名称", "Name"), s.say("版", "Version"))
    return lines(s.say("ソフトウェア", "Software"), heads, found)


def scheme(subject: Subject) -> list[Table]:
    """The scheme of the selection: weights, and how they are used."""
    s, selection = subject, subject.selection
    if selection is None:
        return []
    own, cut = selection.scheme, selection.cut
    better = [
        s.say("小さいほど良い", "less")
        if n in own.lower_is_better
        else s.say("大きいほど良い", "more")
        for n in own.indicators
    ]
    weights = (
        texts(s.say("指標", "Indicator"), [indicator_label(n, s.lang) for n in own.indicators]),
        numbers(s.say("重み", "Weight"), own.weights.values(), lambda w: f"{100 * w:.4g}%"),
        texts(s.say("向き", "Better"), better),
    )
    if cut.threshold is not None:
        chosen = s.say(
            f"得点{cut.threshold:g}以上", f"all with a score of {cut.threshold:g} or more"
        )
    elif cut.share is not None:
        chosen = s.say(
            f"順位のある企業の上位{100 * cut.share:g}%",
            f"the best {100 * cut.share:g}% of the ranked",
        )
    else:
        chosen = s.say(f"上位{cut.per_region}社", f"the best {cut.per_region}")

    def chosen_as(value: str) -> str:
        return choice(value, s.lang, of_scheme=True)

    rows = [
        (s.say("偏差値の求め方", "From rank to deviation score"), chosen_as(own.reading)),
        (s.say("順位づけの範囲", "Ranked"), chosen_as(own.population)),
        (s.say("同順位の扱い", "Ties"), chosen_as(own.ties)),
        (s.say("値のない企業", "No value of an indicator"), chosen_as(own.missing)),
        (s.say("地域(・分野)ごとの候補", "Chosen of each region (and field)"), chosen),
        (s.say("最後の枠での同点", "Ties across the last place"), _word(s, _TIES, cut.ties)),
    ]
    heads = (s.say("項目", "Item"), s.say("内容", "Value"))
    title = s.say(f"評点方式「{s.scheme_name}」", f"Scheme “{s.scheme_name}”")
    return [Table(title, weights), lines(s.say("評点の条件", "How scores are made"), heads, rows)]


def counts(subject: Subject) -> Table | None:
    """How many firms were not ranked, and why: those of the region, or all."""
    s, selection = subject, subject.selection
    if selection is None:
        return None
    title = s.say(f"順位のない企業({s.name})", f"Firms that are not ranked ({s.name})")
    heads = [label("counts", n, s.lang) for n in ("reason", "indicator", "firms")]
    missing = selection.not_ranked.fillna({"indicator": ""})
    by = missing.groupby(["reason", "indicator"], observed=True).size()
    reasons, lacking = zip(*by.index, strict=True) if len(by) else ((), ())
    columns: tuple[Column, ...] = (
        texts(heads[0], [label("reason", r, s.lang) for r in reasons]),
        texts(heads[1], [indicator_label(n, s.lang) if n else "" for n in lacking]),
        numbers(heads[2], by.tolist()),
    )
    return Table(title, columns)
