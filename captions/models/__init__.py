"""Rows of the database, and the questions they answer. What changes them is in captions/services."""

from captions.models.characters import Characters
from captions.models.embedding import AllowedOrigin, EmbedSite
from captions.models.guest import GuestLink, GuestRole
from captions.models.listening import Listening, Reading, ReadOut
from captions.models.overlay import OverlayLink
from captions.models.room import Access, Membership, Removal, Role, Room
from captions.models.segment import Kind, Revision, Segment, State
from captions.models.session import Session
from captions.models.tries import Choice, Try, TryAudio, Vote
from captions.models.usage import Usage

__all__ = [
    "Access",
    "AllowedOrigin",
    "Characters",
    "Choice",
    "EmbedSite",
    "GuestLink",
    "GuestRole",
    "Kind",
    "Listening",
    "Membership",
    "OverlayLink",
    "ReadOut",
    "Reading",
    "Removal",
    "Revision",
    "Role",
    "Room",
    "Segment",
    "Session",
    "State",
    "Try",
    "TryAudio",
    "Usage",
    "Vote",
]
