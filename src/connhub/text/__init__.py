"""How values are written for people: money, shares, names."""
