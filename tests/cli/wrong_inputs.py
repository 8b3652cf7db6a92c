"""Wrong inputs that a user would give, and what the command line says of each.

``python -m tests.cli.wrong_inputs`` writes the golden files again.
"""

import contextlib
import io
import os
import re
import tempfile
from pathlib import Path

from connhub.cli import main

GOLDEN = Path(__file__).parent / "golden"
LANGUAGES = ("ja", "en")

FIRMS = (
    "法人番号,企業名,都道府県,市区町村コード\n1,甲社,15,15100\n2,乙社,13,13101\n3,丙社,15,15202\n"
)
DEALS = "販売元,販売先,取引金額(千円)\n1,2,30\n3,1,20\n"
FILES = {
    "取引.csv": DEALS,
    "企業.csv": FIRMS,
    "年なし.csv": DEALS,
    "欠損.csv": "販売元,販売先,取引金額(千円)\n1,2,\n3,1,20\n",
    "文字.csv": "販売元,販売先,取引金額(千円)\n" + "1,2,未定\n" * 12 + "3,1,0x10\n1,2,5\n",
    "端数.csv": "販売元,販売先,取引金額(円)\n1,2,1.5\n3,1,20\n",
    "短い行.csv": "販売元,販売先,取引金額(千円)\n1,2,30\n3,1\n",
    "列なし.csv": "売った会社,販売先,取引金額(千円)\n1,2,30\n",
    "列二つ.csv": "販売元,売り手,販売先,取引金額(千円)\n1,1,2,30\n",
    "地域.csv": "販売元,販売元都道府県,販売先,取引金額(千円)\n9,99,1,30\n",
    "空.csv": "",
    "重複.csv": FIRMS + "2,乙社(再掲),13,13101\n",
    "番号なし.csv": FIRMS + ",丁社,13,13101\n",
    "県コード.csv": "法人番号,企業名,都道府県\n1,甲社,1\n2,乙社,48\n3,丙社,15\n",
    "不一致.csv": "法人番号,企業名,都道府県,市区町村コード\n1,甲社,15,13101\n2,乙社,13,13101\n",
    "県なし.csv": "法人番号,企業名\n1,甲社\n2,乙社\n",
    "分野.csv": "分野,企業ID\n機械,1\n機械,9\n",
    "財務.csv": "法人番号,年度,営業利益(千円),従業員数\n1,2024,5,人\n1,2024,6,3\n",
    "横持ち.csv": "法人番号,経常利益2023,経常利益2024\n1,5,6\n",
    "圏域.csv": "府中市,甲\n新潟市,乙\n",
    "圏域重複.csv": "市区町村,圏域\n新潟市,甲\n新潟市,乙\n,丙\n",
    "名称.csv": "名称,法人番号\n甲社,1\n甲社,2\n",
    "名称取引.csv": "販売元,販売先,取引金額(千円)\n甲社,2,30\n",
    "対象.csv": "法人番号\n1\n99\n",
    "方式.toml": "[weights]\nconnector_degree = 0.9\n",
}
TABLES = ["取引.csv", "企業.csv"]

CASES = {
    "no such file": ["check", "ない.csv", "企業.csv"],
    "one table": ["check", "取引.csv"],
    "no such command": ["analyse", *TABLES],
    "misspelt option": ["check", *TABLES, "--unitt", "円"],
    "option without value": ["check", *TABLES, "--unit"],
    "role that is none": ["check", *TABLES, "--column", "seller=販売元"],
    "column without role": ["check", *TABLES, "--column", "取引金額"],
    "column that is not there": ["check", *TABLES, "--column", "amount=取引額"],
    "misspelt region": ["check", *TABLES, "--region", "prefectre"],
    "contradicting unit": ["check", *TABLES, "--unit", "円"],
    "amounts missing": ["check", "欠損.csv", "企業.csv"],
    "amounts unreadable": ["check", "文字.csv", "企業.csv"],
    "amounts too fine": ["check", "端数.csv", "企業.csv"],
    "short row": ["check", "短い行.csv", "企業.csv"],
    "bad bytes": ["check", "壊れ.csv", "企業.csv"],
    "no column for a role": ["check", "列なし.csv", "企業.csv"],
    "two columns for a role": ["check", "列二つ.csv", "企業.csv"],
    "region of a row": ["check", "地域.csv", "企業.csv"],
    "empty file": ["check", "空.csv", "企業.csv"],
    "repeated firms": ["check", "取引.csv", "重複.csv"],
    "firm without id": ["check", "取引.csv", "番号なし.csv"],
    "prefecture codes": ["analyze", "取引.csv", "県コード.csv"],
    "municipality elsewhere": ["analyze", "取引.csv", "不一致.csv"],
    "no prefecture": ["analyze", "取引.csv", "県なし.csv"],
    "year without a column": ["analyze", *TABLES, "--year", "2024"],
    "bad resolution": ["analyze", *TABLES, "--resolution", "0.3"],
    "misspelt prefecture": ["analyze", *TABLES, "--prefecture", "新泻"],
    "choice not offered": ["analyze", *TABLES, "--grain", "pair"],
    "not a number": ["analyze", *TABLES, "--rows", "三"],
    "file for a folder": ["analyze", *TABLES, "--out", "企業.csv"],
    "unknown scheme": ["select", *TABLES, "--scheme", "fy2019"],
    "scheme that does not add up": ["select", *TABLES, "--scheme", "方式.toml"],
    "financials needed": ["select", *TABLES, "--scheme", "historical-fy2019"],
    "bad financials": ["select", *TABLES, "--financials", "財務.csv"],
    "wide financials": ["select", *TABLES, "--financials", "横持ち.csv"],
    "treatment of missing values": ["select", *TABLES, "--missing", "average"],
    "eligible firms": ["select", *TABLES, "--eligible", "対象.csv"],
    "ambiguous places": ["analyze", *TABLES, "--region-map", "圏域.csv"],
    "places twice": ["analyze", *TABLES, "--region-map", "圏域重複.csv"],
    "two kinds of regions": ["analyze", *TABLES, "--region-map", "圏域.csv", "--region", "block"],
    "name of several firms": ["check", "名称取引.csv", "企業.csv", "--firm-names", "名称.csv"],
    "faults of all tables": ["check", "文字.csv", "重複.csv", "--financials", "財務.csv"],
    "copies over other files": ["check", *TABLES, "--write-clean", "他人の表"],
    "nobody to look up": ["lookup", "保存"],
    "nobody of this name": ["lookup", "保存", "丁社"],
    "no saved analysis": ["lookup", "他人", "甲社"],
    "two cutoffs": ["select", *TABLES, "--per-region", "3", "--share", "0.5"],
    "field of an unknown firm": ["select", *TABLES, "--fields", "分野.csv"],
    "settled options": ["select", "保存", "--year", "2024"],
    "measure of linkages": ["linkages", *TABLES, "--by", "intensty"],
    "share of what": ["linkages", *TABLES, "--by", "share"],
    "form of graph": ["linkages", *TABLES, "--graph", "graph.json"],
    "level of backbone": ["linkages", *TABLES, "--backbone", "2"],
    "no shapes": ["report", "保存", "--geometry", "ない.geojson"],
    "report of no region": ["report", "保存", "--prefecture", "にいがた"],
    "no folder to write": ["prepare", *TABLES],
    "folder of others": ["prepare", *TABLES, "--out", "他人"],
    "not negative": ["analyze", *TABLES, "--threads", "0"],
}


@contextlib.contextmanager
def prepared_folder():
    """A current folder with all inputs."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        try:
            for file, content in FILES.items():
                Path(file).write_text(content, encoding="cp932")
            Path("壊れ.csv").write_bytes(DEALS.encode("cp932") + b"1,\xff\xfe2,3\n")
            Path("他人").mkdir()
            Path("他人の表").mkdir()
            Path("他人の表", "transactions.csv").write_text("x")
            Path("他人", "firms.parquet").write_text("x")
            assert run(["analyze", *TABLES, "--out", "保存"], "ja")[0] == 0
            yield
        finally:
            os.chdir(before)


def run(arguments, lang):
    """Exit code, and what goes to stderr."""
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        code = main([*arguments, "--lang", lang])
    return code, errors.getvalue()


def read_golden(lang):
    """Expected messages by case."""
    text = (GOLDEN / f"messages.{lang}.txt").read_text(encoding="utf-8")
    parts = re.split(r"^# (.+)\n\$ .+\n", text, flags=re.MULTILINE)[1:]
    return {
        case: message.rstrip("\n") for case, message in zip(parts[::2], parts[1::2], strict=True)
    }


def write_golden():
    """Run every case and keep what it says."""
    GOLDEN.mkdir(exist_ok=True)
    with prepared_folder():
        for lang in LANGUAGES:
            lines = []
            for case, arguments in CASES.items():
                _, message = run(arguments, lang)
                lines.append(f"# {case}\n$ connhub {' '.join(arguments)}\n{message}")
            path = GOLDEN / f"messages.{lang}.txt"
            path.write_text("\n".join(lines), encoding="utf-8")


if __name__ == "__main__":
    write_golden()
