"""Bills of the incentive tariff: accounts and usage in, runs from draft to issued, grids compared."""
