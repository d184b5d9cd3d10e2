"""Every disturbance the promise names, a module for each thing that breaks."""

from tests.chaos.cases import hosts, upstream, viewers

__all__ = ["hosts", "upstream", "viewers"]
