from django.apps import AppConfig


class RemoteUserConfig(AppConfig):
    name = "remote_user"
    verbose_name = "Shoppers' pages"
