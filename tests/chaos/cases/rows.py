"""The rows of the promise, in their order."""

CLOSES = "Speech service closes in mid-utterance"
STALLS = "Speech service stalls"
AWAY = "Speech service is away"
REFUSES = "Speech service refuses"
HOST = "Host: network cut, page reloaded, laptop asleep, second tab"
VIEWER = "Viewer: network flaps, late join, asleep, tab in the background"
WORKER = "Worker killed, stopped, redeployed, out of file descriptors"
DATABASE = "Database away, locked, full"
LAYER = "Channel layer away or full"
LAYER_DROPS = "Channel layer drops messages silently"
CLOCKS = "Clocks jump, time zone changes, 30-hour session"
WEATHER = "Anything of the above, by chance"

ROWS = (
    CLOSES, STALLS, AWAY, REFUSES, HOST, VIEWER, WORKER, DATABASE, LAYER, LAYER_DROPS, CLOCKS, WEATHER,
)  # fmt: skip
