"""Whether two analyses are the same to the last bit."""

import connhub


def equal(a: connhub.Analysis, b: connhub.Analysis) -> bool:
    frames = ["degrees", "linkages", "regions"]
    return (
        all(getattr(a, n).frame.equals(getattr(b, n).frame) for n in frames)
        and a.ledger.to_dict() == b.ledger.to_dict()
        and a.options == b.options
        and (a.trade is b.trade or a.trade.table.equals(b.trade.table))
    )
