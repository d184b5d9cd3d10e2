"""The wire of each way to each provider."""

from __future__ import annotations

from collections.abc import Mapping

from captions.tts.provider import REST, SSE
from captions.tts.vendors.vachana_wire import VachanaEvents, VachanaHttp, VachanaSocket
from captions.tts.vendors.voicemaker_wire import VoicemakerHttp, VoicemakerSocket
from captions.tts.vendors.voxnexus_wire import VoxnexusHttp, VoxnexusSocket
from captions.tts.wire import HttpWire, SocketWire

SOCKETS: Mapping[str, SocketWire] = {
    "voxnexus": VoxnexusSocket(),
    "voicemaker": VoicemakerSocket(),
    "vachana": VachanaSocket(),
}
"""By provider."""

HTTP: Mapping[tuple[str, str], HttpWire] = {
    ("voxnexus", REST): VoxnexusHttp(),
    ("voicemaker", REST): VoicemakerHttp(),
    ("vachana", REST): VachanaHttp(),
    ("vachana", SSE): VachanaEvents(),
}
"""By provider and transport."""
