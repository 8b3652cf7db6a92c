"""What pictures are made of: places for labels, scales, maps, rows of firms."""
