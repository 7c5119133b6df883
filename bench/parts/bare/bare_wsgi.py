"""The WSGI application of `bare_site`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "bare_settings"
application = get_wsgi_application()
