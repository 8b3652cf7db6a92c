"""Links without amounts: estimated under the firms' totals, validated, labelled modelled."""
