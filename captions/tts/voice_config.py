"""Settings of one voice, against what the voice's own description takes (JSON Schema). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, best_match
from referencing.exceptions import Unresolvable

from captions.errors import BadField
from captions.upstream.faults import tidy
from captions.words import gettext_noop as _

NAME = "voice_config"
NOT_SO = _("Settings of this voice cannot be so: %(name)s. The voice says: %(why)s")


def check(schema: Mapping[str, Any] | None, config: Mapping[str, Any]) -> None:
    """Raise ``BadField`` where a voice describes what it takes, and this is something else.

    A description that is none itself, or refers to elsewhere, refuses nothing: then the provider says it.
    """
    if schema is None:
        return
    try:
        Draft202012Validator.check_schema(schema)
        fault = best_match(Draft202012Validator(schema).iter_errors(config))
    except (SchemaError, Unresolvable, RecursionError):
        return
    if fault is not None:
        name = ".".join(map(str, fault.absolute_path)) or NAME
        raise BadField(NAME, NOT_SO, name=name[:60], why=tidy(fault.message))
