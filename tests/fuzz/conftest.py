"""The cast and the process of the app's own tests."""

from tests.captions.conftest import ada_cookie, process, speech

__all__ = ["ada_cookie", "process", "speech"]
