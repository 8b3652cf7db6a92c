"""Make firm_totals.csv: what the firms of one prefecture of the sample would answer in a survey.

    python data/sample/make_firm_totals.py

Amounts are rounded to 千円. Every third firm answers with percentages, and one in twelve leaves
something out.
"""

from pathlib import Path

import connhub

HERE = Path(__file__).parent
PREFECTURE = "15"
HEADER = (
    "法人番号,企業名,都道府県,産業分類コード,売上高(千円),県外売上高(千円),県外売上比率(%),"
    "海外売上高(千円),仕入高(千円),県内仕入高(千円),県内仕入比率(%)"
)


def answer(number: int, firm: dict, industry: str) -> list[str]:
    """One row of the survey."""
    names = ("sales", "out_of_region_sales", "overseas_sales", "purchases", "in_region_purchases")
    sales, outside, overseas, purchases, inside = (round(firm[name] / 1000) for name in names)
    amounts = [f"{outside}", "", f"{inside}", ""]
    if number % 3 == 0:
        shares = [
            f"{100 * part / whole:.1f}" if whole else "0"
            for part, whole in ((outside, sales), (inside, purchases))
        ]
        amounts = ["", shares[0], "", shares[1]]
    if number % 12 == 7:
        amounts[0:2] = ["", ""]
    if number % 24 == 10:
        amounts[2:4] = ["", ""]
    region = "新潟県"
    return [
        *(firm["firm_id"], firm["name"], region, industry, f"{sales}", *amounts[:2]),
        *(f"{overseas}", f"{purchases}", *amounts[2:]),
    ]


def main() -> None:
    """Write the table."""
    firms = connhub.read_firms(HERE / "firms.parquet")
    result = connhub.analyze(HERE / "transactions.parquet", HERE / "firms.parquet")
    frame = result.degrees.frame.query(f"region == {PREFECTURE!r} and sales + purchases > 0")
    table = firms.table.to_pandas().set_index("firm_id")["industry_code"]
    lines = [HEADER]
    for number, firm in enumerate(frame.to_dict("records")):
        lines.append(",".join(answer(number, firm, table[firm["firm_id"]])))
    text = "\r\n".join(lines) + "\r\n"
    (HERE / "firm_totals.csv").write_text(text, encoding="cp932", newline="")


if __name__ == "__main__":
    main()
