"""Every disturbance the promise names, a module for each thing that breaks."""

from tests.chaos.cases import clocks, databases, hosts, layers, upstream, viewers, workers

__all__ = ["clocks", "databases", "hosts", "layers", "upstream", "viewers", "workers"]
