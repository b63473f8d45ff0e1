"""The geometry of linear regions: measures, neighbours, topology and statistics, exact."""
