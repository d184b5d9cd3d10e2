"""What is happening now: rooms, the sessions on the air in this process, and the sockets that look on."""
