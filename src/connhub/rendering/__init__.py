"""Charts of Vega-Lite as pages, PNG and SVG; what is here loads neither frames nor tables."""
