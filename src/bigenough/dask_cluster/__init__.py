"""Jobs on the workers of a Dask cluster, with the outcomes that `workers.run_jobs` gives; the only home of distributed."""

from __future__ import annotations

from bigenough.dask_cluster.cluster import Cluster
from bigenough.dask_cluster.connection import connect

__all__ = ["Cluster", "connect"]
