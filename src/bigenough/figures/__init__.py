"""Figures, one file each: `draw` takes data and gives a matplotlib figure. Only this package imports matplotlib."""
