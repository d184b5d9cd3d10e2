from django.apps import AppConfig


class CaptionsConfig(AppConfig):
    name = "captions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from axes.models import AccessAttempt
        from axes.signals import user_locked_out
        from django.db.models.signals import pre_save

        from captions import checks  # noqa: F401  (registers the checks)
        from captions.live import revocation  # noqa: F401  (listens for what voids a pass)
        from captions.views import signin

        pre_save.connect(signin.forget_what_was_typed, sender=AccessAttempt)
        user_locked_out.connect(signin.report)
