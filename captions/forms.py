"""What people type into pages. What it means is decided in captions/services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from captions import i18n, languages
from captions.errors import BadField
from captions.i18n import said
from captions.models import Access, GuestRole, Role
from captions.models.guest import LABEL_MAX
from captions.models.overlay import LABEL_MAX as OVERLAY_LABEL_MAX
from captions.models.room import TITLE_MAX, check_slug
from captions.plaintext import clean
from captions.services.listening import MOST_CHARACTERS

DEFAULT_LANGUAGE = "en-US"
HOUR_S = 60 * 60


class TitleField(forms.CharField):
    """One line of text. Markup, emoji and right-to-left text are text; control characters are dropped."""

    def __init__(self, *, most: int = TITLE_MAX, **kwargs: Any) -> None:
        self.most = most
        super().__init__(**kwargs)
        self.validators = [check_title if most == TITLE_MAX else MaxLengthValidator(most)]

    def to_python(self, value: Any) -> str:
        return clean(str(value or ""))

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "maxlength": self.most, "dir": "auto", "autocomplete": "off"}


class SlugField(forms.CharField):
    """The end of a link; capitals are taken as the small letters that links have."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").lower()


def check_title(value: str) -> None:
    """Refuses what is too long to be a title."""
    if len(value) > TITLE_MAX:
        raise ValidationError(
            _("A title has %(most)s characters at most; this one has %(length)s."),
            code="too-long",
            params={"most": TITLE_MAX, "length": len(value)},
        )


class LanguageForm(forms.Form):
    """A language from the list, or any other by its tag."""

    language = forms.CharField(
        label=_("Language spoken"),
        initial=DEFAULT_LANGUAGE,
        max_length=100,
        widget=forms.Select,
    )
    language_other = forms.CharField(
        label=_("Another language"),
        required=False,
        max_length=100,
        help_text=_("A language tag such as de-CH. It is used instead of the one above."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["language"].widget
        assert isinstance(widget, forms.Select)  # noqa: S101
        choices = languages.choices(in_english=i18n.is_english())
        value = self["language"].value() or DEFAULT_LANGUAGE
        is_listed = any(tag == value for tag, _label in choices)
        is_other = not is_listed and len(value) <= languages.MAX_LENGTH
        widget.choices = [(value, value), *choices] if is_other else choices

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        name = "language_other" if data.get("language_other") else "language"
        if name in data:
            try:
                data["language"] = languages.normalise(data[name])
            except BadField as exc:
                self.add_error(name, said(exc))
        return data


class RoomForm(LanguageForm):
    """A new room."""

    title = TitleField(
        label=_("Title"),
        help_text=_("What readers see above the captions."),
        error_messages={"required": _("Give the room a title.")},
    )
    slug = SlugField(
        label=_("Link"),
        required=False,
        max_length=100,
        validators=[check_slug],
        help_text=_("Letters a to z, digits and hyphens. Leave it empty for a link that nobody can guess."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )
    field_order = ("title", "language", "language_other", "slug")


class RoomSettingsForm(LanguageForm):
    """What an owner may change later. The link stays: people have it."""

    title = TitleField(label=_("Title"), error_messages={"required": _("Give the room a title.")})
    access = forms.ChoiceField(label=_("Who may read"), choices=Access.choices)
    field_order = ("title", "language", "language_other", "access")


class PersonForm(forms.Form):
    """Somebody to add to a room, by the name they sign in with."""

    username = forms.CharField(
        label=_("Name of the account"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}),
    )
    role = forms.ChoiceField(
        label=_("May"),
        choices=[
            (Role.HOST, _("Host: speak")),
            (Role.REVIEWER, _("Review transcripts")),
            (Role.VIEWER, _("Read")),
        ],
    )


class GuestLinkForm(forms.Form):
    """A link for somebody without an account."""

    label = TitleField(
        label=_("Whom it is for"),
        help_text=_("What the guest is called here, such as “Anna’s laptop”."),
        error_messages={"required": _("Say whom the link is for.")},
        most=LABEL_MAX,
    )
    guest_role = forms.ChoiceField(
        label=_("They may"), choices=[(GuestRole.HOST, _("Speak")), (GuestRole.VIEW, _("Read along"))]
    )
    lifetime = forms.TypedChoiceField(
        label=_("For"),
        coerce=int,
        choices=[
            (HOUR_S, _("1 hour")),
            (8 * HOUR_S, _("8 hours")),
            (24 * HOUR_S, _("1 day")),
            (7 * 24 * HOUR_S, _("7 days")),
            (30 * 24 * HOUR_S, _("30 days")),
        ],
        initial=8 * HOUR_S,
    )


class OverlayLinkForm(forms.Form):
    """A link for an overlay."""

    label = TitleField(
        label=_("Where it is used"),
        help_text=_("What the link is called here, such as “OBS in the studio”."),
        error_messages={"required": _("Say where the link is used.")},
        most=OVERLAY_LABEL_MAX,
    )


class AllowedOriginForm(forms.Form):
    """A site that may show a room's captions. What an address of one is, captions/origins.py says."""

    pattern = forms.CharField(
        label=_("Address of the site"),
        max_length=2000,
        help_text=_(
            "Copy it from the browser: the part up to the name counts. https://*.example.org stands for all"
            " names that end in .example.org."
        ),
        error_messages={"required": _("Type the address of the site, such as https://example.org.")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "autocapitalize": "off",
                "inputmode": "url",
                "dir": "ltr",
            }
        ),
    )


class ListeningForm(forms.Form):
    """By whom a room's captions are read out."""

    is_on = forms.BooleanField(label=_("Readers may listen along"), required=False)
    voices = forms.MultipleChoiceField(
        label=_("Voices that readers may choose from"),
        help_text=_("Four at most. Only voices that somebody listens to cost anything."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    characters_per_day = forms.IntegerField(
        label=_("Characters that may be read out in a day"),
        min_value=100,
        max_value=MOST_CHARACTERS,
    )

    def __init__(self, *args: Any, known: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["voices"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        field.choices = known


class SessionForm(forms.Form):
    """A session's new title; empty for none."""

    title = TitleField(label=_("Title of this session"), required=False)


class SignInForm(AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": _("This name and password do not belong together. Mind capital letters."),
        "inactive": _("This account has been switched off."),
    }
