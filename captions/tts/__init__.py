"""Text to speech: the providers' protocols, and one way to speak through any of them. Knows no Django."""
