"""The sample: tables as a prefecture might receive them, delivered with the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Sample", "load_sample"]


@dataclass(frozen=True)
class Sample:
    """Where the tables of the sample are.

    Parameters
    ----------
    transactions, firms, financials : Path
        CSV: 20,000 transactions between 3,000 firms in all prefectures and abroad, and the firms'
        sales, purchases, profits and employees in three years.
    firm_totals : Path
        CSV: what the firms of Niigata would answer in a survey of their out-of-region sales and
        in-region purchases.
    """

    transactions: Path
    firms: Path
    financials: Path
    firm_totals: Path


def load_sample() -> Sample:
    """Find the sample that is delivered with the package.

    It is fictitious: no real firm and no real trade. The tables are as offices make them: CP932,
    Japanese headers, thousands of yen, ▲ for returns, and a few faults that the ledger shows.

    Returns
    -------
    Sample
        Paths of the tables. Any function that takes a table takes them, and so do the commands.

    Examples
    --------
    >>> import connhub
    >>> sample = connhub.load_sample()
    >>> sample.firms.name
    'firms.csv'
    >>> result = connhub.analyze(sample.transactions, sample.firms, missing_amount="exclude")
    >>> round(result.degrees.top(1, of_region="15")["connector_degree"].item(), 3)
    0.421
    """
    folder = Path(__file__).with_name("sample_tables")
    return Sample(
        **{
            name: folder / f"{name}.csv"
            for name in ("transactions", "firms", "financials", "firm_totals")
        }
    )
