"""Batches to totals: additive, mergeable, and all that later stages see."""
