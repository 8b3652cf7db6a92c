"""Totals to degrees, linkages and regional sums: pure maths."""
