from django.apps import AppConfig


class CaptionsConfig(AppConfig):
    name = "captions"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from captions import checks  # noqa: F401  (registers the checks)
        from captions.live import revocation  # noqa: F401  (listens for what voids a pass)
