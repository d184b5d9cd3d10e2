"""The promise, measured: no word lost, nothing twice, whatever breaks.

The real app in real server processes, the pages' own JavaScript under node, the local speech server, and
proxies between all of them that cut, stall, delay and refuse. ``python -m tests.chaos --help``.

    host page ─▶ proxy ─▶ worker (Daphne) ─▶ proxy ─▶ local speech server (engine "positions")
    viewer page ─▶ proxy ─┘        └─▶ proxy ─▶ PostgreSQL, Redis

=============  =====================================================================================
``speech``     audio that says in itself where it stands, and which words belong to it
``clocks``     time that goes faster, and jumps, in all processes of a run alike
``proxy``      what stands on each line
``ear``        what the speech service was really sent
``worker``     a server process on those clocks
``people``     pages under node: hosts and viewers
``verdict``    what was stored and shown, against what was said
``stage``      all of it, put up for one run and taken down again
``cases``      each disturbance of the promise
``weather``    disturbances drawn by chance from a seed
=============  =====================================================================================
"""
