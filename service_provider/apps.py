from django.apps import AppConfig


class ServiceProviderConfig(AppConfig):
    name = "service_provider"
    verbose_name = "The mall's ledger"
